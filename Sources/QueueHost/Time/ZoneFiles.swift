import Glibc
package import QueueCore

/// The zone files of this machine, by their names: `Europe/Berlin`.
///
/// A zone that can't be read is an error, never UTC. `UTC` itself needs no file.
package struct ZoneFiles: Sendable {
  private let directories: [String]

  /// Where systems keep them. Source: PEP 615, `TZPATH`.
  private static let usualDirectories = [
    "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
  ]
  /// The largest file of the zone database has 3.5 KB.
  private static let maximumSize = 1 << 20

  /// - Parameter directory: the value of `TZDIR`, which replaces all others; nil if it isn't set.
  package init(directory: String?) {
    directories = directory.flatMap { $0.isEmpty ? nil : [$0] } ?? Self.usualDirectories
  }

  /// Reads a zone from the first directory that has it.
  /// - Throws: ``InvalidJob`` for an invalid name, a missing zone, and a file that can't be read,
  ///   links out of its directory or isn't a zone file.
  package func zone(_ name: String) throws(InvalidJob) -> ZoneRules {
    try ZoneName.check(name)
    if name == "UTC" { return .utc }
    for directory in directories {
      if let bytes = try bytes(of: name, in: directory) { return try Self.parse(bytes, of: name) }
    }
    let hasAny = directories.contains { Self.realPath($0) != nil }
    throw Self.unusable(
      name,
      hasAny
        ? "is unknown: no such file in \(directories.joined(separator: ", "))"
        : "is unknown: this machine has no zone files; install tzdata, or set TZDIR")
  }

  /// The version of the zone data, such as `2025b`; nil if its file is missing.
  ///
  /// Source: the first line of `tzdata.zi`, see the Makefile of the zone database.
  package var version: String? {
    let start = "# version "
    for directory in directories {
      let path = "\(directory)/tzdata.zi"
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        status.st_size <= Self.maximumSize, let bytes = try? FileBytes.read(path)
      else { continue }
      let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      return line.hasPrefix(start) ? String(line.dropFirst(start.count)) : nil
    }
    return nil
  }

  /// Returns the current state of a zone's file; nil if it is missing.
  func state(of name: String) -> FileState? {
    for directory in directories {
      var status = stat()
      guard stat("\(directory)/\(name)", &status) == 0 else { continue }
      return FileState(
        device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
        seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
    return nil
  }

  /// Changes when a zone's file is replaced or modified.
  struct FileState: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  /// Nil for a missing file.
  private func bytes(of name: String, in directory: String) throws(InvalidJob) -> [UInt8]? {
    let path = "\(directory)/\(name)"
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Self.unusable(name, "is unreadable: \(SystemError("read \(path)"))")
    }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.maximumSize else {
      throw Self.unusable(name, "isn't a zone: \(path) isn't a zone file")
    }
    guard let folder = Self.realPath(directory), let file = Self.realPath(path),
      file.hasPrefix(folder + "/")
    else { throw Self.unusable(name, "isn't a zone: \(path) leads out of \(directory)") }
    do throws(SystemError) {
      return try FileBytes.read(file)
    } catch {
      throw Self.unusable(name, "is unreadable: \(error)")
    }
  }

  private static func parse(_ bytes: [UInt8], of name: String) throws(InvalidJob) -> ZoneRules {
    do throws(InvalidZone) {
      return try ZoneRules(tzif: bytes)
    } catch {
      throw unusable(name, "is unusable: its file \(error)")
    }
  }

  private static func unusable(_ name: String, _ problem: String) -> InvalidJob {
    InvalidJob(field: "zone", problem: "\(quoted: name) \(problem)")
  }

  /// Without symbolic links; nil if it doesn't exist.
  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
