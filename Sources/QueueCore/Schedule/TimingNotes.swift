/// Consequences of a timing that the user may not expect, one sentence each.
enum TimingNotes {
  /// Returns those that apply.
  /// - Parameters:
  ///   - zone: where the next change of the clock is looked for, up to 400 days after `now`.
  static func about(_ timing: Timing, in zone: ZoneRules, at now: Timestamp) -> [String] {
    switch timing {
    case .every(let interval): [wholeDays(interval)].compactMap(\.self)
    case .cron(let cron):
      [
        eitherDay(cron), everyMinute(cron), unevenMinutes(cron), unevenHours(cron),
        missingDays(cron),
      ].compactMap(\.self) + ClockChangeNotes(cron: cron, zone: zone).notes(after: now)
    }
  }

  private static func wholeDays(_ interval: Interval) -> String? {
    let (days, rest) = interval.length.components.seconds.quotientAndRemainder(dividingBy: 86_400)
    guard rest == 0 else { return nil }
    return "\(interval.length.text) is \(days * 24) hours, whatever the clock shows; for a time of "
      + "day, use --cron"
  }

  private static func eitherDay(_ cron: CronExpression) -> String? {
    guard !cron.needsBothDays, !cron.days.isEverything, !cron.weekdays.isEverything else {
      return nil
    }
    return "days and weekdays are both given, so either is enough: \(cron.dayWords)"
  }

  /// `* 3 * * *`, which is usually meant as `0 3 * * *`.
  private static func everyMinute(_ cron: CronExpression) -> String? {
    let hours = cron.hours.values
    guard cron.minutes.isEverything, cron.minutes.beginsWithStar, hours.count == 1 else {
      return nil
    }
    let meant = "0 " + cron.text.split(separator: " ").dropFirst().joined(separator: " ")
    return "60 times between \(hours[0], digits: 2):00 and \(hours[0], digits: 2):59; did you mean "
      + "\"\(meant)\"?"
  }

  private static func unevenMinutes(_ cron: CronExpression) -> String? {
    guard let step = cron.minutes.unevenStep else { return nil }
    return uneven(cron.minutes.values, step, of: 60, unit: "m") { ":\($0, digits: 2)" }
  }

  private static func unevenHours(_ cron: CronExpression) -> String? {
    guard let step = cron.hours.unevenStep else { return nil }
    return uneven(cron.hours.values, step, of: 24, unit: "h") { "\($0, digits: 2):00" }
  }

  private static func uneven(
    _ values: [Int], _ step: Int, of cycle: Int, unit: String, name: (Int) -> String
  ) -> String {
    let last = cycle - (values.last ?? 0)
    let shown = values.count > 4 ? [name(values[0]), name(values[1]), "…"] : values.map(name)
    let times = values.count > 4 ? shown.joined(separator: ", ") : English.list(shown)
    return "\(times): \(step)\(unit) apart, the last gap \(last)\(unit); for equal gaps: --every "
      + "\(step)\(unit)"
  }

  /// Days given by number that some of the months don't have.
  private static func missingDays(_ cron: CronExpression) -> String? {
    let days = cron.days.items.compactMap { item -> Int? in
      guard case .range(let day, let last, _) = item, day == last, day > 28 else { return nil }
      return day
    }
    guard let day = days.max() else { return nil }
    // The longest that each month gets: 2000 had a 29 February.
    let short = cron.months.values.filter { month in
      CivilDate.length(ofMonth: month, year: day == 29 ? 2001 : 2000) < day
    }
    guard !short.isEmpty else { return nil }
    let names = English.list(short.map { English.months[$0 - 1] })
    let exception = day == 29 ? ", except in leap years" : ""
    return "no \(English.ordinal(day)) in \(names)\(exception); \"L\" is the last day of a month"
  }
}

extension CronField {
  /// The step of `*/n`, if that doesn't divide the field.
  fileprivate var unevenStep: Int? {
    guard case .star(let step) = items.first, items.count == 1 else { return nil }
    return form.range.count % step == 0 ? nil : step
  }
}

/// The next changes of the clock that a fixed time falls into.
private struct ClockChangeNotes {
  let cron: CronExpression
  let zone: ZoneRules

  private static let horizon: Int64 = 400 * 86_400

  /// Returns a note about the next skipped time, and one about the next repeated one.
  func notes(after now: Timestamp) -> [String] {
    guard !cron.followsClock else { return [] }
    let start = now.milliseconds.floorDivided(by: 1000)
    var before = zone.span(at: start)
    var (skipped, doubled): (String?, String?)
    while before.end < start + Self.horizon {
      let after = zone.span(at: before.end)
      let shift = after.offset - before.offset
      if shift > 0 {
        skipped = skipped ?? skippedTime(between: before, and: after)
      } else if shift < 0 {
        doubled = doubled ?? doubledTime(between: before, and: after)
      }
      before = after
    }
    return [skipped, doubled].compactMap(\.self)
  }

  private func skippedTime(
    between before: ZoneRules.Span, and after: ZoneRules.Span
  ) -> String? {
    let (from, to) = (before.localEnd, after.start + after.offset)
    guard let time = cron.firstMinute(after: from - 1, before: to) else { return nil }
    let consequence =
      after.offset - before.offset <= CronExpression.longestGap
      ? "it runs at \(LocalMinute(to).clock)" : "it doesn't run then"
    return "on \(LocalMinute(time).day) there is no \(LocalMinute(time).clock), because the clock "
      + "goes from \(LocalMinute(from).clock) to \(LocalMinute(to).clock): \(consequence)"
  }

  private func doubledTime(
    between before: ZoneRules.Span, and after: ZoneRules.Span
  ) -> String? {
    let (from, to) = (before.localEnd, after.start + after.offset)
    guard let time = cron.firstMinute(after: to - 1, before: from) else { return nil }
    return "on \(LocalMinute(time).day) \(LocalMinute(time).clock) comes twice, because the clock "
      + "goes back from \(LocalMinute(from).clock) to \(LocalMinute(to).clock): it runs only "
      + "the first time"
  }
}

/// A local time for people.
struct LocalMinute {
  private let date: CivilDate
  private let weekday: Int
  private let minute: Int

  /// - Parameter local: seconds from 1970-01-01 00:00 as calendars and clocks count.
  init(_ local: Int64) {
    let day = local.floorDivided(by: 86_400)
    date = CivilDate(dayNumber: day)
    weekday = CivilDate.weekday(of: day)
    minute = Int(local - day * 86_400) / 60
  }

  /// `Sun 2027-03-28`.
  var day: String { "\(English.weekdays[weekday].prefix(3)) \(date)" }
  /// `02:30`.
  var clock: String { "\(minute / 60, digits: 2):\(minute % 60, digits: 2)" }
}
