import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// The supervisors of a queue, or the reason why they can't be listed.
struct KnownSupervisors {
  /// Those that were read; empty when they can't be listed.
  let list: [SupervisorRecord]
  /// Why they can't be listed: nothing follows from the empty list then.
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

  /// Returns how soon one starts a worker that serves `queue`, or any queue for nil.
  func restart(serving queue: String?, at now: Moment) -> Duration? {
    list.compactMap { $0.restart(serving: queue, at: now) }.min()
  }

  /// Prints the reason as a note.
  /// - Throws: the exit status 1, as the list may be incomplete.
  func reportTrouble() throws {
    guard let trouble else { return }
    ErrorReport.note(trouble)
    throw ExitCode.failure
  }
}
