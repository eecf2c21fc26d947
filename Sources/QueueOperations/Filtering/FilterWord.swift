/// Words of a ``FilterText``, made from values.
package enum FilterWord {
  /// Matches jobs of a queue.
  package static func queue(_ name: String) -> String { word("queue", name) }

  /// Matches jobs whose last run ended like that, see ``RunResult``; empty for any end.
  package static func exit(_ short: String) -> String { short.isEmpty ? "" : word("exit", short) }

  /// Matches jobs whose last error has these texts in it; quotes can't be matched, and end a text.
  package static func error(_ pieces: [Substring]) -> String {
    let texts: [Substring] = pieces.flatMap { (piece: Substring) in piece.split(separator: "\"") }
    let words = texts.filter { text in text.contains { $0 != " " } }
    return words.map { word("err", String($0)) }.joined(separator: " ")
  }

  private static func word(_ field: String, _ value: String) -> String {
    value.contains(" ") ? "\(field):\"\(value)\"" : "\(field):\(value)"
  }
}
