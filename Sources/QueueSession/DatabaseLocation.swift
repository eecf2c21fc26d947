import Glibc
import QueueCore
package import QueueStorePostgres

/// Where a queue is, and who said so.
package struct DatabaseLocation: Equatable, Sendable {
  /// Where a queue is.
  package enum Place: Equatable, Sendable {
    /// An absolute path without symbolic links, so all processes find the same companion files.
    case file(String)
    case server(ServerAddress)
  }

  package let place: Place
  /// The source of the place.
  package let origin: Origin

  /// A source of the place, in order of precedence.
  package enum Origin: String {
    case flag = "--db"
    case variable = "from QUEUECTL_DB"
    case standard = "the default"
  }

  /// Whether the place was given with `--db`: a missing queue is then an error, not a new one.
  package var isExplicit: Bool { origin == .flag }

  /// The path of the database file; nil for a server.
  package var path: String? {
    if case .file(let path) = place { path } else { nil }
  }

  /// The path, or the server's address without a password.
  package var shown: String {
    switch place {
    case .file(let path): path
    case .server(let address): address.shown
    }
  }

  /// The place for the `--db` of another process, whose arguments all users of the machine see.
  /// - Throws: ``Failure`` for an address with a password.
  package func argument() throws(Failure) -> String {
    guard case .server(let address) = place else { return shown }
    guard !address.hasPassword else {
      throw Failure(
        "\(address.shown): workers, services and the web server take no address with a password, "
          + "because other users would see it: put it into ~/.pgpass", status: .usage)
    }
    return address.text
  }

  /// Uses the flag, else `QUEUECTL_DB`, else `queuectl/queue.db` in `$XDG_DATA_HOME` or
  /// `~/.local/share`. A relative path is resolved in `directory`.
  package init(
    flag: String?, environment: ProcessEnvironment = .current,
    directory: () throws(Failure) -> String = WorkingDirectory.current
  ) throws(Failure) {
    if let flag {
      guard !flag.isEmpty else { throw Failure("--db must not be empty", status: .usage) }
      place = try Self.place(flag, directory)
      origin = .flag
      if case .server(let address) = place, address.hasPassword {
        throw Failure(
          "--db \(address.shown): other users see the password in the list of processes: put it "
            + "into ~/.pgpass, or the address into QUEUECTL_DB", status: .usage)
      }
      return
    }
    if let text = try environment.text("QUEUECTL_DB"), !text.isEmpty {
      place = try Self.place(text, directory)
      origin = .variable
      return
    }
    origin = .standard
    if let data = try environment.text("XDG_DATA_HOME"), data.hasPrefix("/") {
      place = .file(try Self.real(data + "/queuectl/queue.db", directory))
    } else if let home = try environment.text("HOME"), home.hasPrefix("/") {
      place = .file(try Self.real(home + "/.local/share/queuectl/queue.db", directory))
    } else {
      throw Failure("HOME isn't set: name the database with --db or QUEUECTL_DB")
    }
  }

  private static func place(
    _ text: String, _ directory: () throws(Failure) -> String
  ) throws(Failure) -> Place {
    guard ServerAddress.isAddress(text) else { return .file(try real(text, directory)) }
    do throws(InvalidAddress) {
      return .server(try ServerAddress(text))
    } catch {
      throw Failure("\(error)", status: .usage)
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
