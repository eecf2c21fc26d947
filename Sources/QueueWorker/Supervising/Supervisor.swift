import CLinux
import Glibc
public import QueueCore
public import QueueHost

/// Keeps a number of worker processes: starts them, restarts one that dies, passes stops on, and
/// ends with the last.
///
/// A worker that leaves by itself was told to. One that dies is replaced, and the job it had is
/// given back at once. Workers are in process groups of their own, so a ^C at the terminal reaches
/// them through here only, once.
public final class Supervisor {
  /// What a supervisor tells those who watch it.
  public enum Event: Equatable, Sendable {
    /// All workers have registered.
    case ready(count: Int)
    /// A worker process died; the next one starts after this time.
    case died(pid: Int32, cause: String, restartIn: Duration)
    /// It looked after a worker that died.
    case cared(Reclaimer.Result)
    /// The store couldn't be asked for the jobs of a worker that died; another worker will see to
    /// them.
    case trouble(StoreError)
    /// It was asked to stop.
    case stopping(StopOrder)
    /// All workers were asked to stop, so it starts none.
    case relieved
    /// It replaces no worker any more, as this queue can't be served by it: the others finish their
    /// jobs and leave.
    case obsolete(Obsolescence)
  }

  /// How it came to its end.
  public enum Ending: Equatable, Sendable {
    /// All workers have left, as they were told.
    case stopped
    /// All workers have left by themselves, or one after the other as each was told.
    case left
    /// No worker ever got as far as taking jobs.
    case neverReady
    /// Workers for this queue have to be started anew.
    case obsolete(Obsolescence)
  }

  /// Why no worker that it starts would serve the queue.
  public enum Obsolescence: Sendable {
    /// A newer version has brought the queue up to date.
    case outdated
    /// The queue isn't found under its name any more.
    case displaced
  }

  /// How the workers are started.
  public struct Configuration: Sendable {
    /// How many.
    public var count: Int
    /// The program's arguments that make it a worker, its own name first.
    public var arguments: [String]
    /// `NAME=value` each.
    public var environment: [[UInt8]]
    /// Whether losing the terminal is no reason to stop.
    public var ignoresHangUp: Bool
    /// When the command that it carries out began, by the uptime clock: a stop of all workers since
    /// then is also for those yet to start.
    public var begun: Duration

    /// All of its parts.
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

  /// A worker process.
  private struct Member {
    var pid: pid_t
    var control: ControlChannel
    var startedAt: Duration
    var isReady = false
  }

  private let configuration: Configuration
  private let store: any WorkerStore & QueueReader
  private let reclaimer: Reclaimer
  private let clock: any Clock
  private let signals: SignalInbox
  private let lock: SupervisorLock
  private let obsolescence: () -> Obsolescence?
  private let tell: (Event) -> Void

  private var members: [Member] = []
  private var restarts: [Duration] = []
  private var quickDeaths = 0
  private var order: StopOrder?
  /// Whether all workers were asked to stop through the store, which they know from there.
  private var isRelieved = false
  /// When the signal that asks for a first stop is acted on.
  private var stopsAt: Duration?
  /// Why workers that die aren't replaced any more.
  private var dismissal: Obsolescence?
  /// How many workers have said that they take jobs, those included that have left since.
  private var readyCount = 0
  /// How many died before any was ready.
  private var failedStarts = 0

  /// A worker that lives for less than this, and dies without a job, didn't work.
  private static let quick = Duration.seconds(5)
  private static let longestPause = Duration.seconds(30)
  /// Signals that come as close together are one: `timeout` signals its command, and then the
  /// command's group.
  private static let togetherness = Duration.milliseconds(50)

  /// Starts listening to signals; no worker is started yet.
  /// - Parameters:
  ///   - lock: makes the lock that shows others what it is about to do; called once their signals
  ///     can be taken.
  ///   - obsolescence: why no worker of this supervisor would serve the queue by now; nil while
  ///     they do.
  public init(
    _ configuration: Configuration, store: any WorkerStore & QueueReader, reclaimer: Reclaimer,
    clock: any Clock,
    lock: () throws(SystemError) -> SupervisorLock,
    obsolescence: @escaping () -> Obsolescence?, tell: @escaping (Event) -> Void
  ) throws(SystemError) {
    self.configuration = configuration
    self.store = store
    self.reclaimer = reclaimer
    self.clock = clock
    self.obsolescence = obsolescence
    self.tell = tell
    signals = try SignalInbox([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD])
    // So that the processes of a worker's run stay below it when the worker dies.
    OwnChildren.adoptOrphans()
    self.lock = try lock()
  }

  /// Runs until the last worker has left.
  /// - Throws: ``SystemError`` when no process can be started at all.
  public func run() throws(SystemError) -> Ending {
    lookAtOrders()
    if !isLeaving { for _ in 0..<configuration.count { try startWorker() } }
    while !members.isEmpty || !restarts.isEmpty {
      Poll.wait(
        for: [signals.descriptor]
          + members.filter { !$0.control.isPeerGone }.map(\.control.descriptor),
        atMost: (restarts + [stopsAt].compactMap { $0 }).min()
          .map { max(.zero, $0 - clock.now().uptime) })
      readSignals()
      stopIfDue()
      readMessages()
      reapWorkers()
      startDueWorkers()
      showIntentions()
    }
    lookAtOrders()
    guard order == nil, !isRelieved else { return .stopped }
    guard readyCount > 0 else { return .neverReady }
    if let dismissal { return .obsolete(dismissal) }
    // The newer version has told the workers to leave, as anybody may. If the queue is gone, that
    // may be since they left.
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
    let due = restarts.count { $0 <= now }
    // A stop may have come since they died.
    if due > 0 { lookAtOrders() }
    guard !isLeaving else { return restarts.removeAll() }
    restarts.removeAll { $0 <= now }
    for _ in 0..<due {
      do throws(SystemError) { try startWorker() } catch { restarts.append(now + Self.quick) }
    }
  }

  /// Whether it starts no worker any more.
  private var isLeaving: Bool { order != nil || dismissal != nil || isRelieved }

  private func showIntentions() {
    let now = clock.now()
    lock.show(
      isStopping: isLeaving, restartsAt: restarts.min().map { now.wall + ($0 - now.uptime) })
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
      default: break  // SIGCHLD only wakes us.
      }
    }
  }

  private func stopIfDue() {
    guard let due = stopsAt, clock.now().uptime >= due else { return }
    stopsAt = nil
    stop(.finishJob)
  }

  private func stop(_ order: StopOrder) {
    guard self.order.map({ $0 < order }) ?? true else { return }
    self.order = order
    // First the workers: whoever reads that they stop may count on it that no other job is started.
    for member in members { member.control.send(order == .endJob ? .endJob : .finishJob) }
    tell(.stopping(order))
  }

  /// Sees whether all workers were asked to stop since the command began. Those that run know it
  /// from the store.
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
    // Others can work, so those are worth another try that couldn't.
    restarts += Array(repeating: clock.now().uptime, count: failedStarts)
    failedStarts = 0
    readyCount += 1
    if readyCount == configuration.count { tell(.ready(count: readyCount)) }
  }

  // MARK: - Ending

  private func reapWorkers() {
    for member in members {
      var status: Int32 = 0
      guard waitpid(member.pid, &status, WNOHANG) == member.pid else { continue }
      readMessages()  // It may have said that it is ready since they were last read.
      members.removeAll { $0.pid == member.pid }
      let result = clinux_exit_or_negative_signal(status)
      if result != 0 { replace(member, result) }
    }
    let children = OwnChildren()
    children.pids = Set(members.map(\.pid))
    children.reapOrphans()
  }

  /// A worker that never got ready is replaced only once others did: what kept it from starting may
  /// pass, but starting for nothing again and again helps nobody.
  private func replace(_ member: Member, _ result: Int32) {
    let now = clock.now()
    let fate = fate(of: member, at: now)
    giveBackJobs(at: now)
    guard !isLeaving, fate != .dismissed else { return }
    guard member.isReady || readyCount > 0 else { return failedStarts += 1 }
    if let obsolescence = obsolescence() { return dismiss(for: obsolescence) }
    if fate == .idle {
      quickDeaths = now.uptime - member.startedAt < Self.quick ? quickDeaths + 1 : 0
    }
    let pause =
      fate == .overAJob || quickDeaths <= configuration.count
      ? Duration.zero
      : min(.seconds(1 << min(quickDeaths - configuration.count - 1, 5)), Self.longestPause)
    restarts.append(now.uptime + pause)
    tell(
      .died(
        pid: member.pid, cause: result < 0 ? "signal \(-result)" : "exit status \(result)",
        restartIn: pause))
  }

  /// In the middle of what a worker died.
  private enum Fate {
    /// Of nothing, or before it was known.
    case idle
    /// Of a job, which is held back for that: the next worker may have another one.
    case overAJob
    /// It was asked to stop: no other one is to follow it.
    case dismissed
  }

  private func fate(of member: Member, at now: Moment) -> Fate {
    do throws(StoreError) {
      let record = try store.workers().first {
        $0.process.pid == member.pid && $0.process.boot == now.boot
          && $0.process.host == LocalHost.hostName
      }
      // Of one that was known, another worker has given the job back already.
      guard let record else { return member.isReady ? .overAJob : .idle }
      if record.stop != nil { return .dismissed }
      return record.current == nil ? .idle : .overAJob
    } catch {
      tell(.trouble(error))
      return .idle
    }
  }

  private func dismiss(for obsolescence: Obsolescence) {
    guard dismissal == nil else { return }
    dismissal = obsolescence
    for member in members { member.control.send(.finishJob) }
    tell(.obsolete(obsolescence))
  }

  private func giveBackJobs(at now: Moment) {
    do throws(StoreError) {
      // It slept until a worker died. Of silence the workers are the judges, who look all the time.
      let lost = try reclaimer.reclaimLost(
        judgingSilence: false, settings: try store.settings(), at: now)
      for result in lost { tell(.cared(result)) }
    } catch {
      tell(.trouble(error))
    }
  }
}
