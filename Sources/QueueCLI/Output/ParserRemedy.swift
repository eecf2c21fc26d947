import QueueCore

/// Remedies for errors of the parser, which knows options but not what was meant.
enum ParserRemedy {
  /// Returns a line to print below the parser's message; nil for none.
  /// - Parameter words: the command line, from the program on.
  static func line(for message: String, in words: [String]) -> String? {
    let isExtra = message.contains("nexpected argument")
    if isExtra, hasSplitCron(words) { return "Help:  Quote the fields of --cron: '30 2 * * *'" }
    if isExtra, words.dropFirst().starts(with: ["schedule", "add"]), !words.contains("--cron"),
      let cron = words.dropFirst(3).first(where: { (try? CronExpression($0)) != nil })
    {
      return "Help:  Give the times as an option: --cron '\(cron)'"
    }
    if isExtra, words.dropFirst().starts(with: ["worker", "start"]),
      let count = words.dropFirst(3).last(where: { Int($0) != nil })
    {
      return "Help:  Give the number as an option: --count \(count)"
    }
    if words.dropFirst().first == "stats", message.contains("option '--tag'") {
      return "Help:  Statistics are kept by queue, not by tag: queuectl stats --queue NAME; "
        + "to count a tag's jobs: queuectl status --tag NAME"
    }
    if words.dropFirst().first == "schedule", message.contains("option '--command'") {
      return "Help:  The command line follows the name: queuectl schedule edit NAME 'make all'"
    }
    return nil
  }

  /// Whether the shell passed the fields as several words.
  private static func hasSplitCron(_ words: [String]) -> Bool {
    guard let flag = words.firstIndex(of: "--cron") else { return false }
    let rest = words[(flag + 1)...]
    guard let first = rest.first, rest.count > 1 else { return false }
    return !first.contains(" ") && !first.hasPrefix("@")
  }
}
