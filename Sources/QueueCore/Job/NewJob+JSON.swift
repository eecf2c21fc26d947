extension NewJob {
  /// Reads a job from a JSON object; `null` counts as absent. Refuses unknown, repeated and
  /// read-only fields. `state` and `attempts` may only be those of a new job.
  /// - Throws: ``JSONError`` for invalid JSON, ``InvalidJob`` for an invalid job.
  public init(from reader: inout JSONReader, defaults: JobDefaults) throws {
    guard try reader.peek() == .object else {
      throw InvalidJob(
        field: "a job",
        problem:
          "must be a JSON object like {\"command\":\"sleep 10\"}, not \(try reader.peek().rawValue)"
      )
    }
    var fields = Fields(defaults)
    try reader.readFields(of: "a job") { (field: JobField, reader) throws in
      try fields.read(field, from: &reader)
    }
    try self.init(fields)
  }

  private init(_ fields: Fields) throws {
    try self.init(id: fields.id, command: try fields.commandLine(), with: fields.given)
  }

  private struct Fields {
    var id: JobID?
    private var hasCommand = false
    private var argv: [String]?
    var given: JobDefaults
    private let values: FieldReader

    init(_ defaults: JobDefaults) {
      given = defaults
      values = FieldReader(times: defaults.time)
    }

    /// The command, or `argv` quoted for the shell.
    func commandLine() throws(InvalidJob) -> String {
      guard let argv else {
        guard hasCommand else { throw InvalidJob(field: "command", problem: "is missing") }
        return given.spec.command
      }
      guard !hasCommand else {
        throw InvalidJob(field: "argv", problem: "can't be combined with command")
      }
      guard let program = argv.first, !program.isEmpty else {
        throw InvalidJob(field: "argv", problem: "must begin with a program")
      }
      guard !argv.contains(where: { $0.utf8.contains(0) }) else {
        throw InvalidJob(field: "argv", problem: "must not contain NUL")
      }
      return ShellWords.command(argv)
    }

    mutating func read(_ field: JobField, from reader: inout JSONReader) throws {
      if field == .command { hasCommand = true }
      let given = given
      guard
        try !self.given.spec.read(field, from: &reader, by: values, absolute: given.absolute)
      else { return }
      switch field {
      case .id: id = try JobID(try values.text(field, &reader))
      case .argv: argv = try values.words(field, &reader)
      case .after, .afterAny:
        self.given.prerequisites += try values.texts(field, &reader).map { text in
          Prerequisite(reference: text, accepts: field == .after ? .success : .anyEnd)
        }
      case .state:
        let state = try values.text(field, &reader)
        guard state == JobState.pending.rawValue else {
          throw InvalidJob(
            field: "state",
            problem: "of a new job must be \"pending\", not \(quoted: state)")
        }
      case .attempts:
        guard try values.integer(field, &reader) == 0 else {
          throw InvalidJob(field: "attempts", problem: "of a new job must be 0")
        }
      case .frozen:
        guard try !values.truth(field, &reader) else {
          throw InvalidJob(field: "frozen", problem: "of a new job must be false")
        }
      case .createdAt, .updatedAt: _ = try values.text(field, &reader)
      default:
        throw InvalidJob(field: field.rawValue, problem: "is set by queuectl and can't be given")
      }
    }
  }
}
