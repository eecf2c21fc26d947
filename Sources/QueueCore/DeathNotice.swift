/// A job that died while there was a command for it, which is still to be run.
public struct DeathNotice: Equatable, Sendable {
  /// The job.
  public var job: Job
  /// Names the command's run among the runs of all databases.
  public var runName: String

  /// Both parts.
  public init(job: Job, runName: String) {
    self.job = job
    self.runName = runName
  }
}
