import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

/// A worker under test: a store, a manual clock, a scripted runner.
final class WorkerBench {
  let clock = ManualClock()
  let fixture: StoreFixture
  let runner: ScriptedRunner
  private let isOnServer: Bool
  let store: any JobStore
  private(set) var events: [WorkerEvent] = []
  private(set) var worker: Worker!  // set last
  /// Reads time zones.
  var zone: (String) throws(InvalidJob) -> ZoneRules = { _ in .utc }
  /// Processes whose lock is free, by pid.
  var dead: Set<Int32> = []

  init(
    _ kind: StoreUnderTest, queues: [String] = [], drains: Bool = false, pid: Int32 = 1000,
    isOnServer: Bool = false, before: (any JobStore) throws -> Void = { _ in }
  ) throws {
    fixture = try kind.open()
    try before(fixture.store)
    store = fixture.store
    self.isOnServer = isOnServer
    runner = ScriptedRunner(clock: clock)
    worker = try makeWorker(on: store, queues: queues, drains: drains, pid: pid)
  }

  /// Another worker of the same queue, as in another process.
  func makeWorker(
    on store: any JobStore, queues: [String] = [], drains: Bool = false, pid: Int32
  ) throws -> Worker {
    let liveness = Liveness(site: .example) { [weak self] process in
      Answer(self?.dead.contains(process.pid) == false)
    }
    return try Worker(
      Worker.Configuration(
        process: .example(pid: pid), queues: queues, drains: drains, isOnServer: isOnServer),
      store: store, runner: runner,
      reclaimer: Reclaimer(store: store, runner: runner, liveness: liveness),
      zone: { [weak self] name throws(InvalidJob) in try self?.zone(name) ?? .utc },
      generator: SeededGenerator(seed: 3), at: clock.now()
    ) { [weak self] in self?.events.append($0) }
  }

  /// Steps a worker, by default the one under test.
  @discardableResult
  func step(_ other: Worker? = nil, rung: Bool = false) throws -> Worker.Next {
    let worker: Worker = other ?? worker
    var next = try worker.step(at: clock.now(), rung: rung)
    var count = 0
    var hasEnded = false
    // An ended job wakes its worker at once. It may belong to a worker that no longer exists.
    while next == .wait(.zero) || runner.untilNextEnd == .zero && !hasEnded {
      count += 1
      guard count < 100 else { throw StoreError(.other, "it spins: \(events.suffix(20))") }
      hasEnded = runner.untilNextEnd == .zero
      next = try worker.step(at: clock.now())
    }
    return next
  }

  /// Advances time as requested by the worker, or to the end of a job if sooner, until `condition`
  /// holds; fails after `limit`.
  /// - Returns: the time passed.
  @discardableResult
  func run(
    for limit: Duration = .seconds(3600), until condition: () throws -> Bool = { false },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Duration {
    let start = clock.now().uptime
    while clock.now().uptime - start <= limit {
      let next = try step()
      let passed = clock.now().uptime - start
      if try condition() { return passed }
      guard case .wait(let duration) = next else { return passed }
      clock.advance(by: max(min(duration, runner.untilNextEnd ?? duration), .milliseconds(1)))
    }
    Issue.record(
      "nothing of the kind in \(limit): \(events.suffix(20))", sourceLocation: sourceLocation)
    return limit
  }

  func job(_ id: String) throws -> Job { try store.job(id, at: clock.now()) }

  func state(_ id: String) throws -> JobState { try job(id).state }

  func set(_ key: String, _ text: String) throws { try store.set(try Setting.named(key), to: text) }
}
