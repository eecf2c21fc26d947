import Glibc
public import QueueCore

/// One directory of logs: those of a thousand runs at most.
struct LogFolder {
  let path: String
  /// The numbers that its runs may have.
  let range: ClosedRange<Int64>

  /// The runs that have a log here, oldest first.
  var runs: [RunID] {
    FileNames.all(in: path).compactMap { name in
      name.hasSuffix(".log") ? Int64(name.dropLast(4)) : nil
    }.sorted().map(RunID.init)
  }

  /// The space that the log of a run takes on the disk, holes not counted; 0 when there is none.
  func bytes(of run: RunID) -> Int {
    var status = stat()
    return lstat("\(path)/\(run).log", &status) == 0 ? Int(status.st_blocks) * 512 : 0
  }

  /// Removes it if nothing is in it.
  func removeIfEmpty() { rmdir(path) }
}

extension QueueDirectory {
  static let runsInFolder: Int64 = 1000

  /// All directories of logs, oldest first.
  func logFolders() -> [LogFolder] {
    FileNames.all(in: logs).compactMap(Int64.init).sorted().map { number in
      let first = number * Self.runsInFolder
      return LogFolder(
        path: "\(logs)/\(number)", range: first...first + (Self.runsInFolder - 1))
    }
  }

  /// Removes the output of runs that are gone.
  public func removeLogs(of runs: [RunID]) {
    for run in runs { unlink(log(of: run)) }
  }
}
