/// What a job takes from its surroundings when its text doesn't say: from the command line's flags,
/// its directory and the clock.
@dynamicMemberLookup
public struct JobDefaults: Sendable {
  /// Each part is used where the job doesn't say; its variables come before the job's own. Its
  /// directory is where a relative `cwd` begins. It has no command.
  public var spec: JobSpec
  /// Reads `run_at`.
  public var time: TimeText
  /// Held by every job, besides its own.
  public var prerequisites: [Prerequisite] = []

  /// Defaults without any flag.
  /// - Parameter directory: an absolute path.
  public init(directory: String, time: TimeText) {
    spec = JobSpec(command: "")
    self.time = time
    spec.directory = directory
  }

  /// A part of what is used where the job doesn't say.
  public subscript<Value>(dynamicMember part: WritableKeyPath<JobSpec, Value>) -> Value {
    get { spec[keyPath: part] }
    set { spec[keyPath: part] = newValue }
  }

  /// `path`, made absolute.
  public func absolute(_ path: String) -> String {
    let directory = spec.directory ?? "/"
    return path.hasPrefix("/") ? path : directory + (directory.hasSuffix("/") ? "" : "/") + path
  }
}

extension NewJob {
  /// A job with that id and command, and for all else what is given.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public init(id: JobID?, command: String, with given: JobDefaults) throws(InvalidJob) {
    var spec = given.spec
    spec.command = command
    try self.init(id: id, spec, prerequisites: given.prerequisites)
  }
}
