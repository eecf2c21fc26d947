import Glibc
public import QueueCore

/// One directory of logs: those of a thousand runs at most.
package struct LogFolder {
  package let path: String
  /// The numbers that its runs may have.
  package let range: ClosedRange<Int64>

  /// The runs that have a log here, oldest first.
  /// - Throws: ``SystemError`` when it can't be read; one that is gone is empty.
  package func runs() throws(SystemError) -> [RunID] {
    try QueueDirectory.names(in: path).compactMap { name in
      name.hasSuffix(".log") ? FileNames.number(name.dropLast(4)) : nil
    }.sorted().map(RunID.init)
  }

  /// The space that the log of a run takes on the disk, holes not counted; 0 when there is none.
  package func bytes(of run: RunID) -> Int {
    var status = stat()
    return lstat("\(path)/\(run).log", &status) == 0 ? Int(status.st_blocks) * 512 : 0
  }

  /// Removes it if nothing is in it.
  package func removeIfEmpty() { rmdir(path) }
}

extension QueueDirectory {
  package static let runsInFolder: Int64 = 1000

  /// All directories of logs, oldest first.
  /// - Throws: ``SystemError`` when they can't be listed.
  package func logFolders() throws(SystemError) -> [LogFolder] {
    try Self.names(in: logs).compactMap(Self.folderNumber).sorted().map { number in
      let first = number * Self.runsInFolder
      return LogFolder(
        path: "\(logs)/\(number)", range: first...first + (Self.runsInFolder - 1))
    }
  }

  /// Names beside the logs and the workers' locks that no queuectl gave.
  package func foreignNames() throws(SystemError) -> [String] {
    try Self.names(in: logs).filter { Self.folderNumber($0) == nil }.map { "\(logs)/\($0)" }
      + Self.names(in: locks).filter { !Self.isLock($0) }.map { "\(locks)/\($0)" }
  }

  /// Nil for the name of something else, as also of a number that no folder can have.
  private static func folderNumber(_ name: String) -> Int64? {
    FileNames.number(name).flatMap { $0 < Int64.max / runsInFolder ? $0 : nil }
  }

  /// `PID-TICKS.lock`, the same of a supervisor, `lookout-NUMBER`.
  private static func isLock(_ name: String) -> Bool {
    let parts = name.split(separator: "-", maxSplits: 1)
    guard parts.count == 2 else { return false }
    if parts[0] == "lookout" { return UInt64(parts[1]) != nil }
    let process = parts[0] == "supervisor" ? String(parts[1]) : name
    let numbers = process.dropLast(".lock".count).split(separator: "-", maxSplits: 1)
    return process.hasSuffix(".lock") && numbers.count == 2
      && numbers.allSatisfy { FileNames.number($0) != nil }
  }

  /// The names in a directory; none where it isn't there.
  fileprivate static func names(in directory: String) throws(SystemError) -> [String] {
    do throws(SystemError) {
      return try FileNames.all(in: directory)
    } catch {
      guard error.code == ENOENT else { throw error }
      return []
    }
  }

  /// Removes the output of runs that are gone.
  public func removeLogs(of runs: [RunID]) {
    for run in runs { unlink(log(of: run)) }
  }
}
