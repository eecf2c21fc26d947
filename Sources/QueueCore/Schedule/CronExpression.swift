/// Times of day and days, in the five fields of cron: minutes, hours, days, months, weekdays.
///
/// The grammar is Vixie's, with `L`, `LW`, `5L`, `5#2` and nicknames. Source: crontab(5) of Debian
/// and cronie. Expressions that these accept but never run are refused, as is syntax that means
/// different things in different programs.
public struct CronExpression: Equatable, Sendable {
  /// As typed, with one space between fields.
  public let text: String
  let minutes: CronField
  let hours: CronField
  let days: CronField
  let months: CronField
  let weekdays: CronField

  /// Whether it follows the clock through its changes: skipped times don't run, repeated ones run
  /// twice. Other expressions run once for each time.
  public var followsClock: Bool { minutes.beginsWithStar || hours.beginsWithStar }

  /// Whether a day must match both day fields instead of either: Vixie's rule, by the text.
  var needsBothDays: Bool { days.beginsWithStar || weekdays.beginsWithStar }

  /// In seconds. A clock set forward by more skips a whole day, as at the date line, whose times
  /// don't run afterwards.
  static let longestGap: Int64 = 3 * 3600
  /// Longer than any use; the sixty minutes written out are 169 bytes.
  private static let maximumLength = 1000

  /// Reads an expression or a nickname such as `@daily`.
  /// - Throws: ``InvalidJob`` that names the field, the part that isn't allowed, and the remedy.
  public init(_ typed: String) throws(InvalidJob) {
    guard typed.utf8.count <= Self.maximumLength else {
      throw Self.refused("is longer than \(Self.maximumLength) bytes")
    }
    let words = typed.split { $0 == " " || $0 == "\t" }.map(String.init)
    let fields = try Self.fields(words)
    text = words.joined(separator: " ")
    minutes = try CronFieldForm.minutes.parse(fields[0])
    hours = try CronFieldForm.hours.parse(fields[1])
    days = try CronFieldForm.days.parse(fields[2])
    months = try CronFieldForm.months.parse(fields[3])
    weekdays = try CronFieldForm.weekdays.parse(fields[4])
    // The calendar repeats every 400 years, so a day that isn't found by then never comes.
    let start = CivilDate.dayNumber(year: 2000, month: 1, day: 1)
    guard firstDay(from: start, before: start + Self.daysOfCycle) != nil else {
      throw Self.refused("never happens: no year has such a day")
    }
  }

  private static let nicknames = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
  ]

  private static func fields(_ words: [String]) throws(InvalidJob) -> [String] {
    guard let first = words.first else {
      throw refused("is empty: type five fields, such as \"30 2 * * *\"")
    }
    if first.hasPrefix("@") { return try nickname(words) }
    if first.hasPrefix("TZ=") || first.hasPrefix("CRON_TZ=") {
      throw refused("must not have a zone: type --tz \(first.drop { $0 != "=" }.dropFirst())")
    }
    switch words.count {
    case 5: return words
    case 6:
      throw refused(
        "has six fields, which mean different things in different programs: type five, or --every "
          + "10s for seconds")
    default:
      throw refused(
        "has \(words.count, of: "field"), not five: minutes, hours, days, months, weekdays")
    }
  }

  private static func nickname(_ words: [String]) throws(InvalidJob) -> [String] {
    let name = words[0].lowercased()
    if let fields = nicknames[name], words.count == 1 {
      return fields.split(separator: " ").map(String.init)
    }
    switch name {
    case "@reboot":
      throw refused(
        "@reboot isn't known, because a queue outlives reboots: keep the line in crontab, as "
          + "\"@reboot queuectl enqueue ...\"")
    case "@every":
      throw refused("@every isn't known: type --every \(words.dropFirst().first ?? "5m")")
    default:
      let known = nicknames.keys.sorted()
      let hint = Suggestion.hint(for: name, among: known)
      throw refused(
        "\(quoted: words.joined(separator: " ")) isn't known"
          + (hint.isEmpty ? "; type five fields, or \(known.joined(separator: ", "))" : hint))
    }
  }

  private static func refused(_ problem: String) -> InvalidJob {
    InvalidJob(field: "cron", problem: problem)
  }
}
