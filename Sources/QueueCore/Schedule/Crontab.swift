/// A crontab converted to schedules, line by line, from its text alone.
///
/// Lines mean what cron(8) does with them: a line that cron reads differently from how it is
/// written is refused. Source: crontab(5) of Debian and cronie, and tests with Debian's cron.
public struct Crontab: Equatable, Sendable {
  /// Every line that isn't blank or a comment, in order.
  public private(set) var lines: [Line] = []
  /// Notes that apply to several lines.
  public private(set) var notes: [String] = []

  /// A line's number and its outcome.
  public struct Line: Equatable, Sendable {
    /// From 1.
    public var number: Int
    /// Its outcome.
    public var outcome: Outcome
  }

  /// The outcome of a line.
  public enum Outcome: Equatable, Sendable {
    /// It becomes a schedule.
    case entry(CrontabEntry)
    /// It has no counterpart: its beginning, and the reason.
    case leftOut(String, reason: String)
    /// It is refused: the reason.
    case refused(String)
  }

  /// The schedules, by line.
  public var entries: [(line: Int, entry: CrontabEntry)] {
    lines.compactMap { line in
      if case .entry(let entry) = line.outcome { (line.number, entry) } else { nil }
    }
  }

  /// The refused lines.
  public var refusals: [(line: Int, reason: String)] {
    lines.compactMap { line in
      if case .refused(let reason) = line.outcome { (line.number, reason) } else { nil }
    }
  }

  /// Reads a crontab.
  /// - Parameters:
  ///   - account: whose crontab it is.
  ///   - isSystem: whether it has a column of users, as `/etc/crontab`.
  public init(_ text: String, of account: CrontabAccount, isSystem: Bool = false) {
    var reader = CrontabReader(account: account, isSystem: isSystem)
    // By bytes: "\r\n" is one character.
    let texts = text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, text) in texts.enumerated() {
      guard let outcome = reader.outcome(of: String(Substring(text))) else { continue }
      lines.append(Line(number: index + 1, outcome: outcome))
    }
    notes = reader.notes
  }
}

/// Whose jobs a crontab has.
public struct CrontabAccount: Sendable {
  /// The user's name.
  public var name: String
  /// Whether jobs may run as other users.
  public var isRoot: Bool
  /// The home directory of a user; nil for an unknown user.
  public var home: @Sendable (String) -> String?

  /// Whether a program is found in the directories of a `PATH`, or of the default for nil.
  public var isProgram: @Sendable (_ name: String, _ path: String?) -> Bool

  /// All of it; by default, every program is found.
  public init(
    name: String, isRoot: Bool, home: @escaping @Sendable (String) -> String?,
    isProgram: @escaping @Sendable (_ name: String, _ path: String?) -> Bool = { _, _ in true }
  ) {
    self.name = name
    self.isRoot = isRoot
    self.home = home
    self.isProgram = isProgram
  }
}

extension CronExpression {
  /// Whether a change of the clock may skip several times of one day.
  public var mayHaveSeveralTimesInOneGap: Bool {
    !followsClock && minutes.values.count * hours.values.count > 1
  }
}

/// A line of a crontab that becomes a schedule.
public struct CrontabEntry: Equatable, Sendable {
  /// From the comment before the line, or else the command; no two entries have the same.
  public var name: String
  /// Its five fields or its nickname.
  public var cron: CronExpression
  /// That of `CRON_TZ`; nil for the machine's.
  public var zone: String?
  /// The longest random delay: `RANDOM_DELAY`.
  public var spread: Duration
  /// Its command for `/bin/sh`, its directory and its variables; it is never retried.
  public var job: JobSpec
  /// The changes made, a clause each; empty for an unchanged line.
  public var changes: [String]
}
