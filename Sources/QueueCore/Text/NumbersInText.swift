extension String.StringInterpolation {
  /// Appends a number with leading zeros: `"\(7, digits: 2)"` is `07`.
  public mutating func appendInterpolation(_ value: Int, digits: Int) {
    let text = String(value)
    appendLiteral(String(repeating: "0", count: max(0, digits - text.count)) + text)
  }

  /// Appends a number as people write it: `"\(number: 2.0)"` is `2`, `"\(number: 0.5)"` is `0.5`.
  public mutating func appendInterpolation(number value: Double) {
    let text = value.description
    appendLiteral(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  /// Appends a number with one decimal: `"\(tenths: 1.25)"` is `1.3`.
  public mutating func appendInterpolation(tenths value: Double) {
    let tenths = Int((value * 10).rounded())
    appendLiteral("\(tenths / 10).\(tenths % 10)")
  }

  /// Appends a count and its noun: `"\(1, of: "job")"` is `1 job`, `"\(3, of: "job")"` is `3 jobs`.
  public mutating func appendInterpolation(_ count: Int, of noun: String) {
    appendLiteral("\(count) \(noun)\(count == 1 ? "" : "s")")
  }
}
