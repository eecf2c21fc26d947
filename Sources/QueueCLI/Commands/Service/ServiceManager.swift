import Glibc
import QueueCore
import QueueSession

/// Runs systemctl for one unit.
struct ServiceManager {
  let isUser: Bool
  /// The unit's name with its suffix.
  let unit: String
  private let environment: ProcessEnvironment

  init(isUser: Bool, name: String, environment: ProcessEnvironment = .current) {
    self.isUser = isUser
    unit = "\(name).service"
    self.environment = environment
  }

  func file() throws(Failure) -> String {
    guard isUser else { return "/etc/systemd/system/\(unit)" }
    if let config = try environment.text("XDG_CONFIG_HOME"), config.hasPrefix("/") {
      return "\(config)/systemd/user/\(unit)"
    }
    guard let home = try environment.text("HOME"), home.hasPrefix("/") else {
      throw Failure("HOME isn't set, so the directory for a user's unit is unknown: set HOME")
    }
    return "\(home)/.config/systemd/user/\(unit)"
  }

  /// Throws if systemd isn't running, or if this user lacks the rights for `changing`.
  /// - Parameter substitute: what can be done without systemd, for the message.
  func check(changing: Bool = true, substitute: String? = nil) throws(Failure) {
    // Source: sd_booted(3)
    guard access("/run/systemd/system", F_OK) == 0 else {
      throw Failure(
        "systemd isn't running (/run/systemd/system is missing)"
          + (substitute.map { ": \($0)" } ?? "") + "; alternatives: docs/service.md")
    }
    guard !changing || isUser || geteuid() == 0 else {
      throw Failure("only root may change system services: use sudo, or --user")
    }
  }

  /// Runs systemctl and waits for it; its output goes to ours.
  func run(_ words: String...) throws(Failure) {
    let words = command(words)
    let status = system("exec " + words.map(ShellWords.quoted).joined(separator: " "))
    guard status == 0 else {
      throw Failure("\"\(words.joined(separator: " "))\" failed; see the error above")
    }
  }

  func properties(_ names: [String]) throws(Failure) -> [String: String] {
    let words = command(["show", unit, "--property=\(names.joined(separator: ","))"])
    guard let pipe = popen("exec " + words.map(ShellWords.quoted).joined(separator: " "), "r")
    else {
      throw Failure.system("run systemctl")
    }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 {
      text += chunk[..<count]
    }
    guard pclose(pipe) == 0 else {
      throw Failure("\"\(words.joined(separator: " "))\" failed; see the error above")
    }
    return Self.properties(in: String(decoding: text, as: UTF8.self))
  }

  /// Parses lines of `Name=value`.
  static func properties(in text: String) -> [String: String] {
    var properties: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let sign = line.firstIndex(of: "=") else { continue }
      properties[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    return properties
  }

  private func command(_ words: [String]) -> [String] {
    ["systemctl"] + (isUser ? ["--user"] : []) + words
  }
}

struct UnitFile {
  let path: String

  /// The contents; nil if the file is missing.
  func contents() throws(Failure) -> String? {
    guard let file = fopen(path, "re") else {
      guard errno == ENOENT else { throw failure("read") }
      return nil
    }
    defer { fclose(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
      text += chunk[..<count]
    }
    guard ferror(file) == 0 else { throw failure("read") }
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns whether the file exists.
  /// - Throws: ``Failure`` for a file not written by queuectl.
  func checkIsOurs() throws(Failure) -> Bool {
    guard let text = try contents() else { return false }
    guard text.hasPrefix(ServiceUnit.mark) else {
      throw Failure(
        "\(path) wasn't written by \"queuectl service install\": choose another --name, or edit "
          + "it yourself")
    }
    return true
  }

  /// Replaces the file atomically, creating its parent directories.
  func write(_ text: String) throws(Failure) {
    makeDirectory(above: path[...])
    let draft = "\(path).new-\(getpid())"
    defer { unlink(draft) }
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("write") }
    let code = PatientIO.write(Array(text.utf8), to: descriptor)
    guard close(descriptor) == 0 || code != 0, code == 0, rename(draft, path) == 0 else {
      if code != 0 { errno = code }
      throw failure("write")
    }
  }

  func remove() throws(Failure) {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove") }
  }

  /// Errors are ignored; writing the file reports them.
  private func makeDirectory(above path: Substring) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let directory = path[..<slash]
    if access(String(directory), F_OK) != 0 {
      makeDirectory(above: directory)
      mkdir(String(directory), 0o755)
    }
  }

  private func failure(_ action: String) -> Failure {
    Failure.system("\(action) \(path)")
  }
}
