/// A job that died while there was a command for it, which is still to be run.
public struct DueHook: Equatable, Sendable {
  /// The job.
  public var job: Job
  /// Names the command's run among the runs of all databases.
  public var runName: String
  /// Whether another worker had it, and may have left its run behind.
  public var wasTaken: Bool

  /// All of its parts.
  public init(job: Job, runName: String, wasTaken: Bool = false) {
    self.job = job
    self.runName = runName
    self.wasTaken = wasTaken
  }
}
