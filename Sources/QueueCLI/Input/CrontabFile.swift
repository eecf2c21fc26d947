import ArgumentParser
import Glibc
import QueueCore
import QueueSession

/// The crontab to import, and whose it is.
enum CrontabFile {
  private static let systemPath = "/etc/crontab"

  /// Refuses a system's crontab by its path, unless it is read as one.
  static func check(_ file: String?, isSystem: Bool) throws {
    guard let file, !isSystem, file == systemPath || file.hasPrefix("/etc/cron.d/") else { return }
    throw ValidationError("\(file) has a user in each line: pass --system.")
  }

  /// The text of a file, of standard input for `-`, or of this user's crontab for nil.
  static func text(of file: String?, isSystem: Bool) throws -> String {
    let (bytes, name) =
      if let file { try (bytes(of: file), file == "-" ? "standard input" : file) } else if isSystem
      { try (bytes(of: systemPath), systemPath) } else {
        try (ownCrontab(), "the output of \"crontab -l\"")
      }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("\(name) isn't valid UTF-8; nothing was imported", status: .usage)
    }
    guard !text.utf8.contains(0) else {
      throw Failure(
        "\(name) has a NUL byte, so it isn't a crontab; nothing was imported", status: .usage)
    }
    return text
  }

  private static func bytes(of file: String) throws -> [UInt8] {
    let isInput = file == "-"
    let name = isInput ? "standard input" : file
    let descriptor = try InputFile.spool(
      isInput ? STDIN_FILENO : try InputFile.open(file), name: name)
    return try LineReader(descriptor: descriptor, name: name).everything()
  }

  private static func ownCrontab() throws -> [UInt8] {
    guard let stream = popen("crontab -l", "re") else { throw Failure.system("run crontab -l") }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
      bytes += chunk[..<count]
      guard bytes.count <= InputFile.longestText else { break }
    }
    guard pclose(stream) == 0 else {
      throw Failure("\"crontab -l\" failed: give a file, or - and the crontab on standard input")
    }
    return bytes
  }

  /// The user whose jobs the workers may run.
  static func account() throws -> CrontabAccount {
    let user = geteuid()
    guard let entry = getpwuid(user) else {
      throw Failure("user \(user) has no entry in passwd, so no home directory for the jobs")
    }
    return CrontabAccount(name: String(cString: entry.pointee.pw_name), isRoot: user == 0) { name in
      getpwnam(name).map { String(cString: $0.pointee.pw_dir) }
    } isProgram: { name, path in
      CommandFile.isProgram(name, in: path)
    }
  }
}
