import QueueSession

enum Version {
  static let number = "0.1.0"

  /// The output of `--version`.
  /// - Parameter commit: the commit of the build; empty if unknown.
  static func text(commit: String) -> String {
    let build = commit.isEmpty ? "" : " (\(commit))"
    return "queuectl \(number)\(build), \(Session.libraries)"
  }
}
