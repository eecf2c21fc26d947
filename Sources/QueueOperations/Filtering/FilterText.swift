package import QueueCore

/// A filter as typed after `/`: every word must match. `!` negates a word, quotes join words.
/// A bare word searches id, command and last error; `id:`, `cmd:` and `err:` search one of them.
/// `exit:1` (or `KILL`, `TIME`, `LOST`), `try:>2`, `age:>10m`, `worker:w2`, `queue:mail` compare.
package struct FilterText: Equatable, Sendable {
  /// The text as typed.
  package let text: String
  private let terms: [Term]
  /// The usage of the first invalid term, which is ignored; nil if all are valid.
  package let problem: String?

  package init(_ text: String) {
    self.text = text
    var terms: [Term] = []
    var problem: String?
    for word in Self.words(text) {
      if let term = Term(word) {
        terms.append(term)
      } else if problem == nil, let name = word.split(separator: ":").first {
        problem = Term.usage[name.drop { $0 == "!" }.lowercased()]
      }
    }
    self.terms = terms
    self.problem = problem
  }

  /// Whether every job matches.
  package var isEmpty: Bool { terms.isEmpty }

  /// The predicates that must all hold; ages are relative to `now`.
  package func conditions(at now: Moment) -> [JobPredicate] { terms.map { $0.condition(at: now) } }

  /// Splits at spaces outside quotes and drops the quotes.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == " ", !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }
}

private enum Term: Equatable, Sendable {
  case condition(JobPredicate)
  /// Time since the last change of state: at least this, or less.
  case age(atLeast: Bool, Duration, isNegated: Bool)

  package func condition(at now: Moment) -> JobPredicate {
    switch self {
    case .condition(let condition): return condition
    case .age(let isAtLeast, let age, let isNegated):
      let since = Timestamp(milliseconds: now.wall.milliseconds - age.milliseconds)
      return JobPredicate(.updated(isAtLeast ? .below : .above, since), isNegated: isNegated)
    }
  }

  /// Usage by field, for invalid values.
  package static let usage = [
    "try": "try: takes a number, as in try:>2", "age": "age: takes a time, as in age:>10m",
    "exit": "exit: takes a number, TIME, LOST, or a signal such as KILL",
    "worker": "worker: takes a worker, as in worker:w2",
  ]

  /// Nil for an invalid or incomplete value.
  package init?(_ word: String) {
    let isNegated = word.hasPrefix("!")
    let word = isNegated ? String(word.dropFirst()) : word
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let field = parts.count == 2 ? parts[0].lowercased() : ""
    let value = parts.count == 2 ? String(parts[1]) : ""
    if value.isEmpty, parts.count == 2 || word.isEmpty { return nil }
    if field == "age" {
      guard let (comparison, age) = Self.compared(value, { Duration(text: $0) }) else { return nil }
      self = .age(atLeast: comparison != .below, age, isNegated: isNegated)
      return
    }
    guard let test = Self.test(field, value) ?? (Self.usage[field] == nil ? .anywhere(word) : nil)
    else { return nil }
    self = .condition(JobPredicate(test, isNegated: isNegated))
  }

  private static func test(_ field: String, _ value: String) -> JobPredicate.Test? {
    switch field {
    case "id": .id(value)
    case "cmd": .command(value)
    case "err": .error(value)
    case "queue": .queue(value)
    case "exit": RunResult.test(short: value.uppercased())
    case "worker": WorkerID(value.lowercased()).map { .worker($0) }
    case "try": compared(value) { Int($0) }.map { .attempts($0, $1) }
    default: nil
    }
  }

  private static func compared<Value>(
    _ text: String, _ read: (String) -> Value?
  ) -> (JobPredicate.Comparison, Value)? {
    let comparison: JobPredicate.Comparison =
      text.hasPrefix(">") ? .above : text.hasPrefix("<") ? .below : .equal
    return read(comparison == .equal ? text : String(text.dropFirst())).map { (comparison, $0) }
  }
}
