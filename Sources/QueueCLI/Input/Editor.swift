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
    var template = Array("/tmp/queuectl-XXXXXX.sh".utf8CString)
    let descriptor = mkstemps(&template, Int32(".sh".utf8.count))
    guard descriptor >= 0 else { throw Failure.system("create a file in /tmp") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      close(descriptor)
      unlink(path)
    }
    let code = PatientIO.write(Array("\(text)\n".utf8), to: descriptor)
    guard code == 0 else {
      errno = code
      throw Failure.system("write \(path)")
    }
    try run(on: path)
    // Editors may replace the file.
    let saved = try InputFile.open(path)
    defer { close(saved) }
    let bytes = try LineReader(descriptor: saved, name: path).everything()
    guard var changed = String(validating: bytes, as: UTF8.self) else {
      throw Failure("the edited command isn't valid UTF-8; nothing was changed")
    }
    while changed.last?.isNewline == true { changed.removeLast() }
    return changed
  }

  private static func run(on path: String) throws(Failure) {
    let line = "exec ${VISUAL:-${EDITOR:-vi}} \"$1\""
    let words = ["sh", "-c", line, "sh", path]
    let arguments = words.map { strdup($0) } + [nil]
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
