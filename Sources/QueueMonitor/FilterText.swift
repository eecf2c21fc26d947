import QueueCore

/// What is typed after `/`: words that a job must all have, in its id, its command or its last error.
///
/// `!word` means without it; `"two words"` is one. `id:` `cmd:` `err:` look in one place; `exit:1` (or `KILL`, `TIME`, `LOST`),
/// `try:>2`, `age:>10m`, `worker:w2` and `queue:mail` compare. Upper and lower case are alike.
struct FilterText: Equatable, Sendable {
  /// As it was typed.
  let text: String
  private let terms: [Term]
  /// What can't be understood of it, and what would be; such a term is left out.
  let problem: String?

  init(_ text: String) {
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
  var isEmpty: Bool { terms.isEmpty }

  /// Whether a job meets all of it.
  func matches(_ job: Job, at now: Moment) -> Bool {
    terms.allSatisfy { $0.test.holds(for: job, at: now) != $0.isNegated }
  }

  /// What of it a store can look for by itself.
  func narrow(_ query: inout JobQuery) {
    for term in terms where !term.isNegated {
      switch term.test {
      case .queue(let name): query.queue = name
      case .exit(let text): query.exitCode = Int(text)
      default: break
      }
    }
  }

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
private struct Term: Equatable, Sendable {
  var isNegated: Bool
  var test: Test

  enum Test: Equatable, Sendable {
    case anywhere(String), id(String), command(String), error(String)
    case exit(String), worker(String), queue(String)
    case tries(Comparison, Int)
    case age(Comparison, Duration)
  }

  enum Comparison: Equatable, Sendable {
    case below, equal, above

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .below: left < right
      case .equal: left == right
      case .above: left > right
      }
    }
  }

  /// What the fields that compare take.
  static let usage = [
    "try": "try: takes a number, as in try:>2", "age": "age: takes a time, as in age:>10m",
  ]

  /// Nil for a field whose value isn't right or isn't there yet.
  init?(_ word: String) {
    isNegated = word.hasPrefix("!")
    let word = isNegated ? String(word.dropFirst()) : word
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count == 2 ? String(parts[1]) : ""
    switch parts.count == 2 ? parts[0].lowercased() : "" {
    case "id": test = .id(value.lowercased())
    case "cmd": test = .command(value.lowercased())
    case "err": test = .error(value.lowercased())
    case "exit": test = .exit(value.uppercased())
    case "worker": test = .worker(value.lowercased())
    case "queue": test = .queue(value)
    case "try":
      guard let (comparison, number) = Self.compared(value, { Int($0) }) else { return nil }
      test = .tries(comparison, number)
    case "age":
      guard let (comparison, age) = Self.compared(value, { Duration(text: $0) }) else { return nil }
      test = .age(comparison, age)
    default: test = .anywhere(word.lowercased())
    }
    if value.isEmpty, parts.count == 2 || word.isEmpty { return nil }
  }

  private static func compared<Value>(
    _ text: String, _ read: (String) -> Value?
  ) -> (Comparison, Value)? {
    let comparison: Comparison =
      text.hasPrefix(">") ? .above : text.hasPrefix("<") ? .below : .equal
    return read(comparison == .equal ? text : String(text.dropFirst())).map { (comparison, $0) }
  }
}

extension Term.Test {
  func holds(for job: Job, at now: Moment) -> Bool {
    switch self {
    case .anywhere(let word):
      job.id.text.lowercased().contains(word) || job.command.lowercased().contains(word)
        || (job.latestRun?.error ?? "").lowercased().contains(word)
    case .id(let word): job.id.text.lowercased().contains(word)
    case .command(let word): job.command.lowercased().contains(word)
    case .error(let word): (job.latestRun?.error ?? "").lowercased().contains(word)
    case .exit(let text): RunResult.short(job.latestRun) == text
    case .worker(let text): job.latestRun?.worker.description == text
    case .queue(let name): job.queue == name
    case .tries(let comparison, let number): comparison.holds(job.attempts, number)
    case .age(let comparison, let age): comparison.holds(now.wall - job.updatedAt, age)
    }
  }
}
