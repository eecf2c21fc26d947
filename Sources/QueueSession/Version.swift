/// The version of both programs.
package enum Version {
  package static let number = "1.0.0"

  /// The version and the commit, which two programs of one installation share.
  /// - Parameter commit: the commit of the build; empty if unknown.
  package static func build(commit: String) -> String {
    number + (commit.isEmpty ? "" : " (\(commit))")
  }

  /// The output of `--version`.
  package static func text(of program: String, commit: String) -> String {
    "\(program) \(build(commit: commit)), \(Session.libraries)"
  }
}
