// swift-tools-version: 6.2
import PackageDescription

/// Compiler checks of all our targets; CI also treats warnings as errors.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "queuectl",
  products: [
    .executable(name: "queuectl", targets: ["queuectl"]),
    .executable(name: "queuectl-web", targets: ["queuectl-web"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Only for queuectl-web: nothing of it is compiled for the product queuectl.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // Arrows only point down: executable, command line, its parts, core.
    .executableTarget(
      name: "queuectl", dependencies: ["QueueCLI"], swiftSettings: strict, plugins: ["BuildStamp"]),
    .executableTarget(
      name: "queuectl-web", dependencies: ["QueueWebServer"], path: "Sources/queuectl-web",
      swiftSettings: strict, plugins: ["BuildStamp"]),
    .plugin(name: "BuildStamp", capability: .buildTool()),
    .target(
      name: "QueueCLI",
      dependencies: [
        "QueueCore", "QueueHost", "QueueOperations", "QueueSession", "QueueWorker", "QueueTop",
        "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(
      name: "QueueWorker", dependencies: ["QueueCore", "QueueHost", "CLinux"],
      swiftSettings: strict),
    .target(
      name: "QueueTop",
      dependencies: ["QueueCore", "QueueHost", "QueueOperations", "CCurses", "CLinux"],
      swiftSettings: strict),
    .target(
      name: "QueueWebServer",
      dependencies: [
        "QueueCore", "QueueHost", "QueueOperations", "QueueSession", "QueueWeb", "CLinux",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .target(
      name: "QueueWeb", dependencies: ["QueueCore", "QueueHost", "QueueOperations"],
      resources: [.embedInCode("Assets")], swiftSettings: strict),
    .target(
      name: "QueueSession",
      dependencies: [
        "QueueCore", "QueueHost", "QueueOperations", "QueueStoreSQLite", "QueueStorePostgres",
      ],
      swiftSettings: strict),
    .target(
      name: "QueueOperations", dependencies: ["QueueCore", "QueueHost", "CLinux"],
      swiftSettings: strict),
    .target(
      name: "QueueStoreSQLite", dependencies: ["QueueCore", "QueueHost", "CSQLite", "CLinux"],
      swiftSettings: strict),
    .target(
      name: "QueueStorePostgres", dependencies: ["QueueCore", "QueueHost", "CPostgres"],
      swiftSettings: strict),
    .target(
      name: "QueueHost", dependencies: ["QueueCore", "CLinux"], swiftSettings: strict),
    .target(name: "QueueCore", swiftSettings: strict),

    // C code that Swift can't call directly.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CCurses", linkerSettings: [.linkedLibrary("ncursesw")]),
    .target(name: "CLinux"),
    .target(name: "CPostgres"),

    .target(
      name: "QueueTestSupport",
      dependencies: [
        "QueueCore", "QueueHost", "QueueWorker", "QueueStoreSQLite", "QueueStorePostgres",
      ],
      path: "Tests/QueueTestSupport", exclude: ["Zones"], swiftSettings: strict),
    .testTarget(
      name: "QueueCoreTests",
      dependencies: ["QueueCore", "QueueOperations", "QueueTestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "QueueHostTests",
      dependencies: ["QueueCore", "QueueHost", "QueueTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "QueueStoreTests",
      dependencies: [
        "QueueCore", "QueueHost", "QueueOperations", "QueueStoreSQLite", "QueueStorePostgres",
        "QueueTestSupport", "CSQLite",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "QueueWorkerTests",
      dependencies: ["QueueCore", "QueueHost", "QueueWorker", "QueueTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "QueueOperationsTests",
      dependencies: ["QueueCore", "QueueHost", "QueueOperations", "QueueTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "QueueTopTests",
      dependencies: [
        "QueueCore", "QueueHost", "QueueOperations", "QueueTop", "QueueTestSupport",
      ],
      exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "QueueWebTests",
      dependencies: ["QueueCore", "QueueHost", "QueueOperations", "QueueWeb", "QueueTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "QueueCore", "QueueHost", "QueueWorker", "QueueStoreSQLite", "QueueTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "QueueCore", "QueueHost", "QueueStorePostgres", "QueueTop", "QueueTestSupport", "CLinux",
        "queuectl", "queuectl-web",
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
