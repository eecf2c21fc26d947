import QueueCore
import QueueOperations

/// The parameters of an API request, checked.
struct APIParameters {
  /// The job, if the path doesn't name it.
  let id: String
  let queue: String?
  let count: Int?
  let limit: Int?
  let before: RunID?
  /// The first byte of a log.
  let from: Int
  /// The choices of a list of jobs.
  let list: JobList.Choice

  static let mostRows = 500
  static let mostMinutes = 120

  /// - Throws: `invalid` for a parameter that the request doesn't take, and for an invalid value.
  init(_ fields: FormFields, of request: APIRequest) throws(RequestError) {
    let known = request.parameters
    var given: Set<String> = []
    for name in fields.names {
      guard known.contains(name) else {
        let all = known.isEmpty ? "it takes none" : "it takes " + known.joined(separator: ", ")
        throw RequestError(400, "\(quoted: name) isn't a parameter of this path: \(all)")
      }
      guard given.insert(name).inserted else { throw RequestError(400, "\(name) is given twice") }
    }
    guard !known.contains("id") || given.contains("id") else {
      throw RequestError(400, "this path needs id=, or the id in the path: /api/v1/jobs/ID")
    }
    let filter = FilterText(fields["q"] ?? "")
    if let problem = filter.problem { throw RequestError(400, problem) }
    id = fields["id"] ?? ""
    queue = fields["queue"]
    count = try fields.number("count", in: 1...Self.mostMinutes)
    limit = try fields.number("limit", in: 1...Self.mostRows)
    before = try fields.number("before", in: 1...Int.max).map { RunID(Int64($0)) }
    from = try fields.number("from", in: 0...Int.max) ?? 0
    list = JobList.Choice(
      try fields.word("state") { JobState(typed: $0) }, filter: filter,
      sort: try fields.word("sort") { JobOrder.Key(rawValue: $0) },
      isReversed: try fields.value("reverse", "1 or 0") { ["1": true, "0": false][$0] } ?? false,
      after: try fields.value("after", "the \"next\" of a page") { JobPage.Cursor(text: $0) },
      limit: limit ?? JobList.pageSize)
  }
}

extension FormFields {
  /// Returns the value of a parameter as `parse` reads it; nil if it is missing.
  fileprivate func value<Value>(
    _ name: String, _ expected: String, _ parse: (String) -> Value?
  ) throws(RequestError) -> Value? {
    guard let text = self[name] else { return nil }
    guard let value = parse(text) else {
      throw RequestError(400, "\(name) must be \(expected), not \(quoted: text)")
    }
    return value
  }

  fileprivate func number(
    _ name: String, in range: ClosedRange<Int>
  ) throws(RequestError) -> Int? {
    let bounds =
      range.upperBound == .max
      ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
    return try value(name, "a number \(bounds)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  fileprivate func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ parse: (String) -> Word?
  ) throws(RequestError) -> Word? {
    let words = Word.allCases.map { $0.rawValue }.joined(separator: ", ")
    return try value(name, "one of \(words)", parse)
  }
}
