import Glibc
public import QueueCore
public import QueueLogs

extension LogReader {
  /// Opens the log of a run, to be read from its start.
  /// - Throws: ``SystemError`` with `ENOENT` when there is none: the run has not begun to write, or its log was removed.
  public convenience init(of run: RunID, in directory: QueueDirectory) throws(SystemError) {
    let path = directory.log(of: run)
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("read the log \(path)") }
    self.init(descriptor: descriptor)
  }
}
