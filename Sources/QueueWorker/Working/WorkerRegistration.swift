import QueueCore

/// A worker's place among the others of its queue: its name, its signs of life, what it is told in
/// answer, and its care for those that give none.
///
/// An object, as others ask for its name while it is in the middle of something.
final class WorkerRegistration {
  /// What a step of it came to.
  enum Heartbeat: Equatable, Sendable {
    /// It wasn't time to speak.
    case notDue
    /// The worker is known; what it is asked to do, and the run whose job was cancelled.
    case answered(order: StopOrder?, cancelled: RunID?)
    /// It had been taken for dead, and has another name now.
    case registeredAnew(was: WorkerID)
  }

  /// The worker's name; changes if it has to register anew.
  private(set) var id: WorkerID
  /// As they were at the last sign of life, or when they were last read.
  private(set) var settings: Settings
  private let configuration: Worker.Configuration
  private let store: any WorkerStore & QueueReader
  private let begun: Duration
  private let isOnDuty: (Settings, Duration) -> Bool
  private var signs: HeartbeatSchedule
  private var caretaker: Caretaker

  /// Registers the worker.
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
    begun = configuration.begun ?? now.uptime
    id = try store.register(
      configuration.process, queues: configuration.queues, begun: begun, at: now)
    signs = HeartbeatSchedule(settings, at: now.uptime)
  }

  /// When there is something to do for it by time alone.
  var deadline: Duration { signs.deadline }

  /// Has the next heartbeat come at once, as it brings orders, and tells others of those that came
  /// another way.
  func lookAtOrders() { signs.speakSoon() }

  /// Says that the worker lives, if it is time to. On error nothing is changed, and it is still
  /// time to.
  /// - Parameter order: by which it is stopping.
  func keepAlive(stopping order: StopOrder?, at now: Moment) throws(StoreError) -> Heartbeat {
    guard signs.isHeartbeatDue(at: now.uptime) else { return .notDue }
    let answer = try store.renew(id, stopping: order, at: now)
    settings = try store.settings()
    switch answer {
    case .known(let order, let cancelled):
      signs.spoke(settings, at: now.uptime)
      return .answered(order: order, cancelled: cancelled)
    case .evicted: return .registeredAnew(was: try registerAnew(at: now))
    }
  }

  /// Goes on under another name after it was taken for dead.
  /// - Returns: the name that it had.
  func registerAnew(at now: Moment) throws(StoreError) -> WorkerID {
    let old = id
    id = try store.register(
      configuration.process, queues: configuration.queues, begun: begun, at: now)
    signs.spoke(settings, at: now.uptime)
    return old
  }

  /// Frees the jobs of workers that are gone, if it is time to look. To be called in each step.
  /// - Returns: nil when it wasn't time.
  func careForOthers(at now: Moment) throws(StoreError) -> [Reclaimer.Result]? {
    try caretaker.care(except: id, settings: settings, at: now) { judgesSilence in
      signs.isCareDue(settings, judgingSilence: judgesSilence, at: now.uptime)
        && isOnDuty(settings, now.uptime)
    }
  }

  /// Reads the settings anew, where a decision depends on them.
  func readSettings() throws(StoreError) { settings = try store.settings() }

  /// Leaves for good.
  func leave() throws(StoreError) { try store.deregister(id) }
}
