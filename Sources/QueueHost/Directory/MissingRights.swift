import Glibc
import QueueCore

/// What denies this process the use of a file or directory, and the remedy.
package struct MissingRights: CustomStringConvertible {
  /// `/q/queue.db belongs to mail with mode 600, and this is ada`.
  package let cause: String
  package let advice: String

  /// Returns nil if this process has the rights `wanted`, such as `R_OK | W_OK`, or if something
  /// else keeps it from the path, which may be missing.
  package init?(to path: String, _ wanted: Int32) {
    guard access(path, wanted) != 0, errno == EACCES || errno == EROFS else { return nil }
    if errno == EROFS {
      cause = "\(path) is on a file system that is mounted read-only"
      advice = "remount it read-write"
      return
    }
    var place = path[...]
    var status = stat()
    // If not even stat() is permitted, a directory above is closed.
    while stat(String(place), &status) != 0 {
      guard let slash = place.lastIndex(of: "/"), slash > place.startIndex else { return nil }
      place = place[..<slash]
    }
    let mode = String(status.st_mode & 0o777, radix: 8)
    guard status.st_uid == geteuid() else {
      let owner = Account.name(of: status.st_uid)
      cause =
        "\(place) belongs to \(owner) with mode \(mode), and this is \(Account.name(of: geteuid()))"
      advice = "run it as \(owner)"
      return
    }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    let usual: UInt32 = isDirectory ? 0o700 : 0o600
    guard status.st_mode & usual != usual else { return nil }
    cause = "\(place) has mode \(mode)"
    advice = ShellWords.command(["chmod", isDirectory ? "u+rwx" : "u+rw", String(place)])
  }

  /// Looks at a database, its companions and its directory, all of which a change needs.
  package static func ofDatabase(_ database: String) -> MissingRights? {
    for suffix in ["", "-wal", "-shm"] {
      if let missing = MissingRights(to: database + suffix, R_OK | W_OK) { return missing }
    }
    let directory = database.lastIndex(of: "/").map { String(database[...$0]) } ?? "."
    return MissingRights(to: directory, R_OK | W_OK | X_OK)
  }

  /// The cause and the advice.
  package var description: String { "\(cause): \(advice)" }
}
