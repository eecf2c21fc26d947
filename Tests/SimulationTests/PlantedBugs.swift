import QueueCore
import QueueTestSupport
import QueueWorker
import Testing

/// A bug that a queue of this kind may well have, and the rules that it breaks sooner or later.
struct PlantedBug: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// How soon the simulation has to find it, with room to spare.
  let seeds: UInt64
  let breaks: Set<Rule>
  let faults: @Sendable (inout Faults) -> Void
  let plant: @Sendable () -> Plant

  static let all =
    [
      droppedFence, overwritingFinish, claimInTwo, survivingLeftovers, killBeforeFence,
      abandonedEviction, spentRetry, forgottenOrder, wallClockLease, wallClockBoot, missedCounter,
    ] + holding + moving + scheduling + parting

  // MARK: - Finishing

  private static let droppedFence = PlantedBug(
    "a finish applies though the run isn't the job's latest", within: 200,
    breaks: [.fenced]
  ) {
    Plant(store: { store, _ in buggy(store) { UnfencedStore($0, overwrites: .processing) } })
  }

  private static let overwritingFinish = PlantedBug(
    "the finish of an evicted worker overwrites a finished job", within: 1200,
    breaks: [.finishedStays], under: { $0.stalls() }
  ) {
    Plant(store: { store, _ in buggy(store) { UnfencedStore($0, overwrites: .completed) } })
  }

  /// The first forgets to compare the run, the second also forgets to look at the state, and
  /// doesn't even say so.
  private final class UnfencedStore: BuggyStore {
    private let overwritten: JobState
    private var claimed: [RunID: JobID] = [:]

    init(_ base: InMemoryJobStore, overwrites state: JobState) {
      overwritten = state
      super.init(base)
    }

    override func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError)
      -> ClaimResult
    {
      note(try super.claimNext(for: worker, at: now))
    }

    override func finish(
      _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
      claimingNext: Bool, at now: Moment
    ) throws(StoreError) -> FinishResult {
      let result = try super.finish(
        run, by: worker, report: report, transition: transition, claimingNext: claimingNext,
        at: now)
      switch result {
      case .recorded(let next, let freesOthers):
        return .recorded(next: next.map(note), freesOthers: freesOthers)
      case .cancelled(let next, let freesOthers):
        return .cancelled(next: next.map(note), freesOthers: freesOthers)
      case .superseded:
        guard let id = claimed[run], try base.job(id.text, at: now).state == overwritten else {
          return .superseded
        }
        base.tamper(with: id) { job in
          job.state = transition.state
          job.attempts = transition.attempts
        }
        return overwritten == .processing ? .recorded(next: nil) : .superseded
      }
    }

    private func note(_ result: ClaimResult) -> ClaimResult {
      if case .job(let job) = result { claimed[job.run] = job.id }
      return result
    }
  }

  // MARK: - Claiming

  private static let claimInTwo = PlantedBug(
    "a claim is made in two statements, and another worker's comes in between", within: 200,
    breaks: [.readyOnly, .oneLiveRun]
  ) {
    let claims = RecentClaim()
    return Plant(store: { store, _ in buggy(store) { SlowClaimStore($0, claims) } })
  }

  /// What was claimed last, and when.
  private final class RecentClaim {
    var latest: (worker: WorkerID, job: ClaimedJob, at: Moment)?
  }

  /// It had looked for a job before another worker took that one, in the same millisecond, and
  /// takes it as well.
  private final class SlowClaimStore: BuggyStore {
    private let recent: RecentClaim

    init(_ base: InMemoryJobStore, _ recent: RecentClaim) {
      self.recent = recent
      super.init(base)
    }

    override func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError)
      -> ClaimResult
    {
      if let latest = recent.latest, latest.worker != worker, latest.at == now,
        try workers().contains(where: { $0.current?.run == latest.job.run })
      {
        return .job(latest.job)
      }
      let result = try super.claimNext(for: worker, at: now)
      if case .job(let job) = result { recent.latest = (worker, job, now) }
      return result
    }
  }

  // MARK: - Reclaiming

  private static let survivingLeftovers = PlantedBug(
    "a job is reclaimed without ending what is left of its run", within: 50,
    breaks: [.oneLiveRun, .allEnds]
  ) {
    Plant(reclaimingRunner: NegligentRunner.init)
  }

  private final class NegligentRunner: JobRunner {
    private let base: any JobRunner
    init(_ base: any JobRunner) { self.base = base }
    func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult {
      base.start(job, logLimitBytes: logLimitBytes)
    }
    func startNotice(_ notice: ClaimedJob, input: [UInt8], logLimitBytes: Int) -> StartResult {
      base.startNotice(notice, input: input, logLimitBytes: logLimitBytes)
    }
    func leftovers(of job: ClaimedJob) -> Leftovers { base.leftovers(of: job) }
    func endLeftovers(of job: ClaimedJob) -> Leftovers { .none }
    func endLeftovers(of run: WorkerRecord.Assignment, in process: ProcessIdentity) -> Leftovers {
      .none
    }
  }

  private static let killBeforeFence = PlantedBug(
    "a lost run is killed before its worker is evicted", within: 200, breaks: [.fenced]
  ) {
    Plant(store: { store, _ in buggy(store, LateFenceStore.init) })
  }

  /// Evicts only when it releases, and looks once more then whether the worker spoke.
  private final class LateFenceStore: BuggyStore {
    private var seen: [WorkerID: WorkerRecord] = [:]

    override func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
      seen[expected.id] = expected
      return try workers().contains(expected)
    }

    override func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment)
      throws(StoreError) -> ReclaimedJob?
    {
      guard let expected = seen[worker], try super.evict(expected) else { return nil }
      return try super.requeue(worker, maxCrashes: maxCrashes, at: now)
    }
  }

  private static let abandonedEviction = PlantedBug(
    "whoever dies between evicting a worker and releasing its job leaves both for ever",
    within: 200, breaks: [.allEnds]
  ) {
    Plant(store: { store, _ in buggy(store, OneEvictionStore.init) })
  }

  /// Has only the one go on who evicted.
  private final class OneEvictionStore: BuggyStore {
    override func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
      try expected.isEvicted ? false : super.evict(expected)
    }
  }

  private static let spentRetry = PlantedBug(
    "a lost run spends a retry", within: 50, breaks: [.ownRunsCount]
  ) {
    Plant(store: { store, _ in buggy(store, SpendingStore.init) })
  }

  private final class SpendingStore: BuggyStore {
    override func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment)
      throws(StoreError) -> ReclaimedJob?
    {
      let result = try super.requeue(worker, maxCrashes: maxCrashes, at: now)
      if let result { base.tamper(with: result.job) { $0.attempts += 1 } }
      return result
    }
  }

  private static let forgottenOrder = PlantedBug(
    "a stop of all doesn't reach a worker that is started again", within: 200,
    breaks: [.stopHolds],
    under: {
      $0.stops = true
      $0.kills = true
    }
  ) {
    Plant(store: { store, _ in buggy(store, ForgetfulStore.init) })
  }

  /// Asks those only that are known.
  private final class ForgetfulStore: BuggyStore {
    override func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder?
    {
      nil
    }

    override func register(
      _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
      at now: Moment
    ) throws(StoreError) -> WorkerID {
      try super.register(process, queues: queues, begun: now.uptime, version: version, at: now)
    }
  }

  private static let wallClockLease = PlantedBug(
    "leases are judged by the wall clock", within: 200, breaks: [.aliveIsKept]
  ) {
    Plant(store: { store, host in buggy(store) { WallClockStore($0, host.clock) } })
  }

  /// Gives out heartbeats that look as long ago as they are by the wall clock.
  private final class WallClockStore: BuggyStore {
    private let clock: ManualClock

    init(_ base: InMemoryJobStore, _ clock: ManualClock) {
      self.clock = clock
      super.init(base)
    }

    override func workers() throws(StoreError) -> [WorkerRecord] {
      let now = clock.now()
      return try super.workers().map { record in
        var record = record
        record.heartbeatUptime = now.uptime - (now.wall - record.heartbeatAt)
        return record
      }
    }

    override func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
      guard let record = try super.workers().first(where: { $0.id == expected.id }) else {
        return false
      }
      return try super.evict(record)
    }
  }

  private static let wallClockBoot = PlantedBug(
    "a boot's queue time begins with the wall clock, which may be behind", within: 100,
    breaks: [.backoffBounds],
    under: {
      $0.wallJumps = true
      $0.reboots = true
    }
  ) {
    Plant(store: { store, _ in buggy(store, WallClockBootStore.init) })
  }

  /// Keeps no time for the next boot.
  private final class WallClockBootStore: BuggyStore {
    override func renew(
      _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
    ) throws(StoreError) -> RenewResult {
      defer { base.forgetSteadyTime() }
      return try super.renew(worker, stopping: order, at: now)
    }

    override func finish(
      _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
      claimingNext: Bool, at now: Moment
    ) throws(StoreError) -> FinishResult {
      defer { base.forgetSteadyTime() }
      return try super.finish(
        run, by: worker, report: report, transition: transition, claimingNext: claimingNext,
        at: now)
    }

    override func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment)
      throws(StoreError) -> ReclaimedJob?
    {
      defer { base.forgetSteadyTime() }
      return try super.requeue(worker, maxCrashes: maxCrashes, at: now)
    }
  }

  // MARK: - Counting

  private static let missedCounter = PlantedBug(
    "a counter isn't moved when a job dies", within: 50, breaks: [.countersMatch]
  ) {
    Plant(store: { store, _ in buggy(store, MiscountingStore.init) })
  }

  /// Still counts dead jobs as processing.
  private final class MiscountingStore: BuggyStore {
    override func summary() throws(StoreError) -> QueueSummary {
      var counts = try super.summary().counts
      for (queue, states) in counts {
        guard let dead = states[.dead] else { continue }
        counts[queue]?[.processing, default: 0] += dead
        counts[queue]?[.dead] = nil
      }
      return QueueSummary(counts: counts)
    }
  }

  // MARK: - Making

  init(
    _ description: String, within seeds: UInt64, breaks rules: Set<Rule>,
    under faults: @escaping @Sendable (inout Faults) -> Void = { _ in },
    plant: @escaping @Sendable () -> Plant
  ) {
    testDescription = description
    self.seeds = seeds
    breaks = rules
    // Of one host, unless the bug is about several.
    self.faults = {
      $0.hosts = 1
      faults(&$0)
    }
    self.plant = plant
  }

  static func buggy(
    _ store: any JobStore, _ make: (InMemoryJobStore) -> any JobStore
  ) -> any JobStore {
    guard let store = store as? InMemoryJobStore else {
      preconditionFailure("bugs are planted in the store in memory")
    }
    return make(store)
  }
}

@Suite struct `Planted bugs` {
  @Test(arguments: PlantedBug.all)
  func `the simulation finds a bug`(bug: PlantedBug) throws { try find(bug) }

  @Test(
    .enabled(if: Seeds.areTold, "takes minutes: scripts/torture runs it"),
    arguments: PlantedBug.rare
  )
  func `the simulation finds a rare bug`(bug: PlantedBug) throws { try find(bug) }

  private func find(_ bug: PlantedBug) throws {
    for seed in 1...bug.seeds {
      let simulation = Simulation(
        seed: seed, store: .inMemory, faults: bug.faults, plant: bug.plant)
      guard let violation = try simulation.run() else { continue }
      let report = try simulation.report(violation)
      #expect(bug.breaks.contains(violation.rule), "\(report)")
      if Seeds.areTold { print("\(bug.testDescription): found by seed \(seed)") }
      return
    }
    Issue.record("not found by \(bug.seeds) seeds")
  }
}
