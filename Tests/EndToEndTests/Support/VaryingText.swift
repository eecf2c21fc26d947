import Foundation

/// Compares an example with a command's output, except for parts that vary:
///
/// - dates, times of day and durations (except backoffs), memory sizes, pids, worker names,
///   generated ids and run names, and which worker has done how much;
/// - the number of spaces between words, because those parts have different widths;
/// - the order of lines that begin with a time of day or a worker, because workers run in parallel;
/// - notes of waiting commands, which depend on the duration.
///
/// A line `…` matches any number of lines.
struct VaryingText {
  private let lines: [String]

  init(_ lines: [String]) {
    self.lines =
      lines.map(Self.normalized)
      .filter { !$0.hasPrefix("queuectl: waiting for ") }
  }

  /// Whether the printed line matches `shown`.
  func isShown(by shown: VaryingText) -> Bool {
    let (unordered, ordered) = split
    let (shownUnordered, shownOrdered) = shown.split
    let isCut = shown.lines.contains("…")
    return Self.contains(unordered, shownUnordered, mayHaveMore: isCut)
      && Self.matches(ordered[...], shownOrdered[...])
  }

  private var split: (unordered: [String], ordered: [String]) {
    (lines.filter(Self.mayComeAnywhere), lines.filter { !Self.mayComeAnywhere($0) })
  }

  private static func mayComeAnywhere(_ line: String) -> Bool {
    line.hasPrefix("TIME ") || line.hasPrefix("WORKER ")
  }

  private static func contains(
    _ printed: [String], _ shown: [String], mayHaveMore: Bool
  ) -> Bool {
    var left = printed
    for line in shown {
      guard let index = left.firstIndex(of: line) else { return false }
      left.remove(at: index)
    }
    return mayHaveMore || left.isEmpty
  }

  private static func matches(_ printed: ArraySlice<String>, _ shown: ArraySlice<String>) -> Bool {
    guard let first = shown.first else { return printed.isEmpty }
    guard first == "…" else {
      return printed.first == first && matches(printed.dropFirst(), shown.dropFirst())
    }
    return (printed.startIndex...printed.endIndex).contains { start in
      matches(printed[start...], shown.dropFirst())
    }
  }

  /// Applied in this order.
  private static let rules: [(pattern: String, replacement: String)] = [
    (#"\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?"#, "TIME"),
    (#"\b\d\d:\d\d:\d\d\b"#, "TIME"),
    (#"^w\d+ +\d+ +\S+( .*) \d+ +\d+$"#, "WORKER PID HOST$1"),
    (#"^supervisor +\d+ +\S+"#, "SUPERVISOR PID HOST"),
    (#"\bw\d+\b"#, "WORKER"),
    (#"("pid": ?|\bprocess )\d+"#, "$1PID"),
    (#"("host": ?)"[^"]*""#, "$1HOST"),
    (#"\b[0-9][0-9a-z]{10}\b"#, "ID"),
    (#"\b[0-9a-f]{12}-\d+\b"#, "RUN"),
    (#"\(pid \d+\)"#, "(pid PID)"),
    (#"("(elapsed|waited|cpu_time|peak_memory_bytes)": ?)[\d.]+"#, "$1NUMBER"),
    (#"(?<!retry \d{1,4} of \d{1,4} in )\b(\d+(\.\d+)?(ms|s|m|h|d))+\b"#, "DURATION"),
    (#"\b\d+(\.\d+)?[kMG]?B\b"#, "SIZE"),
    (#" +"#, " "),
    (#" $"#, ""),
  ]

  private static func normalized(_ line: String) -> String {
    rules.reduce(line) { line, rule in
      line.replacingOccurrences(
        of: rule.pattern, with: rule.replacement, options: .regularExpression)
    }
  }
}
