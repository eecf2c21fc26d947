/// One field of a cron expression: the values it names, and how it names them.
struct CronField: Equatable, Sendable {
  /// A part of the field between commas.
  enum Item: Equatable, Sendable {
    /// `*`, with a step of 1 where none is given.
    case star(step: Int)
    /// From `first` to `last`, which is beyond the field's end if the range goes over it.
    case range(first: Int, last: Int, step: Int)
    /// `L`: the last day of the month.
    case lastDay
    /// `LW`: the last day of the month from Monday to Friday.
    case lastWorkday
    /// `5L`: the last such day of the month; 0 is Sunday.
    case lastWeekday(Int)
    /// `5#2`: the `nth` such day of the month.
    case weekday(Int, nth: Int)
  }

  /// As typed, in order.
  let items: [Item]
  /// Which of the five it is.
  let form: CronFieldForm
  /// A bit for each value that the items name by number or name; Sunday is 0.
  let bits: UInt64

  init(_ items: [Item], form: CronFieldForm) {
    self.items = items
    self.form = form
    bits = items.reduce(0) { $0 | form.bits(of: $1) }
  }

  /// Whether the field's text begins with `*`.
  var beginsWithStar: Bool {
    if case .star = items.first { true } else { false }
  }

  func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }

  /// The first value from `value` on; nil if there is none before the field's end.
  func first(from value: Int) -> Int? {
    let rest = bits >> UInt64(value)
    return rest == 0 ? nil : value + rest.trailingZeroBitCount
  }

  /// The values in order.
  var values: [Int] { form.range.filter(contains) }

  /// Whether it restricts nothing.
  var isEverything: Bool { values.count == form.range.count }
}

/// The values and names that one of the five fields may hold.
struct CronFieldForm: Equatable, Sendable {
  /// For messages.
  let name: String
  let range: ClosedRange<Int>
  /// The highest number that is read: of weekdays 7, for Sunday.
  let highest: Int
  /// Of the values, in order; empty if they have none.
  let names: [String]
  /// Whether a range may go over the field's end.
  let wraps: Bool

  private init(_ name: String, _ range: ClosedRange<Int>, names: [String] = [], wraps: Bool) {
    self.name = name
    self.range = range
    highest = name == "weekdays" ? 7 : range.upperBound
    self.names = names
    self.wraps = wraps
  }

  static let minutes = CronFieldForm("minutes", 0...59, wraps: false)
  static let hours = CronFieldForm("hours", 0...23, wraps: true)
  static let days = CronFieldForm("days", 1...31, wraps: false)
  static let months = CronFieldForm(
    "months", 1...12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    wraps: true)
  static let weekdays = CronFieldForm(
    "weekdays", 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], wraps: true)

  func bits(of item: CronField.Item) -> UInt64 {
    switch item {
    case .star(let step): bits(from: range.lowerBound, through: range.upperBound, by: step)
    case .range(let first, let last, let step): bits(from: first, through: last, by: step)
    case .lastDay, .lastWorkday, .lastWeekday, .weekday: 0
    }
  }

  private func bits(from first: Int, through last: Int, by step: Int) -> UInt64 {
    stride(from: first, through: last, by: step).reduce(0) { bits, value in
      bits | 1 << UInt64(value > range.upperBound ? value - range.count : value)
    }
  }
}
