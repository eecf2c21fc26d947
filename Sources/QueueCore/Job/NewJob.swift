/// A job that may be stored: every field was checked, nothing is known of it yet.
///
/// A value of this type is always valid, so nothing after it needs to check again.
@dynamicMemberLookup
public struct NewJob: Equatable, Sendable {
  /// The user's id; nil to have one made.
  public var id: JobID?
  /// Whether it is stored though a job that has ended has its id: that one gets another id.
  public var replacesEnded = false
  /// What is asked for.
  public let spec: JobSpec
  /// What has to end before it may run; each job once.
  public let prerequisites: [Prerequisite]

  /// The queue of a job that names none.
  public static var defaultQueue: String { JobSpec.defaultQueue }

  /// Checks what is asked for.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public init(
    id: JobID? = nil, _ spec: JobSpec, prerequisites: [Prerequisite] = []
  ) throws(InvalidJob) {
    self.id = id
    self.spec = try spec.checked()
    self.prerequisites = prerequisites
  }

  /// A part of what is asked for.
  @inlinable
  public subscript<Value>(dynamicMember part: KeyPath<JobSpec, Value>) -> Value {
    spec[keyPath: part]
  }

  /// Whether a queue may be called so.
  /// - Throws: ``InvalidJob`` that says what isn't allowed.
  public static func checkQueue(_ name: String) throws(InvalidJob) {
    try Name.check(name, field: "queue")
  }

  /// See ``JobSpec/checkSize()``.
  public func checkSize() throws(InvalidJob) { try spec.checkSize() }
}

/// A job or a schedule that was refused: which part of it, and why.
public struct InvalidJob: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name of the part, as in JSON.
  public var field: String
  /// What is wrong, continuing a sentence that starts with the field.
  public var problem: String

  /// The part and the reason.
  public init(field: String, problem: String) {
    self.field = field
    self.problem = problem
  }

  /// `max_retries must be a whole number from 0 to 10000`.
  public var description: String { "\(field) \(problem)" }
}
