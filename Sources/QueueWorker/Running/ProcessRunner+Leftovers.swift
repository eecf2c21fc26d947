import Glibc
public import QueueCore
import QueueHost

extension ProcessRunner {
  /// Finds them by the marks of ``RunTrail``.
  public func leftovers(of job: ClaimedJob) -> Leftovers {
    do throws(SystemError) { return try hunt(for: job).find() } catch {
      return .unknown("\(error)")
    }
  }

  /// Kills them, and records in the lock file if some can't be killed.
  public func endLeftovers(of job: ClaimedJob) -> Leftovers {
    do throws(SystemError) {
      let leftovers = try hunt(for: job).end()
      if job.runName == latest { lock?.note(hasUnended: leftovers != .none) }
      return leftovers
    } catch {
      return .unknown("\(error)")
    }
  }

  /// Finds them by the worker's lock file.
  public func endLeftovers(
    of run: WorkerRecord.Assignment, in process: ProcessIdentity
  ) -> Leftovers {
    search(for: run.run, named: run.runName, in: process) { $0.end() }
  }

  /// Returns a run's processes if the worker can't kill them or is gone; else none.
  /// - Parameter isLost: whether the worker is gone.
  public func leftovers(
    of run: WorkerRecord.Assignment, in process: ProcessIdentity, isLost: Bool
  ) -> Leftovers {
    guard LocalHost.has(process) else { return .none }
    let notes = (try? WorkerLock.notes(of: process, in: directory)) ?? nil
    guard isLost || notes?.hasUnended == 1 else { return .none }
    return search(for: run.run, named: run.runName, in: process) { $0.find().named() }
  }

  func search(
    for run: RunID, named name: String, in process: ProcessIdentity,
    _ body: (LeftoverHunt) -> Leftovers
  ) -> Leftovers {
    // No process survives a reboot.
    if process.site?.machine == LocalHost.site?.machine,
      BootID.areKnownToDiffer(process.boot, LocalHost.bootID)
    {
      return .none
    }
    var trail = RunTrail(runName: name, log: FileIdentity(directory.log(of: run)))
    // Pids of another machine or namespace mean nothing here.
    guard LocalHost.has(process) else { return body(LeftoverHunt(trail: trail)) }
    let cgroup = cgroup(of: name)
    do throws(SystemError) {
      let notes = try WorkerLock.notes(of: process, in: directory)
      trail.leader = notes?.leader(of: run)
      trail.keepers = notes?.keepers(of: process) ?? []
    } catch {
      return .unknown("\(error)")
    }
    return body(LeftoverHunt(trail: trail, cgroup: cgroup))
  }

  func hunt(for job: ClaimedJob) throws(SystemError) -> LeftoverHunt {
    var trail = RunTrail(runName: job.runName)
    // The `on-dead` command has no trail, and shares its log.
    if job.runName == latest, let lock, let leader = try lock.notes().leader(of: job.run) {
      trail.leader = leader
      trail.log = FileIdentity(directory.log(of: job.run))
      if let own = try ProcessTable.Entry(pid: getpid()) {
        trail.keepers = [RunTrail.Keeper(pid: own.pid, startTicks: own.startTicks)]
      }
    }
    return LeftoverHunt(trail: trail, cgroup: cgroup(of: job.runName))
  }
}
