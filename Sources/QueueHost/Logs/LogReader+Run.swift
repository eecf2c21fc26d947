public import QueueCore

extension LogReader {
  /// Opens a run's log at its start; throws `ENOENT` if it was removed or not yet created.
  public convenience init(of run: RunID, in directory: QueueDirectory) throws(LogFailure) {
    try self.init(path: directory.log(of: run))
  }
}
