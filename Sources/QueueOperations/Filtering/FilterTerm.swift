import QueueCore
import QueueHost

/// One word of a ``FilterText``.
enum FilterTerm: Equatable, Sendable {
  case condition(JobPredicate)
  /// Time since the last change of state: at least this, or less.
  case age(atLeast: Bool, Duration, isNegated: Bool)
  /// The last change of state was before a time as typed, or then or later.
  case changed(before: Bool, String, isNegated: Bool)
  /// The run time of the latest run.
  case runTime(JobPredicate.Comparison, Duration, isNegated: Bool)
  /// Part of the name of the latest run's host.
  case host(String, isNegated: Bool)

  /// What to type instead of an invalid word.
  struct Usage: Error { var text: String }

  func condition(
    at now: Moment, workers: () throws(StoreError) -> [WorkerRecord]
  ) throws(StoreError) -> JobPredicate {
    switch self {
    case .condition(let condition): return condition
    case .age(let isAtLeast, let age, let isNegated):
      let since = Timestamp(milliseconds: now.wall.milliseconds - age.milliseconds)
      return JobPredicate(.updated(isAtLeast ? .below : .above, since), isNegated: isNegated)
    case .changed(let isBefore, let text, let isNegated):
      // A time that is still ahead is later than all changes, as now is.
      let time = LocalTime.past(text, before: now.wall) ?? now.wall
      return JobPredicate(.updated(.below, time), isNegated: isNegated == isBefore)
    case .runTime(let comparison, let time, let isNegated):
      return JobPredicate(.runTime(comparison, time, at: now.wall), isNegated: isNegated)
    case .host(let name, let isNegated):
      let known = try workers().filter { $0.process.host.lowercased().contains(name) }
      return JobPredicate(.workers(known.map(\.id)), isNegated: isNegated)
    }
  }

  // MARK: Parsing

  /// Every field, with the usage of those that can be invalid: for each filter of the commands one
  /// of the same name, or `is:` for a flag.
  private static let fields: [(name: String, usage: String)] = [
    ("id", ""), ("cmd", ""), ("err", ""), ("queue", ""), ("host", ""), ("schedule", ""),
    ("tag", ""), ("search", ""),
    ("exit", "exit: takes 1, 1-5, 1,2, >1, TIME, LOST, or a signal such as KILL"),
    ("attempt", "attempt: takes a number, as in attempt:>=2"),
    ("age", "age: takes a time, as in age:>10m"),
    ("older-than", "older-than: takes a time, as in older-than:2h or older-than:22:00"),
    ("newer-than", "newer-than: takes a time, as in newer-than:2h or newer-than:yesterday"),
    ("is", "is: takes blocked"),
    ("run", "run: takes a time, as in run:>10s"),
    ("pri", "pri: takes a number, as in pri:>=5"),
    ("state", "state: takes " + JobState.allCases.map(\.rawValue).joined(separator: ", ")),
    ("worker", "worker: takes a worker, as in worker:w2"),
  ]

  private static let otherNames = ["try": "attempt"]

  /// - Returns: nil for a word that is still incomplete, such as `id:`.
  static func parse(_ word: String, isQuoted: Bool) -> Result<FilterTerm?, Usage> {
    let isNegated = word.hasPrefix("!")
    let word = isNegated ? String(word.dropFirst()) : word
    guard !word.isEmpty else { return .success(nil) }
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts[0].lowercased()
    let field = fields.first { $0.name == otherNames[name] ?? name }
    guard !isQuoted, parts.count == 2, !parts[1].hasPrefix("//"), !name.isEmpty,
      field != nil || name.allSatisfy({ $0.isASCII && $0.isLetter })
    else { return .success(.condition(JobPredicate(.anywhere(word), isNegated: isNegated))) }
    guard let field else {
      return .failure(
        Usage(text: "\(name): isn't a field; quote the word to search for it, ? lists the fields"))
    }
    let value = String(parts[1])
    if value.isEmpty {
      return field.usage.isEmpty ? .success(nil) : .failure(Usage(text: field.usage))
    }
    guard let term = term(field.name, value, isNegated) else {
      return .failure(Usage(text: field.usage))
    }
    return .success(term)
  }

  private static func term(_ field: String, _ value: String, _ isNegated: Bool) -> FilterTerm? {
    let time = { (text: String) in Duration(text: text) }
    switch field {
    case "age":
      return compared(value, time).map {
        .age(atLeast: $0 != .below, $1, isNegated: isNegated)
      }
    case "older-than", "newer-than":
      guard LocalTime.past(value, before: .latest) != nil else { return nil }
      return .changed(before: field == "older-than", value, isNegated: isNegated)
    case "run":
      return compared(value, time).map { comparison, time in
        // A time alone means at least that; `>=` is `>`, and `<=` is `<`, a millisecond beside it.
        let step = Duration.milliseconds(comparison == .below ? 1 : -1)
        let isExclusive = comparison != .equal && !value.dropFirst().hasPrefix("=")
        return .runTime(
          comparison == .equal ? .above : comparison, isExclusive ? time : time + step,
          isNegated: isNegated)
      }
    case "host": return .host(value.lowercased(), isNegated: isNegated)
    default:
      return test(field, value).map { .condition(JobPredicate($0, isNegated: isNegated)) }
    }
  }

  private static func test(_ field: String, _ value: String) -> JobPredicate.Test? {
    switch field {
    case "search": .anywhere(value)
    case "is": value.lowercased() == "blocked" ? .blocked : nil
    case "id": .id(value)
    case "cmd": .command(value)
    case "err": .error(value)
    case "queue": .queue(value)
    case "schedule": .schedule(value)
    case "tag": .tag(value)
    case "exit": statuses(value).map { .exit($0) } ?? RunResult.test(short: value.uppercased())
    case "worker": WorkerID(value.lowercased()).map { .workers([$0]) }
    case "attempt": number(value).map { .attempts($0, $1) }
    case "pri": number(value).map { .priority($0, $1) }
    case "state": JobState(typed: value).map { .state($0) }
    default: nil
    }
  }

  /// `1-5,7` as on the command line, or a comparison.
  private static func statuses(_ text: String) -> ExitStatusSet? {
    if let set = ExitStatusSet(text, among: ExitStatusSet.all) { return set }
    let all = ExitStatusSet.all
    guard let (comparison, number) = number(text), all.contains(number) else { return nil }
    switch comparison {
    case .equal: return ExitStatusSet(number...number)
    case .above: return number < all.upperBound ? ExitStatusSet(number + 1...all.upperBound) : nil
    case .below: return number > all.lowerBound ? ExitStatusSet(all.lowerBound...number - 1) : nil
    }
  }

  /// `>=2` is `>1`.
  private static func number(_ text: String) -> (JobPredicate.Comparison, Int)? {
    guard let (comparison, number) = compared(text, { Int($0) }),
      (-1_000_000_000...1_000_000_000).contains(number)
    else { return nil }
    let isInclusive = text.dropFirst().hasPrefix("=")
    switch comparison {
    case .above where isInclusive: return (.above, number - 1)
    case .below where isInclusive: return (.below, number + 1)
    case .above, .below, .equal: return (comparison, number)
    }
  }

  private static func compared<Value>(
    _ text: String, _ read: (String) -> Value?
  ) -> (JobPredicate.Comparison, Value)? {
    let comparison: JobPredicate.Comparison =
      text.hasPrefix(">") ? .above : text.hasPrefix("<") ? .below : .equal
    var rest = comparison == .equal ? Substring(text) : text.dropFirst()
    if rest.hasPrefix("=") { rest = rest.dropFirst() }
    return read(String(rest)).map { (comparison, $0) }
  }
}
