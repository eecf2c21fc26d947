/// The days and times that an expression names, as calendars and clocks count.
extension CronExpression {
  /// The Gregorian calendar repeats after 400 years, weekdays included.
  static let daysOfCycle: Int64 = 146_097

  /// The first local time after `local` and before `end`, both in seconds from 1970-01-01 00:00.
  /// - Returns: nil if there is none, or none within 400 years.
  func firstMinute(after local: Int64, before end: Int64) -> Int64? {
    let minute = local.floorDivided(by: 60) + 1
    let today = minute.floorDivided(by: 1440)
    let lastDay = min((end - 1).floorDivided(by: 86_400), today + Self.daysOfCycle)
    var day = today
    while let found = firstDay(from: day, before: lastDay + 1) {
      let earliest = found == today ? Int(minute - today * 1440) : 0
      if let time = firstTime(from: earliest) {
        let first = (found * 1440 + Int64(time)) * 60
        return first < end ? first : nil
      }
      day = found + 1
    }
    return nil
  }

  /// The first day from `day` on, before `end`, both in days from 1970-01-01.
  func firstDay(from day: Int64, before end: Int64) -> Int64? {
    var day = day
    while day < end {
      let date = CivilDate(dayNumber: day)
      let length = CivilDate.length(ofMonth: date.month, year: date.year)
      if months.contains(date.month) {
        for step in 0...Int64(length - date.day) where day + step < end {
          let weekday = CivilDate.weekday(of: day + step)
          if isDay(date.day + Int(step), weekday: weekday, length: length) { return day + step }
        }
      }
      day += Int64(length - date.day + 1)
    }
    return nil
  }

  /// The first minute of a day from `minute` on.
  private func firstTime(from minute: Int) -> Int? {
    guard minute < 1440 else { return nil }
    if hours.contains(minute / 60), let found = minutes.first(from: minute % 60) {
      return minute / 60 * 60 + found
    }
    guard let hour = hours.first(from: minute / 60 + 1), let first = minutes.first(from: 0) else {
      return nil
    }
    return hour * 60 + first
  }

  private func isDay(_ day: Int, weekday: Int, length: Int) -> Bool {
    let isDay =
      days.contains(day) || days.items.contains { $0.isDay(day, weekday: weekday, length: length) }
    if isDay != needsBothDays { return isDay }
    return weekdays.contains(weekday)
      || weekdays.items.contains { $0.isDay(day, weekday: weekday, length: length) }
  }
}

extension CronField.Item {
  /// Whether it names a day by its place in the month.
  fileprivate func isDay(_ day: Int, weekday: Int, length: Int) -> Bool {
    switch self {
    case .star, .range: return false
    case .lastDay: return day == length
    case .lastWorkday:
      let isFriday = weekday == 5 && day + 2 >= length
      return isFriday || day == length && (1...5).contains(weekday)
    case .lastWeekday(let wanted): return weekday == wanted && day + 7 > length
    case .weekday(let wanted, let nth): return weekday == wanted && (day - 1) / 7 + 1 == nth
    }
  }
}
