import Glibc
import QueueCore

/// The path of the database and its source.
package struct DatabaseLocation: Equatable {
  /// Absolute and without symbolic links, so all processes find the same companion files.
  package let path: String
  /// The source of the path.
  package let origin: Origin

  /// A source of the path, in order of precedence.
  package enum Origin: String {
    case flag = "--db"
    case variable = "from QUEUECTL_DB"
    case standard = "the default"
  }

  /// Whether the path was given with `--db`: a missing file is then an error, not a new queue.
  package var isExplicit: Bool { origin == .flag }

  /// Uses the flag, else `QUEUECTL_DB`, else `queuectl/queue.db` in `$XDG_DATA_HOME` or
  /// `~/.local/share`. A relative path is resolved in `directory`.
  package init(
    flag: String?, environment: ProcessEnvironment = .current,
    directory: () throws(Failure) -> String = WorkingDirectory.current
  ) throws(Failure) {
    if let flag {
      guard !flag.isEmpty else { throw Failure("--db must not be empty") }
      path = try Self.real(flag, directory)
      origin = .flag
      return
    }
    if let path = try environment.text("QUEUECTL_DB"), !path.isEmpty {
      self.path = try Self.real(path, directory)
      origin = .variable
      return
    }
    origin = .standard
    if let data = try environment.text("XDG_DATA_HOME"), data.hasPrefix("/") {
      path = try Self.real(data + "/queuectl/queue.db", directory)
    } else if let home = try environment.text("HOME"), home.hasPrefix("/") {
      path = try Self.real(home + "/.local/share/queuectl/queue.db", directory)
    } else {
      throw Failure("HOME isn't set: name the database with --db or QUEUECTL_DB")
    }
  }

  private static func real(
    _ path: String, _ directory: () throws(Failure) -> String
  ) throws(Failure) -> String {
    try FilePath.check(path)
    let path = path.hasPrefix("/") ? path : try absolute(path, in: directory())
    if let whole = try RealPath.of(path) { return whole }
    let isMissing = errno == ENOENT
    var status = stat()
    if isMissing, lstat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFLNK {
        throw Failure(
          "\(path) is a dangling symbolic link: remove it, or create its target")
      }
    } else if isMissing, errno != ENOENT {
      throw Failure.system("look up \(path)")
    }
    // The queue doesn't exist yet, but its directory may.
    guard let slash = path.lastIndex(of: "/"), let parent = try RealPath.of(String(path[...slash]))
    else {
      return path
    }
    return absolute(String(path[path.index(after: slash)...]), in: parent)
  }

  private static func absolute(_ path: String, in directory: String) -> String {
    directory + (directory == "/" ? "" : "/") + path
  }
}
