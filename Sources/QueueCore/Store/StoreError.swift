/// What went wrong between us and the stored queue, with a code to branch on and a message to read.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds that callers tell apart.
  public enum Code: Equatable, Sendable {
    /// The id is taken.
    case duplicate
    /// No job, worker or other thing of that name.
    case notFound
    /// More than can be done at once.
    case tooMany
    /// It exists, but its state doesn't allow what was asked for.
    case wrongState
    /// Others held the database for longer than we wait.
    case busy
    /// The disk or a quota is full.
    case full
    /// It can be read, not written.
    case readOnly
    /// It can't be opened, created or reached.
    case cannotOpen
    /// It isn't a queue of ours, or isn't a database.
    case foreign
    /// It was written by a newer version than this one.
    case newer
    /// It is damaged.
    case corrupt
    /// What was asked for was done, but won't outlive the machine: the disk failed to keep it.
    case undurable
    /// Anything else that the store reports.
    case other
  }

  /// What kind it is.
  public var code: Code
  /// What failed, on what, and what to do.
  public var message: String
  /// The store's own number for it, such as SQLite's extended result code; 0 for none.
  public var cause: Int

  /// All of its parts.
  public init(_ code: Code, _ message: String, cause: Int = 0) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// No job is called that; with the id that was probably meant, if one of the candidates is near
  /// enough.
  public static func noJob(_ reference: String, near candidates: [String]) -> StoreError {
    // Ids are short, so nothing long is near one: the comparison isn't even begun.
    let isShort = reference.utf8.count <= 4 * Name.maximumLength
    let hint = isShort ? Suggestion.hint(for: reference, among: candidates) : ""
    return StoreError(.notFound, "no job is called \(quoted: reference)\(hint)")
  }

  /// The message.
  public var description: String { message }
}
