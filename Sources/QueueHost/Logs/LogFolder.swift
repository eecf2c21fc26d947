import Glibc
public import QueueCore

/// A directory with the logs of up to 1000 runs.
package struct LogFolder {
  package let path: String
  /// The run numbers it may hold.
  package let range: ClosedRange<Int64>

  /// Returns the runs with a log here, oldest first; empty if the directory is missing.
  package func runs() throws(SystemError) -> [RunID] {
    try QueueDirectory.names(in: path).compactMap { name in
      name.hasSuffix(".log") ? FileNames.number(name.dropLast(4)) : nil
    }.sorted().map(RunID.init)
  }

  /// Returns the disk space of a run's log in bytes, holes excluded; 0 if it is missing.
  package func bytes(of run: RunID) -> Int {
    var status = stat()
    return lstat("\(path)/\(run).log", &status) == 0 ? Int(status.st_blocks) * 512 : 0
  }

  package func removeIfEmpty() { rmdir(path) }
}

extension QueueDirectory {
  package static let runsInFolder: Int64 = 1000

  /// Returns all log directories, oldest first.
  package func logFolders() throws(SystemError) -> [LogFolder] {
    try Self.names(in: logs).compactMap(Self.folderNumber).sorted().map { number in
      let first = number * Self.runsInFolder
      return LogFolder(
        path: "\(logs)/\(number)", range: first...first + (Self.runsInFolder - 1))
    }
  }

  /// Returns the files among the logs and locks that queuectl didn't create.
  package func foreignNames() throws(SystemError) -> [String] {
    try Self.names(in: logs).filter { Self.folderNumber($0) == nil }.map { "\(logs)/\($0)" }
      + Self.names(in: locks).filter { !Self.isLock($0) }.map { "\(locks)/\($0)" }
  }

  private static func folderNumber(_ name: String) -> Int64? {
    FileNames.number(name).flatMap { $0 < Int64.max / runsInFolder ? $0 : nil }
  }

  /// Matches `PID-TICKS.lock`, `supervisor-PID-TICKS.lock` and `lookout-NUMBER`.
  private static func isLock(_ name: String) -> Bool {
    let parts = name.split(separator: "-", maxSplits: 1)
    guard parts.count == 2 else { return false }
    if parts[0] == "lookout" { return UInt64(parts[1]) != nil }
    let process = parts[0] == "supervisor" ? String(parts[1]) : name
    let numbers = process.dropLast(".lock".count).split(separator: "-", maxSplits: 1)
    return process.hasSuffix(".lock") && numbers.count == 2
      && numbers.allSatisfy { FileNames.number($0) != nil }
  }

  /// Returns the names in a directory; empty if it is missing.
  static func names(in directory: String) throws(SystemError) -> [String] {
    do throws(SystemError) {
      return try FileNames.all(in: directory)
    } catch {
      guard error.code == ENOENT else { throw error }
      return []
    }
  }

  /// Removes the logs of deleted runs.
  public func removeLogs(of runs: [RunID]) {
    for run in runs { unlink(log(of: run)) }
  }
}
