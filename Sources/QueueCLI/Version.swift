import QueueSession

/// The version of this program: the only place where its number is.
enum Version {
  static let number = "0.1.0"

  /// What `--version` prints.
  /// - Parameter commit: what the binary was built from; empty if that isn't known.
  static func text(commit: String) -> String {
    let build = commit.isEmpty ? "" : " (\(commit))"
    return "queuectl \(number)\(build), \(Session.libraries)"
  }
}
