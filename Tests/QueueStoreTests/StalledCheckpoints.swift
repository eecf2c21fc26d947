import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStoreSQLite

/// The duration of a torture; nil in a normal test run.
private let tortureSeconds = ProcessInfo.processInfo.environment["QUEUECTL_TORTURE_SECONDS"]
  .flatMap(Double.init)

/// FAULT 5: a checkpoint that is stopped while others commit.
///
/// The WAL-reset bug needs a commit that restarts the WAL between the moment when a checkpoint
/// reads its length and the moment when it begins to copy. That takes some nanoseconds. Here a
/// process that only checkpoints is stopped at random places, with all processors busy, so the
/// moment is hit within seconds. Only the guard differs between the two tests.
@Suite(.serialized) struct `Stalled checkpoints` {
  @Test(.timeLimit(.minutes(20)))
  func `FAULT 5: with the guard, a checkpoint may be stopped anywhere`() async throws {
    let outcome = try await stall(guarded: true, for: tortureSeconds ?? 2)
    #expect(outcome.damage == nil)
    #expect(outcome.stalls > 50, "\(outcome)")
    if tortureSeconds != nil {
      outcome.report("5 checkpoints that stall", asExpected: outcome.damage == nil)
    }
  }

  /// Usually it takes up to 3 seconds, by chance. So it is part of the long runs only, and ends
  /// with the first damage.
  @Test(
    .timeLimit(.minutes(20)),
    .enabled(if: SQLiteJobStore.hasWALResetBug, "this SQLite is free of the WAL-reset bug"),
    .enabled(if: tortureSeconds != nil, "scripts/torture runs it"))
  func `FAULT 5: without the guard, the same damages the database`() async throws {
    let outcome = try await stall(guarded: false, for: 300)
    #expect(outcome.damage != nil, "the control shows nothing: \(outcome)")
    outcome.report("5 control: no guard", asExpected: outcome.damage != nil)
  }

  private func stall(guarded: Bool, for seconds: Double) async throws -> StallOutcome {
    let directory = try TemporaryDirectory(inMemory: true)
    let path = directory.file("queue.db")
    let driver = try StallDriver(path: path, seconds: seconds)
    async let outcome = driver.run()
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, guarded] in
      alarm(1200)  // In case the parent dies before it can kill us.
      let store = try #require(try SQLiteJobStore.open(path, creating: false))
      let signs = try SharedSigns(beside: path)
      signs.tellProcess()
      while true {
        if guarded {
          try store.checkpointer.checkpoint()
        } else {
          store.connection.checkpointPassively()
        }
        signs.count()
      }
    }
    defer { withExtendedLifetime(directory) {} }
    return try await outcome
  }
}

/// The result of stopping a checkpointing process.
struct StallOutcome: CustomStringConvertible {
  var stalls = 0
  var jobs = 0
  var checkpoints = 0
  /// The loss or damage found; nil for none.
  var damage: String?

  var description: String {
    "stops in \(checkpoints) checkpoints, \(jobs) jobs: \(damage ?? "sound, none lost")"
  }

  /// A row of the table of `scripts/torture`.
  func report(_ title: String, asExpected isAsExpected: Bool) {
    print("torture: \(title) | \(stalls) | \(self) | \(isAsExpected ? 0 : 1)")
  }
}

/// Keeps all processors busy, so that the process is preempted anywhere. On idle processors it is
/// stopped at a few places only, mostly in the kernel: 44,000 stops found nothing.
private final class Load: Sendable {
  private let isOver = Atomic(false)

  init() {
    for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
      Thread.detachNewThread { [self] in
        while !isOver.load(ordering: .relaxed) {}
      }
    }
  }

  func end() { isOver.store(true, ordering: .relaxed) }
}

/// Repeatedly fills the WAL, has it checkpointed, stops the checkpointing process, makes a small
/// commit (which restarts the WAL), and continues the process.
private final class StallDriver: Sendable {
  private let path: String
  private let duration: Duration
  /// Enough time even for a busy machine.
  private let deadline: ContinuousClock.Instant

  init(path: String, seconds: Double) throws {
    self.path = path
    duration = .seconds(seconds)
    deadline = .now + duration + .seconds(120)
    _ = try SQLiteJobStore.open(path, creating: true)
  }

  func run() async throws -> StallOutcome {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try self.drive() }) }
    }
  }

  private func drive() throws -> StallOutcome {
    let signs = try SharedSigns(beside: path)
    while signs.process == 0, ContinuousClock.now < deadline { sched_yield() }
    let process = signs.process
    guard process > 0 else { throw StoreError(.other, "no process checkpoints \(path)") }
    defer { kill(process, SIGKILL) }
    let load = Load()
    defer { load.end() }
    let end = ContinuousClock.now + duration
    var outcome = StallOutcome()
    do {
      let writers = try (0..<2).map { _ in try writer() }
      while outcome.damage == nil, ContinuousClock.now < deadline,
        ContinuousClock.now < end || outcome.stalls < 100
      {
        try writers[0].addJobs(40)
        outcome.jobs += 40
        waitForCopy(signs)
        guard stop(process) else { break }
        let goOn = DispatchWorkItem { kill(process, SIGCONT) }
        // With the guard the commit must wait until then.
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(2), execute: goOn)
        try writers[1].addJobs(1)
        outcome.jobs += 1
        goOn.cancel()
        kill(process, SIGCONT)
        outcome.stalls += 1
        // Not often, because with many jobs one check takes as long as hundreds of stops.
        if outcome.stalls.isMultiple(of: 1000) { outcome.damage = try damage(outcome.jobs) }
      }
      outcome.damage = try outcome.damage ?? damage(outcome.jobs)
    } catch let error as StoreError {
      outcome.damage = error.code == .corrupt ? "the database is malformed" : error.message
    }
    outcome.checkpoints = signs.checkpoints
    return outcome
  }

  private func writer() throws -> SQLiteJobStore {
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    store.checkpointer.isDisabled = true
    return store
  }

  /// Returns when the whole WAL has been copied: a checkpoint has begun after the last commit, and
  /// ended.
  private func waitForCopy(_ signs: SharedSigns) {
    let before = signs.checkpoints
    while signs.checkpoints < before + 2, ContinuousClock.now < deadline { sched_yield() }
  }

  /// Stops the process at a random moment of its next checkpoints, which take 2 microseconds each
  /// if there is nothing to copy.
  /// - Returns: once it is stopped; false if the process is missing.
  private func stop(_ process: pid_t) -> Bool {
    let moment = ContinuousClock.now + .nanoseconds(.random(in: 0...10_000))
    while ContinuousClock.now < moment {}
    kill(process, SIGSTOP)
    var info = siginfo_t()
    return waitid(P_PID, id_t(process), &info, WSTOPPED) == 0
  }

  private func damage(_ jobs: Int) throws -> String? {
    let store = try writer()
    if let problem = try store.findings(thorough: true).first(where: { $0.verdict == .problem }) {
      return problem.detail
    }
    let stored = try store.connection.first("SELECT count(*) FROM jobs") { row in row.int(0) } ?? 0
    return stored == jobs ? nil : "\(jobs - stored) jobs lost"
  }
}
