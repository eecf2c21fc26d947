import Glibc
import QueueHost

/// Writes the file of kept choices.
enum PreferencesFile {
  /// Replaces the file atomically, and creates its directory.
  static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    makeDirectories(above: path)
    let draft = "\(path).new-\(getpid())"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("write \(path)") }
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    let failure = count == bytes.count ? nil : SystemError("write \(path)")
    close(descriptor)
    if let failure {
      unlink(draft)
      throw failure
    }
    guard rename(draft, path) == 0 else {
      let failure = SystemError("write \(path)")
      unlink(draft)
      throw failure
    }
  }

  private static func makeDirectories(above path: String) {
    var directory = ""
    for part in path.split(separator: "/").dropLast() {
      directory += "/\(part)"
      // If it can't be created, opening the file fails.
      mkdir(directory, 0o755)
    }
  }
}
