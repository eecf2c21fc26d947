import CLinux
import Glibc
public import QueueCore
public import QueueHost

/// Starts worker processes, replaces those that die, forwards stops, and ends with the last.
/// Workers have process groups of their own, so a terminal's ^C reaches them once, through here.
public final class Supervisor {
  /// The events that a supervisor reports.
  public enum Event: Equatable, Sendable {
    case ready(count: Int)
    /// A worker died; its replacement starts after `restartIn`.
    case died(pid: Int32, cause: String, restartIn: Duration)
    /// It handled a worker that died.
    case cared(Reclaimer.Result)
    /// The store is out of reach, so the run of a worker that died was killed here.
    case endedRun(ofWorker: Int32, Leftovers)
    /// A store call failed; another worker reclaims the jobs of workers that died.
    case trouble(StoreError)
    case stopping(StopOrder)
    /// All workers were ordered to stop through the store, so it starts none.
    case relieved
    /// New workers couldn't serve the queue; the running ones finish their jobs and leave.
    case obsolete(Obsolescence)
  }

  /// How it ended.
  public enum Ending: Equatable, Sendable {
    /// All workers stopped as ordered.
    case stopped
    /// All workers left by themselves, or each by its own order.
    case left
    /// No worker was ever ready.
    case neverReady
    /// The queue needs workers that are started again.
    case obsolete(Obsolescence)
  }

  /// Why new workers couldn't serve the queue.
  public enum Obsolescence: Sendable {
    /// A newer version has migrated the database.
    case outdated
    /// The database has moved.
    case displaced
  }

  /// How the workers are started.
  public struct Configuration: Sendable {
    /// The number of workers.
    public var count: Int
    /// The arguments of a worker, including the program's name.
    public var arguments: [String]
    /// `NAME=value` entries.
    public var environment: [[UInt8]]
    /// Whether SIGHUP is ignored.
    public var ignoresHangUp: Bool
    /// When the user's command began, in uptime; later stops of all workers apply to new ones, too.
    public var begun: Duration

    /// Creates a configuration.
    public init(
      count: Int, arguments: [String], environment: [[UInt8]], ignoresHangUp: Bool, begun: Duration
    ) {
      self.count = count
      self.begun = begun
      self.arguments = arguments
      self.environment = environment
      self.ignoresHangUp = ignoresHangUp
    }
  }

  private struct Member {
    var pid: pid_t
    var control: ControlChannel
    var startedAt: Duration
    var isReady = false
  }

  private let configuration: Configuration
  private let store: any WorkerStore & QueueReader
  private let reclaimer: Reclaimer
  private let runner: ProcessRunner
  private let clock: any Clock
  private let relay: (any HostRelay)?
  private let signals: SignalInbox
  private let lock: SupervisorLock
  private let obsolescence: () -> Obsolescence?
  private let tell: (Event) -> Void

  private var members: [Member] = []
  private var restarts: RestartSchedule
  private var order: StopOrder?
  private var isRelieved = false
  /// When the first stop signal takes effect.
  private var stopsAt: Duration?
  private var dismissal: Obsolescence?

  /// Signals this close together are one: `timeout` signals its command and then the group.
  private static let togetherness = Duration.milliseconds(50)

  /// Starts collecting signals; ``run()`` starts the workers.
  /// - Parameters:
  ///   - relay: receives notifications of other hosts; nil if there are none.
  ///   - lock: creates the published record; called once signals are collected.
  package init(
    _ configuration: Configuration, store: any WorkerStore & QueueReader, reclaimer: Reclaimer,
    runner: ProcessRunner, clock: any Clock, relay: (any HostRelay)?,
    lock: () throws(SystemError) -> SupervisorLock,
    obsolescence: @escaping () -> Obsolescence?, tell: @escaping (Event) -> Void
  ) throws(SystemError) {
    self.configuration = configuration
    restarts = RestartSchedule(count: configuration.count)
    self.store = store
    self.reclaimer = reclaimer
    self.runner = runner
    self.clock = clock
    self.relay = relay
    self.obsolescence = obsolescence
    self.tell = tell
    signals = try SignalInbox([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD])
    // The processes of a worker's run stay below this process when the worker dies.
    OwnChildren.adoptOrphans()
    self.lock = try lock()
  }

  /// Runs until the last worker has left; throws if no process can be started.
  public func run() throws(SystemError) -> Ending {
    lookAtOrders()
    if !isLeaving { for _ in 0..<configuration.count { try startWorker() } }
    while !members.isEmpty || !restarts.isEmpty {
      Poll.wait(
        for: [signals.descriptor] + [relay?.descriptor].compactMap { $0 }
          + members.filter { !$0.control.isPeerGone }.map(\.control.descriptor),
        atMost: [restarts.next, stopsAt, relay?.deadline].compactMap { $0 }.min()
          .map { max(.zero, $0 - clock.now().uptime) })
      readSignals()
      listenToOthers()
      stopIfDue()
      readMessages()
      reapWorkers()
      startDueWorkers()
      showIntentions()
    }
    lookAtOrders()
    guard order == nil, !isRelieved else { return .stopped }
    guard restarts.readyCount > 0 else { return .neverReady }
    if let dismissal { return .obsolete(dismissal) }
    // A newer version makes the workers leave. The database may also have moved after they left.
    return obsolescence() == .outdated ? .obsolete(.outdated) : .left
  }

  // MARK: - Starting

  private func startWorker() throws(SystemError) {
    let (ours, theirs) = try ControlChannel.pair()
    let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw SystemError("open /dev/null") }
    defer { close(input) }
    let spawn = Spawn(
      program: "/proc/self/exe", arguments: configuration.arguments,
      inherited: CStrings(configuration.environment), input: input, control: theirs.descriptor,
      closesInherited: true, inNewSession: false)
    let (pid, descriptor) = try withExtendedLifetime(theirs) { () throws(SystemError) in
      try spawn.start()
    }
    close(descriptor)
    members.append(Member(pid: pid, control: ours, startedAt: clock.now().uptime))
  }

  private func startDueWorkers() {
    let now = clock.now().uptime
    let due = restarts.dueCount(at: now)
    // A stop may have come since the workers died.
    if due > 0 { lookAtOrders() }
    guard !isLeaving else { return restarts.cancelAll() }
    restarts.takeDue(at: now)
    for _ in 0..<due {
      do throws(SystemError) { try startWorker() } catch { restarts.noteFailure(at: now) }
    }
  }

  private var isLeaving: Bool { order != nil || dismissal != nil || isRelieved }

  private func showIntentions() {
    let now = clock.now()
    lock.show(
      isStopping: isLeaving, restartsAt: restarts.next.map { now.wall + ($0 - now.uptime) })
  }

  // MARK: - Listening

  private func readSignals() {
    while let signal = signals.next() {
      switch signal {
      case SIGTERM, SIGINT:
        if order == nil {
          stopsAt = stopsAt ?? clock.now().uptime + Self.togetherness
        } else {
          stop(.endJob)
        }
      case SIGHUP where !configuration.ignoresHangUp: stop(.finishJob)
      case SIGUSR1: lookAtOrders()
      default: break  // SIGCHLD only wakes the loop.
      }
    }
  }

  /// Passes on orders from other hosts, as their commands signal processes here.
  private func listenToOthers() {
    guard let relay, relay.attend(at: clock.now()) else { return }
    lookAtOrders()
    // One that isn't ready yet reads its orders when it registers.
    for member in members where member.isReady { kill(member.pid, SIGUSR1) }
  }

  private func stopIfDue() {
    guard let due = stopsAt, clock.now().uptime >= due else { return }
    stopsAt = nil
    stop(.finishJob)
  }

  private func stop(_ order: StopOrder) {
    guard self.order.map({ $0 < order }) ?? true else { return }
    self.order = order
    // Before the event: its reader may rely on no further job being started.
    for member in members { member.control.send(order == .endJob ? .endJob : .finishJob) }
    tell(.stopping(order))
  }

  /// Checks for a stop of all workers since the command began; running ones get it from the store.
  private func lookAtOrders() {
    guard !isLeaving else { return }
    do throws(StoreError) {
      isRelieved = try store.stopOrder(since: configuration.begun, at: clock.now()) != nil
      if isRelieved, members.isEmpty { tell(.relieved) }
    } catch {
      tell(.trouble(error))
    }
  }

  private func readMessages() {
    for index in members.indices {
      while let message = members[index].control.receive() {
        switch message {
        case .ready: noteReady(index)
        case .displaced: dismiss(for: .displaced)
        case .finishJob, .endJob, .stopped, .peerGone: break
        }
      }
    }
  }

  private func noteReady(_ index: Int) {
    members[index].isReady = true
    restarts.noteReady(at: clock.now().uptime)
    if restarts.readyCount == configuration.count { tell(.ready(count: configuration.count)) }
  }

  // MARK: - Ending

  private func reapWorkers() {
    for member in members {
      var status: Int32 = 0
      guard waitpid(member.pid, &status, WNOHANG) == member.pid else { continue }
      readMessages()  // It may have sent `ready` since the last read.
      members.removeAll { $0.pid == member.pid }
      let result = clinux_exit_or_negative_signal(status)
      if result != 0 { replace(member, result) }
    }
    let children = OwnChildren()
    children.pids = Set(members.map(\.pid))
    children.reapOrphans()
  }

  private func replace(_ member: Member, _ result: Int32) {
    let now = clock.now()
    let fate = settle(member, at: now)
    guard !isLeaving, fate != .dismissed else { return }
    guard restarts.readyCount > 0 else { return restarts.noteFailedStart() }
    if let obsolescence = obsolescence() { return dismiss(for: obsolescence) }
    let pause = restarts.replace(
      hadJob: fate == .overAJob, age: now.uptime - member.startedAt, at: now.uptime)
    tell(
      .died(
        pid: member.pid, cause: result < 0 ? "signal \(-result)" : "exit status \(result)",
        restartIn: pause))
  }

  private enum Fate {
    /// Without a job, or before it registered.
    case idle
    /// During a job, whose retry is delayed, so the next worker can start at once.
    case overAJob
    /// After a stop order; it isn't replaced.
    case dismissed
  }

  /// Requeues the job of a worker that died; if the store is out of reach, ends its run here.
  private func settle(_ member: Member, at now: Moment) -> Fate {
    // Other hosts of a server may claim the job before long.
    if relay != nil { store.busyTimeout = .whileRunning }
    defer { store.busyTimeout = .usual }
    var fate = Fate.idle
    do throws(StoreError) {
      fate = try self.fate(of: member, at: now)
      // The supervisor has slept, so it doesn't judge silence; the workers do.
      let lost = try reclaimer.reclaimLost(
        judgingSilence: false, settings: try store.settings(), at: now)
      for result in lost { tell(.cared(result)) }
    } catch {
      tell(.trouble(error))
      guard let leftovers = runner.endRun(ofDeadWorker: member.pid) else { return fate }
      tell(.endedRun(ofWorker: member.pid, leftovers))
    }
    return fate
  }

  private func fate(of member: Member, at now: Moment) throws(StoreError) -> Fate {
    let record = try store.workers().first {
      $0.process.pid == member.pid && $0.process.boot == now.boot && LocalHost.has($0.process)
    }
    // If a ready worker has no row, another worker has already reclaimed its job.
    guard let record else { return member.isReady ? .overAJob : .idle }
    if record.stop != nil { return .dismissed }
    return record.current == nil ? .idle : .overAJob
  }

  private func dismiss(for obsolescence: Obsolescence) {
    guard dismissal == nil else { return }
    dismissal = obsolescence
    for member in members { member.control.send(.finishJob) }
    tell(.obsolete(obsolescence))
  }
}
