/// A store's error: a code to branch on and a message to read.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds that callers distinguish.
  public enum Code: Equatable, Sendable {
    /// The id is taken.
    case duplicate
    /// No job, worker or queue has that name.
    case notFound
    /// Too many for one operation.
    case tooMany
    /// The job's or worker's state doesn't allow the operation.
    case wrongState
    /// Other processes held the lock longer than the timeout.
    case busy
    /// The disk or a quota is full.
    case full
    case readOnly
    /// It can't be opened, created or reached.
    case cannotOpen
    /// Not a queuectl database, or no database at all.
    case foreign
    /// Written by a newer version.
    case newer
    case corrupt
    /// Committed, but fsync failed: may be lost on power failure.
    case undurable
    case other
  }

  /// The error's kind.
  public var code: Code
  /// The failure, its object and the remedy.
  public var message: String
  /// The store's own code, such as SQLite's extended result code; 0 for none.
  public var cause: Int

  /// Memberwise initializer.
  public init(_ code: Code, _ message: String, cause: Int = 0) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Returns `notFound`, with a suggestion; see ``Suggestion/hint(forName:among:)``.
  /// - Parameter isSchedule: whether a schedule has that name.
  public static func noJob(
    _ reference: String, near candidates: [String], isSchedule: Bool = false
  ) -> StoreError {
    if isSchedule {
      let command = ShellWords.command(["queuectl", "schedule", "show", reference])
      return StoreError(
        .notFound,
        "no job is called \(quoted: reference), but a schedule is: \"\(command)\" has its jobs")
    }
    let hint = Suggestion.hint(forName: reference, among: candidates)
    return StoreError(.notFound, "no job is called \(quoted: reference)\(hint)")
  }

  /// The message.
  public var description: String { message }
}
