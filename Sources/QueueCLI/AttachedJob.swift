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
  private struct Target {
    let job: JobID
    let location: DatabaseLocation
  }

  /// Blocks the signals. Call it before any other thread starts, because threads inherit the mask.
  static func hold() {
    var signals = interrupts
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Starts a thread that cancels the job on the first signal, even if it is already pending.
  static func cancels(_ job: JobID, in location: DatabaseLocation) {
    let target = UnsafeMutablePointer<Target>.allocate(capacity: 1)
    target.initialize(to: Target(job: job, location: location))
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
      "^C won't cancel the job: can't start a thread "
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

  /// A store is bound to one thread, so this one opens its own.
  private static func cancel(_ target: Target) throws {
    guard let session = try Session(target.location, creating: false) else { return }
    let selection = JobSelection(.named([target.job.text]), in: JobState.allCases)
    let found = try session.actions.cancel(selection, at: session.clock.now()).found
    guard found.contains(where: { $0.state == .processing }) else { return }
    ErrorReport.noteAtOnce(
      "waiting for job \"\(target.job)\" to end; KILL after kill-grace; ^C again detaches"
    )
  }
}
