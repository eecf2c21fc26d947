import ArgumentParser
import Glibc
import QueueSession

/// The user's editor, on a temporary file.
enum Editor {
  /// Opens `text`, and passes it as saved, without line ends at its end, to `apply`. If that or the
  /// editor fails, the file is kept and named, unless it is unchanged or blank.
  /// - Throws: `ValidationError` without a terminal, ``Failure`` if the editor fails.
  static func change(_ text: String, apply: (String) throws -> Void) throws {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
      throw ValidationError("--edit needs a terminal: pass --command.")
    }
    let file = try TemporaryFile(endingIn: ".sh")
    defer { close(file.descriptor) }
    let original = Array("\(text)\n".utf8)
    do {
      let code = PatientIO.write(original, to: file.descriptor)
      guard code == 0 else {
        errno = code
        throw Failure.system("write a file in \(file.directory)")
      }
      try run(on: file.path)
      try apply(try self.text(in: try contents(of: file)))
    } catch {
      let saved = try? contents(of: file)
      if let saved, saved == original || !saved.contains(where: { $0 > 0x20 }) {
        file.unlink()
      } else {
        ErrorReport.note("the edited command is kept in \(file.name)")
      }
      throw error
    }
    file.unlink()
  }

  /// Opens the file again, because editors may replace it.
  private static func contents(of file: TemporaryFile) throws -> [UInt8] {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.system("open the edited file") }
    defer { close(descriptor) }
    return try LineReader(descriptor: descriptor, name: "the edited command").everything()
  }

  private static func text(in bytes: [UInt8]) throws(Failure) -> String {
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("the edited command isn't valid UTF-8; nothing was changed", status: .usage)
    }
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }

  private static func run(on path: [CChar]) throws(Failure) {
    let line = "exec ${VISUAL:-${EDITOR:-vi}} \"$1\""
    let words: [String] = ["sh", "-c", line, "sh"]
    let arguments = words.map { strdup($0) } + [strdup(path), nil]
    defer { arguments.forEach { free($0) } }
    // The terminal sends ^C and ^\ to this process, too, but they are for the editor.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var typed = sigset_t()
    sigemptyset(&typed)
    for signal in [SIGINT, SIGQUIT] { sigaddset(&typed, signal) }
    posix_spawnattr_setsigdefault(&attributes, &typed)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let before = [SIGINT, SIGQUIT].map { ($0, signal($0, SIG_IGN)) }
    defer { for (number, action) in before { signal(number, action) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, "/bin/sh", nil, &attributes, arguments, environ)
    guard code == 0 else {
      errno = code
      throw Failure.system("start the editor")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw Failure("the editor failed; nothing was changed") }
  }
}
