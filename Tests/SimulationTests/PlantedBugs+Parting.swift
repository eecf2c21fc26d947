import QueueCore
import QueueTestSupport

@testable import QueueHost

/// Bugs about hosts that share a queue and may be cut off from it.
extension PlantedBug {
  static let parting = [
    longLeash, wallClockSilence, earlySilence, hostByName, startOnOldHeartbeat,
    setbackBetweenHosts,
  ]

  private static func partingBug(
    _ description: String, within seeds: UInt64, breaks rules: Set<Rule>,
    under faults: @escaping @Sendable (inout Faults) -> Void = { _ in },
    _ plant: @escaping @Sendable () -> Plant
  ) -> PlantedBug {
    PlantedBug(
      description, within: seeds, breaks: rules,
      under: {
        $0.spread(over: 2)
        faults(&$0)
      }, plant: plant)
  }

  // MARK: - Leashes

  private static let longLeash = partingBug(
    "the leash is longer than the lease", within: 300, breaks: [.oneLiveRun]
  ) {
    Plant(store: { store, _ in buggy(store, LongLeashStore.init) })
  }

  /// Has workers believe in a longer lease than they are registered with.
  private final class LongLeashStore: BuggyStore {
    override func settings() throws(StoreError) -> Settings {
      var settings = try super.settings()
      settings.hostLease += settings.hostLease
      return settings
    }
  }

  private static let startOnOldHeartbeat = partingBug(
    "a claimed job is started on an old heartbeat", within: 1000, breaks: [.oneLiveRun],
    under: { $0.stalls() }
  ) {
    Plant(readsClockForEachStep: false)
  }

  // MARK: - Silence

  private static let wallClockSilence = partingBug(
    "silence is judged by the wall clock", within: 100, breaks: [.aliveIsKept]
  ) {
    Plant(silence: { { $0.silence(at: $1) } })
  }

  private static let earlySilence = partingBug(
    "silence begins before the heartbeat was read", within: 2000,
    breaks: [.aliveIsKept, .oneLiveRun], under: { $0.stalls() }
  ) {
    Plant(silence: {
      let observed = ObservedSilence()
      return { observed.silence(of: $0, at: $1.uptime) }
    })
  }

  private static let hostByName = partingBug(
    "a host is judged by its name", within: 200, breaks: [.aliveIsKept]
  ) {
    Plant(store: { store, host in buggy(store) { OneSiteStore($0, host.site) } })
  }

  /// Takes all hosts of this one's name for this one.
  private final class OneSiteStore: BuggyStore {
    private let site: Site

    init(_ base: InMemoryJobStore, _ site: Site) {
      self.site = site
      super.init(base)
    }

    override func workers() throws(StoreError) -> [WorkerRecord] {
      try super.workers().map { record in
        var record = record
        record.process.site = site
        return record
      }
    }
  }

  // MARK: - Clocks

  private static let setbackBetweenHosts = partingBug(
    "the clocks of one host are compared with those that another recorded", within: 50,
    breaks: [.steadyClocks],
    under: {
      $0.schedules = 60
      $0.wallJumps = false
    }
  ) {
    Plant(store: { store, host in buggy(store) { BootlessStore($0, host) } })
  }

  /// Doesn't tell of which boot the recorded clocks are.
  private final class BootlessStore: BuggyStore {
    private let host: SimulatedHost
    private var recorded: ClockRecord?

    init(_ base: InMemoryJobStore, _ host: SimulatedHost) {
      self.host = host
      super.init(base)
    }

    override func dueSchedules(
      atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
    ) throws(StoreError) -> DueSchedules {
      var due = try super.dueSchedules(atMost: limit, except: excluded, at: now)
      recorded = due.clocks
      due.clocks?.boot = host.clock.now().boot
      return due
    }

    override func recordClocks(at now: Moment, replacing clocks: ClockRecord) throws(StoreError) {
      try super.recordClocks(at: now, replacing: recorded ?? clocks)
    }
  }
}
