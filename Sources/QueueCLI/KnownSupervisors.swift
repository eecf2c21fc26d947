import ArgumentParser
import QueueHost
import QueueOperations
import QueueSession

extension KnownSupervisors {
  init(in session: Session) {
    self.init { () throws(SystemError) in
      session.isMissing ? [] : try session.directory.supervisors()
    }
  }

  /// Prints the reason as a note.
  /// - Throws: the exit status 1, as the list may be incomplete.
  func reportTrouble() throws {
    guard let trouble else { return }
    ErrorReport.note(trouble)
    throw ExitCode.failure
  }
}
