/// The fields of `--cron` that the shell passed as several words.
enum CronWords {
  /// Returns the remedy; nil if the value is one word, as it must be.
  static func remedy(in words: [String]) -> String? {
    guard let flag = words.firstIndex(of: "--cron") else { return nil }
    let rest = words[(flag + 1)...]
    guard let first = rest.first, rest.count > 1, !first.contains(" "), !first.hasPrefix("@") else {
      return nil
    }
    return "Help:  Quote the fields of --cron: '30 2 * * *'"
  }
}
