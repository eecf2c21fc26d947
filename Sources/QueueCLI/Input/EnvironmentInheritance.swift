import QueueCore
import QueueSession

/// Gives new jobs the environment of this process, if they or the queue's setting request it.
struct EnvironmentInheritance {
  private let isDefault: Bool
  /// Read for the first job that needs it.
  private var environment: InheritedEnvironment?

  /// - Parameter isDefault: whether jobs inherit it that don't say.
  init(isDefault: Bool) { self.isDefault = isDefault }

  mutating func applied(to job: NewJob) -> NewJob {
    guard job.inheritsEnvironment ?? isDefault else { return job }
    let read = environment ?? InheritedEnvironment(ProcessEnvironment.current.entries)
    environment = read
    return job.inheriting(read)
  }

  func noteUnreadable() {
    guard let names = environment?.unreadable, !names.isEmpty else { return }
    let listed = names.joined(separator: ", ")
    ErrorReport.note(
      "\(names.count, of: "variable") not inherited, because the text isn't valid UTF-8: \(listed)")
  }
}
