/// The text form of a setting's values.
struct SettingForm<Value>: Sendable {
  /// The allowed values, phrased to follow "must be".
  let range: @Sendable () -> String
  /// Formats a value as typed.
  let text: @Sendable (Value) -> String
  /// Parses a value; nil if malformed or out of range.
  let value: @Sendable (String) -> Value?

  /// Accepts `none` for nil, besides the values of `form`.
  static func optional<Wrapped>(_ form: SettingForm<Wrapped>) -> Self where Value == Wrapped? {
    SettingForm(
      range: { "\(form.range()), or none" }, text: { $0.map(form.text) ?? "none" },
      value: { text in
        if text == "none" { return .some(nil) }
        guard let value = form.value(text) else { return nil }
        return .some(value)
      })
  }
}

extension SettingForm<Int> {
  static func whole(_ range: ClosedRange<Int>) -> Self {
    SettingForm(
      range: { "a whole number from \(range.lowerBound) to \(range.upperBound)" },
      text: { String($0) }, value: { Int($0).flatMap { range.contains($0) ? $0 : nil } })
  }

  static func bytes(_ range: ClosedRange<Int>) -> Self {
    bytes(atLeast: range.lowerBound, atMost: range.upperBound) {
      let (lowest, highest) = (ByteCount.text(range.lowerBound), ByteCount.text(range.upperBound))
      return "a size from \(lowest) to \(highest), such as 500KB"
    }
  }

  static func bytes(atLeast lowest: Int) -> Self {
    bytes(atLeast: lowest, atMost: .max) { "a size of at least \(ByteCount.text(lowest))" }
  }

  private static func bytes(
    atLeast lowest: Int, atMost highest: Int, range: @escaping @Sendable () -> String
  ) -> Self {
    SettingForm(
      range: range, text: { ByteCount.text($0) },
      value: { ByteCount.parse($0).flatMap { lowest <= $0 && $0 <= highest ? $0 : nil } })
  }
}

extension SettingForm<Double> {
  static func number(_ range: ClosedRange<Double>, _ rangeText: String) -> Self {
    SettingForm(
      range: { "a number from \(rangeText)" },
      text: { Int(exactly: $0).map(String.init) ?? String($0) },
      value: { Double($0).flatMap { range.contains($0) ? $0 : nil } })
  }
}

extension SettingForm<Duration> {
  static func duration(_ range: ClosedRange<Duration>, _ rangeText: String) -> Self {
    SettingForm(
      range: { "a duration from \(rangeText)" }, text: { $0.text },
      value: { Duration(text: $0).flatMap { range.contains($0) ? $0 : nil } })
  }

  static func duration(atLeast lowest: Duration) -> Self {
    SettingForm(
      range: { "a duration of at least \(lowest.text)" }, text: { $0.text },
      value: { Duration(text: $0).flatMap { $0 >= lowest ? $0 : nil } })
  }
}

extension SettingForm<String> {
  static var command: Self {
    SettingForm(
      range: { "a command line" }, text: { $0 },
      value: { text in
        text.contains { !$0.isWhitespace } && !text.utf8.contains(0) ? text : nil
      })
  }
}

extension SettingForm<Bool> {
  static var truth: Self {
    SettingForm(
      range: { "true or false" }, text: { "\($0)" }, value: { Bool($0.lowercased()) })
  }
}

extension SettingForm<Settings.Durability> {
  static var durability: Self {
    SettingForm(
      range: { Settings.Durability.allCases.map(\.rawValue).asAlternatives },
      text: { $0.rawValue }, value: { Settings.Durability(rawValue: $0) })
  }
}
