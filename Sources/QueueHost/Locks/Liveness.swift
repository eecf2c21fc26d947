public import QueueCore

/// Decides whether a worker is gone: its lock is free, or its heartbeats are older than the lease.
/// For workers of other sites, only the heartbeat in the store counts.
public struct Liveness {
  /// The decision about a worker.
  public enum Verdict: Equatable, Sendable {
    case present
    case gone
    /// It can't be checked, for this reason; it counts as alive and is checked again.
    case unknown(String)
  }

  private let site: Site?
  private let isLocked: (ProcessIdentity) -> Answer
  private let latestSign: (ProcessIdentity) throws(SystemError) -> Duration?
  private let silence: (WorkerRecord, Moment) -> Duration

  /// - Parameters:
  ///   - silence: how long a worker of another site has sent no heartbeat.
  ///   - latestSign: the heartbeat in a process's lock file, in uptime; nil if none.
  public init(
    site: Site?, silence: @escaping (WorkerRecord, Moment) -> Duration = { $0.silence(at: $1) },
    isLocked: @escaping (ProcessIdentity) -> Answer,
    latestSign: @escaping (ProcessIdentity) throws(SystemError) -> Duration? = {
      (_) throws(SystemError) in nil
    }
  ) {
    self.site = site
    self.silence = silence
    self.isLocked = isLocked
    self.latestSign = latestSign
  }

  /// Returns whether the verdict is `gone`.
  public func isGone(_ worker: WorkerRecord, judgingSilence: Bool = true, at now: Moment) -> Bool {
    verdict(on: worker, judgingSilence: judgingSilence, at: now) == .gone
  }

  /// Decides about a worker; an expired lease counts only with `judgingSilence`.
  public func verdict(
    on worker: WorkerRecord, judgingSilence: Bool = true, at now: Moment
  ) -> Verdict {
    guard isNear(worker.process) else {
      // An evicted worker's host may not have killed the run yet.
      return silence(worker, now) > worker.lease && judgingSilence ? .gone : .present
    }
    if worker.isEvicted { return .gone }
    if BootID.areKnownToDiffer(worker.process.boot, now.boot) {
      guard site?.locks != nil else { return .gone }
      // Another machine may have a copy of this one's disk.
      let limit = min(worker.lease, Self.threeHeartbeats)
      return silence(worker, now) > limit && judgingSilence ? .gone : .present
    }
    switch isLocked(worker.process) {
    case .no: return .gone
    case .unknown(let reason): return .unknown(reason)
    case .yes: return judgingSilence ? verdict(onSilenceOf: worker, at: now) : .present
    }
  }

  private static let threeHeartbeats = Duration.seconds(15)

  private func isNear(_ process: ProcessIdentity) -> Bool {
    process.site != nil && process.site == site
  }

  /// Compares uptimes; the worker holds its lock, so it is of this boot.
  private func verdict(onSilenceOf worker: WorkerRecord, at now: Moment) -> Verdict {
    let silence = now.uptime - worker.heartbeatUptime
    // Read the lock file only if the heartbeat in the store is too old.
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
  /// Judges workers at once. Silence is taken from clocks, which hosts may not share: for lists.
  package func liveness() -> Liveness { liveness { $0.silence(at: $1) } }

  /// Judges workers before their jobs are taken from them. On a server, silence counts only as far
  /// as this process has observed it.
  package func cautiousLiveness() -> Liveness {
    guard database == nil else { return liveness() }
    let observed = ObservedSilence()
    let clock = SystemClock()
    // The moment of the decision may precede the reading of the heartbeat by a long call.
    return liveness { worker, _ in observed.silence(of: worker, at: clock.now().uptime) }
  }

  private func liveness(_ silence: @escaping (WorkerRecord, Moment) -> Duration) -> Liveness {
    Liveness(site: site, silence: silence) { process in
      WorkerLock.isHeld(by: process, in: self)
    } latestSign: { (process) throws(SystemError) in
      try WorkerLock.latestSign(of: process, in: self)
    }
  }
}
