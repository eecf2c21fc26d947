import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// A job whose command line stays with it, as if it were run there: what it writes is shown, and
/// its exit status is the command's.
struct AttachedJob {
  let id: JobID
  /// Whether the command has enqueued it. One that was there already is only watched: it isn't the
  /// command's to cancel.
  let isOwn: Bool
  let session: Session

  /// From here on ^C waits until there is a job that it cancels. To be called before the job is
  /// there for others to see.
  static func holdInterrupts() { FirstInterrupt.hold() }

  /// Returns when the job has completed.
  /// - Throws: the exit status of one that ended otherwise.
  func stay() throws {
    if isOwn {
      FirstInterrupt.cancels(id, in: session.directory.database)
    } else {
      ErrorReport.note("job \"\(id)\" was there already: ^C leaves it alone")
    }
    var follower = LogFollower(job: id, session: session, saysWhatItWaitsFor: false)
    try follower.follow(from: nil, tail: nil, throughRetries: true)
    let job = try session.store.job(id.text, at: session.clock.now())
    guard let status = job.exitStatus, status != 0 else { return }
    // Of a command that came to its end the output and the status say enough.
    let cameToItsEnd = job.latestRun?.end == .exited(status)
    if job.state != .dead || !cameToItsEnd { ErrorReport.note(job.ending) }
    throw ExitCode(Int32(status))
  }
}

/// What the first ^C or TERM does to a command that stays with a job: it cancels the job, which
/// then ends the command. The next one ends the command alone, and leaves the job to its worker.
private enum FirstInterrupt {
  private struct Target {
    let job: JobID
    let database: String
  }

  /// To be called before any other thread is made.
  static func hold() {
    var signals = interrupts
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Has the first one, which may have come already, cancel the job. They are held.
  static func cancels(_ job: JobID, in database: String) {
    let target = UnsafeMutablePointer<Target>.allocate(capacity: 1)
    target.initialize(to: Target(job: job, database: database))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        FirstInterrupt.wait(for: context)
        return nil
      }, target)
    guard code != 0 else { return }
    target.deallocate()
    var signals = interrupts
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    ErrorReport.note(
      "^C won't cancel the job: the machine has no room for another thread "
        + "(\(String(cString: strerror(code))))"
    )
  }

  private static var interrupts: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
    return signals
  }

  private static func wait(for context: UnsafeMutableRawPointer?) {
    guard let target = context?.assumingMemoryBound(to: Target.self).pointee else { return }
    var signals = interrupts
    var signal: Int32 = 0
    sigwait(&signals, &signal)
    do {
      try cancel(target)
    } catch {
      ErrorReport.noteAtOnce("job \"\(target.job)\" wasn't cancelled: \(error)")
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    while true { pause() }
  }

  /// A store belongs to one thread, so this one opens its own.
  private static func cancel(_ target: Target) throws {
    let location = try DatabaseLocation(flag: target.database)
    guard let session = try Session(location, creating: false) else { return }
    let selection = JobSelection(.named([target.job.text]), in: JobState.allCases)
    let found = try session.actions.cancel(selection, at: session.clock.now()).found
    guard found.contains(where: { $0.state == .processing }) else { return }
    ErrorReport.noteAtOnce(
      "waiting for the end of job \"\(target.job)\", which has kill-grace for it; ^C again detaches"
    )
  }
}
