public import QueueCore

/// Tells whether a worker can be counted out.
///
/// On this machine a worker holds a lock for as long as its process lives, however it dies, so it
/// is known at once. A lock held by a worker that was silent for longer than the lease, in the
/// store and beside it, belongs to one that stalled. Of other machines only the silence in the
/// store is known; so of other PID and time namespaces, whose processes can't all be seen from
/// here.
public struct Liveness {
  /// What can be told of a worker.
  public enum Verdict: Equatable, Sendable {
    /// It has to be counted on.
    case present
    /// Its job may be taken from it.
    case gone
    /// The system doesn't tell, for this reason. It has to be counted on, and looked at again.
    case unknown(String)
  }

  private let host: String
  private let namespaces: String?
  private let isLocked: (ProcessIdentity) -> Answer
  private let latestSign: (ProcessIdentity) throws(SystemError) -> Duration?

  /// - Parameters:
  ///   - host: the name of this machine.
  ///   - namespaces: those of this process; nil when they aren't known.
  ///   - isLocked: whether that process of this machine and boot still holds its lock.
  ///   - latestSign: when that process last gave a sign of life beside the store, by the uptime
  ///     clock; nil for never.
  public init(
    host: String, namespaces: String? = "", isLocked: @escaping (ProcessIdentity) -> Answer,
    latestSign: @escaping (ProcessIdentity) throws(SystemError) -> Duration? = {
      (_) throws(SystemError) in nil
    }
  ) {
    self.host = host
    self.namespaces = namespaces
    self.isLocked = isLocked
    self.latestSign = latestSign
  }

  /// Whether the worker is known to be gone.
  public func isGone(_ worker: WorkerRecord, judgingSilence: Bool = true, at now: Moment) -> Bool {
    verdict(on: worker, judgingSilence: judgingSilence, at: now) == .gone
  }

  /// What is known of the worker.
  /// - Parameter judgingSilence: whether its silence counts.
  public func verdict(
    on worker: WorkerRecord, judgingSilence: Bool = true, at now: Moment
  ) -> Verdict {
    if worker.isEvicted { return .gone }
    guard isNear(worker.process) else {
      return judgingSilence && worker.silence(at: now) > worker.lease ? .gone : .present
    }
    if BootID.areKnownToDiffer(worker.process.boot, now.boot) { return .gone }
    switch isLocked(worker.process) {
    case .no: return .gone
    case .unknown(let reason): return .unknown(reason)
    case .yes: return judgingSilence ? verdict(onSilenceOf: worker, at: now) : .present
    }
  }

  /// Whether it is of this machine, and of namespaces from which it can be seen from here.
  private func isNear(_ process: ProcessIdentity) -> Bool {
    process.host == host && process.namespaces != nil && process.namespaces == namespaces
  }

  /// Of one that holds its lock, and so is of this boot.
  private func verdict(onSilenceOf worker: WorkerRecord, at now: Moment) -> Verdict {
    let silence = now.uptime - worker.heartbeatUptime
    // Its signs beside the store are looked for only where they matter.
    guard silence > worker.lease else { return .present }
    do throws(SystemError) {
      guard let sign = try latestSign(worker.process) else { return .gone }
      return now.uptime - sign > worker.lease ? .gone : .present
    } catch {
      return .unknown("\(error)")
    }
  }
}

extension QueueDirectory {
  /// How it is told that a worker of this queue is gone.
  package func liveness() -> Liveness {
    Liveness(host: LocalHost.hostName, namespaces: LocalHost.namespaces) { process in
      WorkerLock.isHeld(by: process, in: self)
    } latestSign: { (process) throws(SystemError) in
      try WorkerLock.latestSign(of: process, in: self)
    }
  }
}
