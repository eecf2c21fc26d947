import ArgumentParser
import Glibc
import QueueCore
import QueueSession

/// A file name given to `enqueue` as a command, as in `queuectl enqueue jobs.json`.
enum CommandFile {
  /// Refuses a file that isn't executable, unless `PATH` has a program of that name.
  static func check(_ word: String) throws {
    var status = stat()
    guard !word.contains(where: \.isWhitespace), stat(word, &status) == 0,
      status.st_mode & S_IFMT == S_IFREG, access(word, X_OK) != 0,
      word.contains("/") || !isProgram(word)
    else { return }
    let name = TerminalText.sanitized(ShellWords.quoted(word))
    throw ValidationError(
      "\(name) is a file, and not executable. To read jobs from it: queuectl enqueue --file "
        + "\(name); to run it: chmod +x \(name), or queuectl enqueue -- sh \(name)")
  }

  /// Whether a directory of `path` has a program of that name.
  /// - Parameter path: nil for this process's `PATH`.
  static func isProgram(_ name: String, in path: String? = nil) -> Bool {
    let path = path ?? ProcessEnvironment.current["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
  }
}
