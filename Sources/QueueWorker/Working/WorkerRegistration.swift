import QueueCore

/// A worker's registration: its ID, heartbeats, orders and checks of other workers.
/// A class, because callbacks read its ID while one of its methods runs.
final class WorkerRegistration {
  enum Heartbeat: Equatable, Sendable {
    case notDue
    case answered(order: StopOrder?, cancelled: RunID?, held: HeldRun, freeze: FreezeOrder?)
    case registeredAnew(was: WorkerID)
  }

  private(set) var id: WorkerID
  private(set) var settings: Settings
  /// At most the lease that the store has of this worker: a longer setting counts from the next
  /// heartbeat on.
  private var hostLease: Duration
  /// When the latest heartbeat that was answered was sent, in uptime.
  private var heardAt: Duration
  private let configuration: Worker.Configuration
  private let store: any WorkerStore & QueueReader
  private let begun: Duration
  private let isOnDuty: (Settings, Duration) -> Bool
  private var signs: HeartbeatSchedule
  private var caretaker: Caretaker

  init(
    _ configuration: Worker.Configuration, store: any WorkerStore & QueueReader,
    reclaimer: Reclaimer,
    isOnDuty: @escaping (Settings, Duration) -> Bool, at now: Moment
  ) throws(StoreError) {
    self.configuration = configuration
    self.store = store
    caretaker = Caretaker(reclaimer, at: now.uptime)
    self.isOnDuty = isOnDuty
    settings = try store.settings()
    hostLease = settings.hostLease
    heardAt = now.uptime
    begun = configuration.begun ?? now.uptime
    id = try store.register(
      configuration.process, queues: configuration.queues, begun: begun,
      version: configuration.version, at: now)
    signs = HeartbeatSchedule(settings, at: now.uptime)
  }

  var deadline: Duration { signs.deadline }

  /// Nil for a file, which either all workers reach or none.
  var leash: Leash? {
    configuration.isOnServer ? Leash(settings, lease: hostLease, heardAt: heardAt) : nil
  }

  /// Makes the heartbeat due: it fetches orders, and publishes those received elsewhere.
  func lookAtOrders() { signs.speakSoon() }

  /// Sends a heartbeat, with the stop in progress, if due. On error it stays due.
  func keepAlive(stopping order: StopOrder?, at now: Moment) throws(StoreError) -> Heartbeat {
    guard signs.isHeartbeatDue(at: now.uptime) else { return .notDue }
    let before = settings.hostLease
    let answer = try store.renew(id, stopping: order, at: now)
    settings = try store.settings()
    hostLease = min(before, settings.hostLease)
    switch answer {
    case .known(let order, let cancelled, let held, let freeze):
      signs.spoke(settings, at: now.uptime)
      heardAt = now.uptime
      return .answered(order: order, cancelled: cancelled, held: held, freeze: freeze)
    case .evicted: return .registeredAnew(was: try registerAnew(at: now))
    }
  }

  /// Registers under a new ID after an eviction; returns the old one.
  func registerAnew(at now: Moment) throws(StoreError) -> WorkerID {
    let old = id
    id = try store.register(
      configuration.process, queues: configuration.queues, begun: begun,
      version: configuration.version, at: now)
    signs.spoke(settings, at: now.uptime)
    heardAt = now.uptime
    return old
  }

  /// Requeues the runs that the store has in this worker's hands, one of which has ended, and
  /// registers under a new ID; returns the old one.
  func giveBack(at now: Moment) throws(StoreError) -> WorkerID {
    let own = try store.workers().filter { $0.id == id }
    // The latest claim counts for an eviction.
    if let latest = own.max(by: { $0.current?.run.number ?? 0 < $1.current?.run.number ?? 0 }) {
      try caretaker.giveBack(latest, settings: settings, at: now)
    }
    return try registerAnew(at: now)
  }

  /// Reclaims lost jobs if a check is due, else returns nil. Call it in each step.
  func careForOthers(at now: Moment) throws(StoreError) -> [Reclaimer.Result]? {
    try caretaker.care(except: id, settings: settings, at: now) { judgesSilence in
      signs.isCareDue(settings, judgingSilence: judgesSilence, at: now.uptime)
        && isOnDuty(settings, now.uptime)
    }
  }

  func readSettings() throws(StoreError) { settings = try store.settings() }

  func leave() throws(StoreError) { try store.deregister(id) }
}
