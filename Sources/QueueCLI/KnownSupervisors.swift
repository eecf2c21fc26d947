import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// A queue's supervisors, or why they can't be listed.
struct KnownSupervisors {
  let list: [SupervisorRecord]
  /// Why they can't be listed; the empty list proves nothing then.
  let trouble: String?

  init(in session: Session) {
    do throws(SystemError) {
      list = session.isMissing ? [] : try session.directory.supervisors()
      trouble = nil
    } catch {
      list = []
      trouble = "unknown whether supervisors run: \(error)"
    }
  }

  /// Time until a supervisor restarts a worker for `queue` (nil for any); nil if none will.
  func restart(serving queue: String?, at now: Moment) -> Duration? {
    list.compactMap { $0.restart(serving: queue, at: now) }.min()
  }

  /// Prints the trouble, if any, and throws exit status 1, as the list may be incomplete.
  func reportTrouble() throws {
    guard let trouble else { return }
    ErrorReport.note(trouble)
    throw ExitCode.failure
  }
}
