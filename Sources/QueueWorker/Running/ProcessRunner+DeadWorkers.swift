public import QueueCore
import QueueHost

/// What a supervisor does about a dead worker while the server is out of reach: the job may be
/// another host's before long, so the worker's run must not go on.
extension ProcessRunner {
  /// Kills the processes of a dead worker's run, which its lock file names.
  /// - Parameter pid: a worker's on this host, not reused since.
  /// - Returns: its processes that can't be killed; nil if it had no run, or the queue is in a
  ///   file, which no other host reaches.
  public func endRun(ofDeadWorker pid: Int32) -> Leftovers? {
    do throws(SystemError) {
      for process in try WorkerLock.processes(of: pid, in: directory) {
        guard let notes = try WorkerLock.notes(of: process, in: directory), notes.run > 0 else {
          continue
        }
        let run = RunID(notes.run)
        guard let name = directory.runName(of: run) else { return nil }
        return search(for: run, named: name, in: process) { $0.end() }
      }
    } catch {
      return .unknown("\(error)")
    }
    return nil
  }

  /// Removes the run from the lock file, so that processes left by a successful run may continue.
  public func noteEnd(of job: ClaimedJob) {
    guard job.runName == latest, directory.runName(of: job.run) != nil else { return }
    lock?.noteNoRun()
  }
}
