/// The name of a job: the user's own, or one made by ``JobIDSource``.
///
/// 1 to 128 printable characters without white space or `/`, not starting with `-`. Invisible and
/// combining characters are refused, so two ids that look alike are alike, and no id can break a
/// table, a path or a terminal.
public struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The id as typed, stored and printed.
  public let text: String

  /// An id that was checked before, such as one read from a store.
  public init(trusted text: String) {
    self.text = text
  }

  /// An id typed by a user.
  /// - Throws: ``InvalidJob`` that names the character or length that isn't allowed.
  public init(_ text: String) throws(InvalidJob) {
    try Name.check(text, field: "id")
    self.text = text
  }

  /// The id itself.
  public var description: String { text }

  /// Orders by text; made ids sort by the time they were made.
  public static func < (left: JobID, right: JobID) -> Bool { left.text < right.text }
}

/// One attempt at a job. Its number is the fencing token: never given out twice, and every write
/// about the attempt must match it.
public struct RunID: Hashable, Sendable, CustomStringConvertible {
  /// Counts up from 1 over the life of a database.
  public let number: Int64

  /// Wraps a number that a store gave out.
  public init(_ number: Int64) { self.number = number }

  /// The bare number.
  public var description: String { "\(number)" }
}

/// One registration of a worker process, shown as `w12`. Never given out twice.
public struct WorkerID: Hashable, Sendable, CustomStringConvertible {
  /// Counts up from 1 over the life of a database.
  public let number: Int64

  /// Wraps a number that a store gave out.
  public init(_ number: Int64) { self.number = number }

  /// Reads `w12` or `12`; nil for anything else.
  public init?(_ text: String) {
    guard let number = Int64(text.hasPrefix("w") ? text.dropFirst() : text[...]), number > 0 else {
      return nil
    }
    self.number = number
  }

  /// `w` and the number.
  public var description: String { "w\(number)" }
}

/// The rule that ids and queue names share.
enum Name {
  static let maximumLength = 128

  static func check(_ text: String, field: String) throws(InvalidJob) {
    let scalars = text.unicodeScalars
    guard let first = scalars.first else {
      throw InvalidJob(field: field, problem: "must not be empty")
    }
    guard scalars.count <= maximumLength else {
      throw InvalidJob(
        field: field,
        problem: "has \(scalars.count) characters, at most \(maximumLength) are allowed")
    }
    guard first != "-" else {
      throw InvalidJob(field: field, problem: "must not start with \"-\"")
    }
    for scalar in scalars where !isAllowed(scalar) {
      throw InvalidJob(
        field: field, problem: "must not contain \(TerminalText.name(of: scalar))")
    }
  }

  /// A key may be any line of text, such as an address.
  static func checkKey(_ text: String, field: String) throws(InvalidJob) {
    let scalars = text.unicodeScalars
    guard (1...maximumLength).contains(scalars.count) else {
      throw InvalidJob(field: field, problem: "must have 1 to \(maximumLength) characters")
    }
    for scalar in scalars where scalar != " " && scalar != "/" && !isAllowed(scalar) {
      throw InvalidJob(field: field, problem: "must not contain \(TerminalText.name(of: scalar))")
    }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value > 0x20 && scalar.value < 0x7F && scalar != "/" }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator, .nonspacingMark, .enclosingMark, .spacingMark:
      return false
    default:
      // Some letters are blank as well: fillers, and the braille pattern without a dot.
      return !scalar.properties.isDefaultIgnorableCodePoint && scalar != "\u{2800}"
    }
  }
}
