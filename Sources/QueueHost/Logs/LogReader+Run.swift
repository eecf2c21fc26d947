public import QueueCore

extension LogReader {
  /// Opens the log of a run, to be read from its start.
  /// - Throws: ``LogFailure`` with `ENOENT` when there is none: the run has not begun to write, or
  ///   its log was removed.
  public convenience init(of run: RunID, in directory: QueueDirectory) throws(LogFailure) {
    try self.init(path: directory.log(of: run))
  }
}
