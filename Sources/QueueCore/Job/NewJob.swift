/// A validated job that isn't stored yet; values of this type need no further checks.
@dynamicMemberLookup
public struct NewJob: Equatable, Sendable {
  /// The user's id; nil to generate one.
  public var id: JobID?
  /// Whether the id may be taken over from an ended job, which then gets another id.
  public var replacesEnded = false
  /// The checked spec.
  public internal(set) var spec: JobSpec
  /// Jobs that must end before this one may run.
  public let prerequisites: [Prerequisite]

  /// The queue of jobs that name none.
  public static var defaultQueue: String { JobSpec.defaultQueue }

  /// Checks the spec; the error names the first invalid field.
  public init(
    id: JobID? = nil, _ spec: JobSpec, prerequisites: [Prerequisite] = []
  ) throws(InvalidJob) {
    self.id = id
    self.spec = try spec.checked()
    self.prerequisites = prerequisites
  }

  /// Reads a member of ``spec``.
  @inlinable
  public subscript<Value>(dynamicMember part: KeyPath<JobSpec, Value>) -> Value {
    spec[keyPath: part]
  }

  /// Checks a queue's name.
  public static func checkQueue(_ name: String) throws(InvalidJob) {
    try Name.check(name, field: "queue")
  }

  /// See ``JobSpec/checkSize()``.
  public func checkSize() throws(InvalidJob) { try spec.checkSize() }
}

/// A refused job or schedule: the invalid field and the reason.
public struct InvalidJob: Error, Equatable, Sendable, CustomStringConvertible {
  /// The field's JSON name.
  public var field: String
  /// The reason, phrased to follow the field's name.
  public var problem: String

  /// Memberwise initializer.
  public init(field: String, problem: String) {
    self.field = field
    self.problem = problem
  }

  /// Such as `max_retries must be a whole number from 0 to 10000`.
  public var description: String { "\(field) \(problem)" }
}
