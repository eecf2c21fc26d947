/// A dead job whose `on-dead` command is due.
public struct DueHook: Equatable, Sendable {
  /// The dead job.
  public var job: Job
  /// The globally unique name of the command's run.
  public var runName: String
  /// Whether another worker claimed it before and may have left processes behind.
  public var wasTaken: Bool

  /// Memberwise initializer.
  public init(job: Job, runName: String, wasTaken: Bool = false) {
    self.job = job
    self.runName = runName
    self.wasTaken = wasTaken
  }
}
