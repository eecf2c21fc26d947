/// Numbers as a row of bars.
enum Sparkline {
  /// Draws the last `columns` values, scaled to the largest; blank before the first.
  static func text(_ values: [Double], columns: Int, theme: Theme) -> String {
    let shown = values.suffix(columns)
    let most = shown.max() ?? 0
    let bars = shown.map { value in
      value <= 0 || most <= 0 ? theme.bar(0) : theme.bar(max(1, Int((value / most * 7).rounded())))
    }
    return String(repeating: " ", count: columns - bars.count) + String(bars)
  }
}
