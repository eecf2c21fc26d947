import Glibc
public import QueueCore
import QueueHost

extension ProcessRunner {
  /// Looks for them by all signs of ``RunTrail``.
  public func leftovers(of job: ClaimedJob) -> Leftovers {
    do throws(SystemError) { return try hunt(for: job).find() } catch {
      return .unknown("\(error)")
    }
  }

  /// Kills them, and notes it for others when some can't be ended.
  public func endLeftovers(of job: ClaimedJob) -> Leftovers {
    do throws(SystemError) {
      let leftovers = try hunt(for: job).end()
      if job.runName == latest { lock?.note(hasUnended: leftovers != .none) }
      return leftovers
    } catch {
      return .unknown("\(error)")
    }
  }

  /// Finds them by what the worker's lock file says of its run.
  public func endLeftovers(
    of run: WorkerRecord.Assignment, in process: ProcessIdentity
  ) -> Leftovers {
    search(for: run, in: process) { $0.end() }
  }

  /// The processes of a run that its worker can't end, or that outlived it. None of a run that just
  /// goes on.
  /// - Parameter isLost: whether the worker is gone.
  public func leftovers(
    of run: WorkerRecord.Assignment, in process: ProcessIdentity, isLost: Bool
  ) -> Leftovers {
    guard LocalHost.has(process) else { return .none }
    let notes = (try? WorkerLock.notes(of: process, in: directory)) ?? nil
    guard isLost || notes?.hasUnended == 1 else { return .none }
    return search(for: run, in: process) { $0.find().named() }
  }

  private func search(
    for run: WorkerRecord.Assignment, in process: ProcessIdentity,
    _ body: (LeftoverHunt) -> Leftovers
  ) -> Leftovers {
    // No process outlives its machine's boot.
    if process.host == LocalHost.hostName,
      BootID.areKnownToDiffer(process.boot, LocalHost.bootID)
    {
      return .none
    }
    var trail = RunTrail(runName: run.runName, log: FileIdentity(directory.log(of: run.run)))
    // The numbers of another machine's processes aren't ours.
    guard LocalHost.has(process) else { return body(LeftoverHunt(trail: trail)) }
    do throws(SystemError) {
      let notes = try WorkerLock.notes(of: process, in: directory)
      trail.leader = notes?.leader(of: run.run)
      trail.keepers = notes?.keepers(of: process) ?? []
    } catch {
      return .unknown("\(error)")
    }
    return body(LeftoverHunt(trail: trail))
  }

  /// For a run that was started here.
  func hunt(for job: ClaimedJob) throws(SystemError) -> LeftoverHunt {
    var trail = RunTrail(runName: job.runName)
    // The command for a dead job has no trail, and shares its log.
    if job.runName == latest, let lock, let leader = try lock.notes().leader(of: job.run) {
      trail.leader = leader
      trail.log = FileIdentity(directory.log(of: job.run))
      if let own = try ProcessTable.Entry(pid: getpid()) {
        trail.keepers = [RunTrail.Keeper(pid: own.pid, startTicks: own.startTicks)]
      }
    }
    return LeftoverHunt(trail: trail)
  }
}
