import ArgumentParser
import Glibc
import QueueSession

/// The user's editor, on a temporary file.
enum Editor {
  /// Returns the text as saved, without line ends at its end.
  /// - Throws: `ValidationError` without a terminal, ``Failure`` if the editor fails.
  static func changed(_ text: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw ValidationError("--edit needs a terminal: pass --command.")
    }
    let file = try TemporaryFile(endingIn: ".sh")
    defer {
      close(file.descriptor)
      file.unlink()
    }
    let code = PatientIO.write(Array("\(text)\n".utf8), to: file.descriptor)
    guard code == 0 else {
      errno = code
      throw Failure.system("write a file in \(file.directory)")
    }
    try run(on: file.path)
    // Editors may replace the file.
    let saved = open(file.path, O_RDONLY | O_CLOEXEC)
    guard saved >= 0 else { throw Failure.system("open the edited file") }
    defer { close(saved) }
    let bytes = try LineReader(descriptor: saved, name: "the edited command").everything()
    guard var changed = String(validating: bytes, as: UTF8.self) else {
      throw Failure("the edited command isn't valid UTF-8; nothing was changed")
    }
    while changed.last?.isNewline == true { changed.removeLast() }
    return changed
  }

  private static func run(on path: [CChar]) throws(Failure) {
    let line = "exec ${VISUAL:-${EDITOR:-vi}} \"$1\""
    let words: [String] = ["sh", "-c", line, "sh"]
    let arguments = words.map { strdup($0) } + [strdup(path), nil]
    defer { arguments.forEach { free($0) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, "/bin/sh", nil, nil, arguments, environ)
    guard code == 0 else {
      errno = code
      throw Failure.system("start the editor")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw Failure("the editor failed; nothing was changed") }
  }
}
