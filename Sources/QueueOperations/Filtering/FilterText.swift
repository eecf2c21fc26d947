package import QueueCore

/// What is typed after `/`: words that a job must all have, in its id, its command or its last
/// error.
///
/// `!word` means without it; `"two words"` is one. `id:` `cmd:` `err:` look in one place; `exit:1`
/// (or `KILL`, `TIME`, `LOST`), `try:>2`, `age:>10m`, `worker:w2` and `queue:mail` compare.
package struct FilterText: Equatable, Sendable {
  /// As it was typed.
  package let text: String
  private let terms: [Term]
  /// What can't be understood of it, and what would be; such a term is left out.
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

  /// Whether it lets everything through.
  package var isEmpty: Bool { terms.isEmpty }

  /// What must hold for a job, all of it: an age is since when, from `now` on.
  package func conditions(at now: Moment) -> [JobPredicate] { terms.map { $0.condition(at: now) } }

  /// Splits at blanks that aren't in quotes; the quotes go.
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

/// One word of a filter.
private enum Term: Equatable, Sendable {
  case condition(JobPredicate)
  /// How long ago it came into its state: at least, or less than.
  case age(atLeast: Bool, Duration, isNegated: Bool)

  package func condition(at now: Moment) -> JobPredicate {
    switch self {
    case .condition(let condition): return condition
    case .age(let isAtLeast, let age, let isNegated):
      let since = Timestamp(milliseconds: now.wall.milliseconds - age.milliseconds)
      return JobPredicate(.updated(isAtLeast ? .below : .above, since), isNegated: isNegated)
    }
  }

  /// What the fields that compare take.
  package static let usage = [
    "try": "try: takes a number, as in try:>2", "age": "age: takes a time, as in age:>10m",
    "exit": "exit: takes a number, TIME, LOST, or a signal such as KILL",
    "worker": "worker: takes a worker, as in worker:w2",
  ]

  /// Nil for a field whose value isn't right or isn't there yet.
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

  /// Nil for a field that isn't known, and for a value that isn't right.
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
