import Glibc
import QueueCore

/// Which database is meant, and who said so.
struct DatabaseLocation: Equatable {
  /// An absolute path.
  let path: String
  /// Who chose it.
  let origin: Origin

  /// Who may choose a database.
  enum Origin: String {
    case flag = "--db"
    case variable = "from QUEUECTL_DB"
    case standard = "the default"
  }

  /// Whether it was typed with `--db`: then a missing file is a slip, not a new queue.
  var isExplicit: Bool { origin == .flag }

  /// The flag, else `QUEUECTL_DB`, else `queuectl/queue.db` in `$XDG_DATA_HOME` or `~/.local/share`.
  init(
    flag: String?, environment: ProcessEnvironment = .current, directory: String
  ) throws(Failure) {
    if let flag {
      guard !flag.isEmpty else { throw Failure("--db must not be empty") }
      path = Self.absolute(flag, directory)
      origin = .flag
      return
    }
    if let path = environment["QUEUECTL_DB"], !path.isEmpty {
      self.path = Self.absolute(path, directory)
      origin = .variable
      return
    }
    origin = .standard
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      path = data + "/queuectl/queue.db"
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      path = home + "/.local/share/queuectl/queue.db"
    } else {
      throw Failure("no home directory is set: say with --db or QUEUECTL_DB where the queue is")
    }
  }

  private static func absolute(_ path: String, _ directory: String) -> String {
    path.hasPrefix("/") ? path : directory + (directory == "/" ? "" : "/") + path
  }
}

/// The directory that the process was started in.
enum WorkingDirectory {
  /// - Throws: ``Failure`` when it was removed meanwhile.
  static func current() throws(Failure) -> String {
    guard let path = getcwd(nil, 0) else {
      throw Failure(
        "the current directory can't be told (\(String(cString: strerror(errno)))): change to another"
      )
    }
    defer { free(path) }
    return String(cString: path)
  }
}
