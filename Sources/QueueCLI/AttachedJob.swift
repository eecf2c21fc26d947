import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// A job attached to the command that enqueued it, which passes on its output and exit status.
struct AttachedJob {
  let id: JobID
  /// Whether this command enqueued the job. ^C doesn't cancel a job that already existed.
  let isOwn: Bool
  let session: Session

  /// Blocks ^C until the job can be cancelled. Call it before the job is committed.
  static func holdInterrupts() { FirstInterrupt.hold() }

  /// Returns when the job has completed.
  /// - Throws: the exit status of a job that ended otherwise.
  func stay() throws {
    if isOwn {
      FirstInterrupt.cancels(id, in: session.location)
    } else {
      ErrorReport.note("job \"\(id)\" already exists: ^C only detaches")
    }
    var follower = LogFollower(job: id, session: session, saysWhatItWaitsFor: false)
    try follower.follow(from: nil, tail: nil, throughRetries: true)
    let job = try session.store.job(id.text, at: session.clock.now())
    guard let status = job.exitStatus, status != 0 else { return }
    // If the command exited by itself, its output and status suffice.
    let cameToItsEnd = job.latestRun?.end == .exited(status)
    if job.state != .dead || !cameToItsEnd { ErrorReport.note(job.ending) }
    throw ExitCode(Int32(status))
  }
}

/// The handling of INT and TERM: the first cancels the job, the second ends only this command.
private enum FirstInterrupt {
  private static let signals = [SIGINT, SIGTERM]

  static func hold() { SignalThread.hold(signals) }

  /// Cancels the job on the first signal, even if it is already pending.
  static func cancels(_ job: JobID, in location: DatabaseLocation) {
    let problem = SignalThread.start(signals) { _ in
      do {
        try cancel(job, in: location)
      } catch {
        ErrorReport.noteAtOnce("job \"\(job)\" wasn't cancelled: \(error)")
      }
      return false
    }
    guard let problem else { return }
    ErrorReport.note("^C won't cancel the job: can't start a thread (\(problem))")
  }

  /// A store is bound to one thread, so this one opens its own.
  private static func cancel(_ job: JobID, in location: DatabaseLocation) throws {
    guard let session = try Session(location, creating: false) else { return }
    let selection = JobSelection(.named([job.text]), in: JobState.allCases)
    let found = try session.actions.cancel(selection, at: session.clock.now()).found
    guard found.contains(where: { $0.state == .processing }) else { return }
    ErrorReport.noteAtOnce(
      "waiting for job \"\(job)\" to end; KILL after kill-grace; ^C again detaches"
    )
  }
}
