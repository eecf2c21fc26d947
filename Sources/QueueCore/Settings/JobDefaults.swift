/// Defaults for a job's fields, from command-line options, the working directory and the clock.
@dynamicMemberLookup
public struct JobDefaults: Sendable {
  /// The default spec, without a command. Its directory is the base of a relative `cwd`.
  public var spec: JobSpec
  /// Parses `run_at`.
  public var time: TimeText
  /// Prerequisites added to every job.
  public var prerequisites: [Prerequisite] = []

  /// Creates defaults without options. `directory` is an absolute path.
  public init(directory: String, time: TimeText) {
    spec = JobSpec(command: "")
    self.time = time
    spec.directory = directory
  }

  /// Reads or writes a member of ``spec``.
  public subscript<Value>(dynamicMember part: WritableKeyPath<JobSpec, Value>) -> Value {
    get { spec[keyPath: part] }
    set { spec[keyPath: part] = newValue }
  }

  /// Returns `path` made absolute, without `.` components.
  public func absolute(_ path: String) -> String {
    let directory = spec.directory ?? "/"
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let rest = parts.filter { $0 != "." }.joined(separator: "/")
    if path.hasPrefix("/") { return rest.isEmpty ? "/" : rest }
    if rest.isEmpty { return directory }
    return directory + (directory.hasSuffix("/") ? "" : "/") + rest
  }
}

extension NewJob {
  /// Creates a job with `given` as defaults; the error names the first invalid field.
  public init(id: JobID?, command: String, with given: JobDefaults) throws(InvalidJob) {
    var spec = given.spec
    spec.command = command
    try self.init(id: id, spec, prerequisites: given.prerequisites)
  }
}
