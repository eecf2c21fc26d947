import FoundationEssentials
import QueueTestSupport
import Testing

/// A kind of queue that simulations are run with.
struct SimulatedStore: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// How many seeds each test run tries, unless told otherwise.
  let seeds: Int
  /// How many it tries of each that is asked for.
  let share: Double
  /// The most hosts that may share a queue of it.
  let mostHosts: Int
  private let make: @Sendable (_ isOnServer: Bool) throws -> any SimulatedQueue

  /// Makes an empty queue.
  func open(for hosts: Int) throws -> any SimulatedQueue { try make(hosts > 1) }

  static let inMemory = SimulatedStore(
    testDescription: "in memory", seeds: 300, share: 1, mostHosts: 3
  ) { QueueInMemory(isOnServer: $0) }
  static let sqlite = SimulatedStore(
    testDescription: "SQLite", seeds: 60, share: 0.5, mostHosts: 1
  ) { _ in try QueueInSQLite() }
  static let all = [inMemory, sqlite]
}

/// Which seeds to run, from the environment.
enum Seeds {
  /// `QUEUECTL_SIMULATION_SEEDS=N`: so many in memory, and half as many over SQLite, where each
  /// takes several times as long.
  static var count: Int? { number("QUEUECTL_SIMULATION_SEEDS") }
  /// `QUEUECTL_SIMULATION_FROM=N`: the first of them.
  static var first: UInt64 { UInt64(number("QUEUECTL_SIMULATION_FROM") ?? 1) }
  /// `QUEUECTL_SIMULATION_SEED=N`: only this one, and everything that happens is printed.
  static var single: UInt64? { number("QUEUECTL_SIMULATION_SEED").map(UInt64.init) }
  /// Whether to say how many seeds it took to find a planted bug.
  static var areTold: Bool { count != nil }

  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init)
  }
}

/// One seed, run on one kind of store.
struct Simulation {
  let seed: UInt64
  let store: SimulatedStore
  var faults: @Sendable (inout Faults) -> Void = { _ in }
  var plant: @Sendable () -> Plant = { Plant() }

  /// - Returns: the rule that was broken; nil when none was.
  func run() throws -> Violation? { try world(tracing: false).violation }

  /// Runs it again, and tells everything that happened.
  func trace() throws -> [String] { try world(tracing: true).trace.lines }

  /// What to print about a seed that failed.
  func report(_ violation: Violation) throws -> String {
    """
    seed \(seed), \(store.testDescription), \(violation)
    QUEUECTL_SIMULATION_SEED=\(seed) replays it. The last of what happened:
    \(try trace().suffix(30).joined(separator: "\n"))
    """
  }

  private func world(tracing: Bool) throws -> World {
    let world = try World(
      seed: seed, store: store, adjusting: faults, plant: plant(), tracing: tracing)
    try world.run()
    return world
  }
}
