package import QueueCore

/// A filter as typed after `/`: every word must match. `!` negates a word, quotes join words.
/// A bare or quoted word searches id, command and last error; `id:`, `cmd:` and `err:` search one
/// of them. ``FilterTerm`` has the other fields. A field that doesn't exist is invalid.
package struct FilterText: Equatable, Sendable {
  /// The text as typed.
  package let text: String
  private let terms: [FilterTerm]
  /// The usage of the first invalid term, which is ignored; nil if all are valid.
  package let problem: String?

  package init(_ text: String) {
    self.text = text
    var terms: [FilterTerm] = []
    var problem: String?
    for word in Self.words(text) {
      switch FilterTerm.parse(word.text, isQuoted: word.isQuoted) {
      case .success(let term): terms.append(contentsOf: term.map { [$0] } ?? [])
      case .failure(let usage): problem = problem ?? usage.text
      }
    }
    self.terms = terms
    self.problem = problem
  }

  /// Whether every job matches.
  package var isEmpty: Bool { terms.isEmpty }

  /// The predicates that must all hold; ages and run times are relative to `now`.
  /// - Parameter workers: returns those of the queue, for `host:`.
  package func conditions(
    at now: Moment, workers: () throws(StoreError) -> [WorkerRecord] = { [] }
  ) throws(StoreError) -> [JobPredicate] {
    var conditions: [JobPredicate] = []
    for term in terms { conditions.append(try term.condition(at: now, workers: workers)) }
    return conditions
  }

  /// Splits at spaces outside quotes and drops the quotes.
  private static func words(_ text: String) -> [(text: String, isQuoted: Bool)] {
    var words: [(text: String, isQuoted: Bool)] = []
    var word = ""
    var (isInQuotes, isQuoted) = (false, false)
    for character in text + " " {
      if character == "\"" {
        if word.isEmpty || word == "!" { isQuoted = true }
        isInQuotes.toggle()
      } else if character == " ", !isInQuotes {
        if !word.isEmpty { words.append((word, isQuoted)) }
        (word, isQuoted) = ("", false)
      } else {
        word.append(character)
      }
    }
    // The blank that was added ends no word inside of open quotes.
    if isInQuotes, !word.isEmpty { words.append((String(word.dropLast()), isQuoted)) }
    return words.filter { !$0.text.isEmpty }
  }
}
