import Foundation
import Testing

/// The allowed imports of each module. SwiftPM also allows indirect dependencies.
@Suite struct Walls {
  private static let allowed: [String: Set<String>] = [
    "QueueCore": [],
    "QueueHost": ["QueueCore", "CLinux"],
    "QueueOperations": ["QueueCore", "QueueHost", "CLinux"],
    "QueueStoreSQLite": ["QueueCore", "QueueHost", "CLinux", "CSQLite"],
    "QueueStorePostgres": ["QueueCore", "QueueHost", "CPostgres"],
    "QueueSession": [
      "QueueCore", "QueueHost", "QueueOperations", "QueueStoreSQLite", "QueueStorePostgres",
    ],
    "QueueWorker": ["QueueCore", "QueueHost", "CLinux"],
    "QueueTop": ["QueueCore", "QueueHost", "QueueOperations", "CLinux", "CCurses"],
    "QueueCLI": [
      "QueueCore", "QueueHost", "QueueOperations", "QueueSession", "QueueWorker", "QueueTop",
      "CLinux", "ArgumentParser",
    ],
    "QueueWeb": ["QueueCore", "QueueHost", "QueueOperations"],
    "QueueWebServer": [
      "QueueCore", "QueueHost", "QueueOperations", "QueueSession", "QueueWeb", "CLinux", "NIOCore",
      "NIOPosix", "NIOHTTP1",
    ],
    "queuectl": ["QueueCLI"],
    "queuectl-web": ["QueueWebServer"],
  ]
  /// System modules, for every module except the core.
  private static let system: Set<String> = ["Glibc", "Synchronization"]

  private static let sources = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Sources").standardized

  @Test func `each module imports only modules below it`() throws {
    let files = FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil)
    var modules: Set<String> = []
    for case let file as URL in try #require(files) where file.pathExtension == "swift" {
      let module = file.pathComponents[Self.sources.pathComponents.count]
      let allowed = try #require(Self.allowed[module], "nothing is said of \(module)")
      modules.insert(module)
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), place <= 1, words.count == place + 2
        else { continue }
        let name = String(words[place + 1])
        #expect(
          allowed.contains(name) || module != "QueueCore" && Self.system.contains(name),
          "\(module)/\(file.lastPathComponent) imports \(name)")
      }
    }
    #expect(modules == Set(Self.allowed.keys))
  }
}
