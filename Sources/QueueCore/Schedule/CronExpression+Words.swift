extension CronExpression {
  /// In English, for people to check: `at 02:30 every day`, `every 15 minutes from 09:00 to 17:59
  /// on every Monday to Friday, in July`.
  public var words: String { "\(timesOfDay) \(dayWords)\(monthWords)" }

  /// More times of day than these are described, not listed.
  private static let listedTimes = 6

  private var timesOfDay: String {
    let (minutes, hours) = (minutes.values, hours.values)
    if minutes.count * hours.count <= Self.listedTimes {
      let times = hours.flatMap { hour in minutes.map { "\(hour, digits: 2):\($0, digits: 2)" } }
      return "at \(English.list(times))"
    }
    let everyHour = hours.count == 24
    if minutes.count > 1, let step = Self.evenStep(minutes) {
      let often = step == 1 ? "every minute" : "every \(step) minutes"
      return everyHour ? often : "\(often) \(hourSpan)"
    }
    let marks = English.list(English.runs(self.minutes) { ":\($0, digits: 2)" })
    return "at \(marks) of " + (everyHour ? "every hour" : "the hours \(hourList)")
  }

  /// The distance of the minutes, if that is the same over the full hour.
  private static func evenStep(_ minutes: [Int]) -> Int? {
    let step = 60 / minutes.count
    return minutes == Array(stride(from: 0, to: 60, by: step)) ? step : nil
  }

  private var hourList: String { English.list(English.runs(hours) { "\($0)" }) }

  private var hourSpan: String {
    let runs = hours.runs
    guard let run = runs.first, runs.count == 1 else { return "in the hours \(hourList)" }
    return "from \(run.first, digits: 2):00 to \(run.last, digits: 2):59"
  }

  /// Which days of a month it names, as notes and ``words`` have it.
  var dayWords: String {
    let byDate = days.isEverything ? nil : dateWords
    let byWeekday = weekdays.isEverything ? nil : weekdayWords
    switch (byDate, byWeekday) {
    case (nil, nil): return "every day"
    case (let date?, nil): return needsBothDays ? "on \(date)" : "every day"
    case (nil, let weekday?): return needsBothDays ? "on \(weekday)" : "every day"
    case (let date?, let weekday?):
      return needsBothDays ? "on \(weekday), if it is \(date)" : "on \(date) and on \(weekday)"
    }
  }

  /// `the 1st and 15th`.
  private var dateWords: String {
    let special = days.items.compactMap { item -> String? in
      switch item {
      case .lastDay: "last day"
      case .lastWorkday: "last Monday-to-Friday"
      case .star, .range, .lastWeekday, .weekday: nil
      }
    }
    let names = English.runs(days, name: English.ordinal) + special
    return "the \(English.list(names))" + (special.isEmpty ? "" : " of the month")
  }

  /// `every Monday to Friday`, `the last Friday of the month`.
  private var weekdayWords: String {
    let special = weekdays.items.compactMap { item -> String? in
      switch item {
      case .lastWeekday(let day): "the last \(English.weekdays[day]) of the month"
      case .weekday(let day, let nth):
        "the \(English.ordinal(nth)) \(English.weekdays[day]) of the month"
      case .star, .range, .lastDay, .lastWorkday: nil
      }
    }
    let every = English.runs(weekdays) { English.weekdays[$0] }
    return English.list((every.isEmpty ? [] : ["every \(English.list(every))"]) + special)
  }

  private var monthWords: String {
    guard !months.isEverything else { return "" }
    return ", in \(English.list(English.runs(months) { English.months[$0 - 1] }))"
  }
}

extension CronField {
  /// Values that follow each other, from the first to the last; over the field's end where ranges
  /// may go over it.
  var runs: [(first: Int, last: Int)] {
    var runs: [(first: Int, last: Int)] = []
    for value in values {
      if let last = runs.last?.last, last + 1 == value {
        runs[runs.count - 1].last = value
      } else {
        runs.append((value, value))
      }
    }
    if form.wraps, runs.count > 1, let last = runs.last, last.last == form.range.upperBound,
      runs[0].first == form.range.lowerBound
    {
      let start = runs.removeFirst()
      runs[runs.count - 1].last = start.last
    }
    return runs
  }
}

/// Names and lists in English.
enum English {
  static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// `a, b and c`.
  static func list(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return "\(parts.dropLast().joined(separator: ", ")) and \(last)"
  }

  /// `1st`, `22nd`, `13th`.
  static func ordinal(_ number: Int) -> String {
    switch (number % 10, number / 10 % 10) {
    case (1, let tens) where tens != 1: "\(number)st"
    case (2, let tens) where tens != 1: "\(number)nd"
    case (3, let tens) where tens != 1: "\(number)rd"
    default: "\(number)th"
    }
  }

  /// A field's values, three or more in a row as `first to last`.
  static func runs(_ field: CronField, name: (Int) -> String) -> [String] {
    field.runs.flatMap { run in
      let length = run.last - run.first + (run.last < run.first ? field.form.range.count : 0) + 1
      return switch length {
      case 1: [name(run.first)]
      case 2: [name(run.first), name(run.last)]
      default: ["\(name(run.first)) to \(name(run.last))"]
      }
    }
  }
}
