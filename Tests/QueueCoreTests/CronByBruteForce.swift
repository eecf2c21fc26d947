import QueueCore
import QueueTestSupport
import Testing

/// Random expressions around clock changes, compared with a check of every minute.
@Suite struct CronByBruteForce {
  /// A zone and a day near one of its clock changes.
  static let places = [
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"), ("America/New_York", "2045-11-05"),
    ("America/Santiago", "2026-09-06"), ("America/Santiago", "2026-04-05"),
    ("America/St_Johns", "2009-11-01"), ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"), ("Antarctica/Troll", "2026-03-29"),
    ("Pacific/Chatham", "2026-09-27"), ("Pacific/Apia", "2011-12-30"),
    ("Africa/Casablanca", "2026-02-15"), ("America/Nuuk", "2060-03-28"),
    ("Asia/Gaza", "2100-03-27"), ("UTC", "2028-02-29"),
  ]

  @Test(arguments: places)
  func `times are exactly those found by brute force, in order`(zone: String, day: String) throws {
    let minutes = try EveryMinute(of: zone, around: day)
    var random = SeededGenerator(seed: UInt64(day.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
    for _ in 1...30 {
      let example = RandomCron(using: &random)
      guard let cron = try? CronExpression(example.text) else { continue }
      let times = minutes.times(of: example)
      let recurrence = Recurrence(.cron(cron, in: minutes.zone))
      try check(recurrence, times, minutes, example.text, &random)
    }
  }

  /// Each time follows from the previous one, and from any moment in between.
  private func check(
    _ recurrence: Recurrence, _ times: [Int64], _ minutes: EveryMinute, _ text: String,
    _ random: inout SeededGenerator
  ) throws {
    var after = minutes.first - 1
    for time in times {
      for start in [after, Int64.random(in: after..<time, using: &random), time - 1] {
        let next = recurrence.next(after: Timestamp(milliseconds: start * 1000 + 999))
        if next?.milliseconds != time * 1000 {
          Issue.record("\(text): \(next?.iso8601 ?? "none") after \(start), not \(time)")
          return
        }
      }
      after = time
    }
    let end = Timestamp(milliseconds: minutes.last * 1000)
    if let next = recurrence.next(after: Timestamp(milliseconds: after * 1000)), next <= end {
      Issue.record("\(text): \(next.iso8601) is one too many")
    }
    let start = Timestamp(milliseconds: minutes.first * 1000)
    #expect(recurrence.count(from: start, through: end) == times.count, "\(text)")
    if let last = times.last {
      #expect(recurrence.last(notAfter: end)?.milliseconds == last * 1000, "\(text)")
    }
  }
}

/// Five days of a zone, minute by minute.
private struct EveryMinute {
  let zone: ZoneRules
  /// Seconds since 1970.
  let first: Int64
  let last: Int64
  /// Moments and their local times, in seconds.
  private let minutes: [(moment: Int64, shown: Int64)]

  init(of name: String, around day: String) throws {
    let zone = try ZoneRules.fixture(name)
    let noon = try #require(TimeText.example.parse("\(day)T12:00:00Z")).milliseconds / 1000
    self.zone = zone
    // One more day at each end, for local times that map into the days between.
    minutes = stride(from: noon - 4 * 86_400, through: noon + 4 * 86_400, by: 60).map { moment in
      let offset = zone.offsetSeconds(at: Timestamp(milliseconds: moment * 1000))
      return (moment, moment + Int64(offset))
    }
    first = noon - 5 * 43_200
    last = noon + 5 * 43_200
  }

  /// When it is due, by cron's two rules for clock changes.
  func times(of cron: RandomCron) -> [Int64] {
    var times: Set<Int64> = []
    var latestShown = Int64.min
    var before = minutes[0].shown - 60
    for (moment, shown) in minutes {
      if cron.followsClock {
        if cron.matches(shown) { times.insert(moment) }
      } else if shown > latestShown {
        // Shown for the first time, with the minutes skipped since the previous one.
        let gap = shown - before - 60
        let skipped =
          gap > 0 && gap <= 3 * 3600 ? stride(from: before + 60, to: shown, by: 60) : nil
        if cron.matches(shown) || skipped?.contains(where: cron.matches) == true {
          times.insert(moment)
        }
      }
      latestShown = max(latestShown, shown)
      before = shown
    }
    return times.filter { (first...last).contains($0) }.sorted()
  }
}

/// An expression and its times, both made from the same random choices without parsing the text.
private struct RandomCron {
  let text: String
  let followsClock: Bool
  private let minutes: Set<Int>
  private let hours: Set<Int>
  private let months: Set<Int>
  private let isDay: (_ day: Int, _ weekday: Int, _ length: Int) -> Bool

  init(using random: inout SeededGenerator) {
    let minute = Self.field(0...59, wraps: false, starProbability: 0.3, using: &random)
    let hour = Self.field(0...23, wraps: true, starProbability: 0.3, using: &random)
    let day = Self.field(1...31, wraps: false, starProbability: 0.7, using: &random)
    let month = Self.field(1...12, wraps: true, starProbability: 0.9, using: &random)
    let weekday = Self.field(0...6, wraps: true, starProbability: 0.7, using: &random)
    (minutes, hours, months) = (minute.values, hour.values, month.values)
    followsClock = minute.text.hasPrefix("*") || hour.text.hasPrefix("*")

    var days = day.text
    var weekdays = weekday.text
    let hasLast = Int.random(in: 1...6, using: &random) == 1
    if hasLast { days += ",L" }
    let nth = Int.random(in: 1...5, using: &random)
    let hasNth = Int.random(in: 1...6, using: &random) == 1
    if hasNth { weekdays += ",0#\(nth)" }
    let hasLastMonday = Int.random(in: 1...6, using: &random) == 1
    if hasLastMonday { weekdays += ",monL" }
    let needsBoth = days.hasPrefix("*") || weekdays.hasPrefix("*")
    isDay = { date, weekdayNumber, length in
      let byDate = day.values.contains(date) || hasLast && date == length
      let byWeekday =
        weekday.values.contains(weekdayNumber)
        || hasNth && weekdayNumber == 0 && date > 7 * (nth - 1) && date <= 7 * nth
        || hasLastMonday && weekdayNumber == 1 && date > length - 7
      return needsBoth ? byDate && byWeekday : byDate || byWeekday
    }
    text = [minute.text, hour.text, days, month.text, weekdays].joined(separator: " ")
  }

  func matches(_ local: Int64) -> Bool {
    guard local % 60 == 0 else { return false }
    let minute = Int(local / 60)
    guard minutes.contains(minute % 60), hours.contains(minute / 60 % 24) else { return false }
    let days = minute / 1440
    let date = CivilDate(dayNumber: Int64(days))
    guard months.contains(date.month) else { return false }
    var length = 28
    while CivilDate(year: date.year, month: date.month, day: length + 1) != nil { length += 1 }
    return isDay(date.day, (days + 4) % 7, length)
  }

  private static func field(
    _ range: ClosedRange<Int>, wraps: Bool, starProbability: Double,
    using random: inout SeededGenerator
  ) -> (text: String, values: Set<Int>) {
    if Double.random(in: 0..<1, using: &random) < starProbability {
      let step = Int.random(in: 1...range.count - 1, using: &random)
      let hasStep = Bool.random(using: &random) && range.count > 12
      let values = stride(from: range.lowerBound, through: range.upperBound, by: hasStep ? step : 1)
      return (hasStep ? "*/\(step)" : "*", Set(values))
    }
    var texts: [String] = []
    var values: Set<Int> = []
    for _ in 1...Int.random(in: 1...3, using: &random) {
      let (first, last) = (
        Int.random(in: range, using: &random), Int.random(in: range, using: &random)
      )
      let step = Int.random(in: 1...range.count - 1, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0:
        texts.append("\(first)")
        values.insert(first)
      case 1:
        texts.append("\(first)/\(step)")
        values.formUnion(stride(from: first, through: range.upperBound, by: step))
      case 2 where first <= last:
        texts.append("\(first)-\(last)")
        values.formUnion(first...last)
      case _ where wraps && first > last:
        texts.append("\(first)-\(last)/\(step)")
        for value in stride(from: first, through: last + range.count, by: step) {
          values.insert(value > range.upperBound ? value - range.count : value)
        }
      default:
        texts.append("\(min(first, last))-\(max(first, last))/\(step)")
        values.formUnion(stride(from: min(first, last), through: max(first, last), by: step))
      }
    }
    return (texts.joined(separator: ","), values)
  }
}
