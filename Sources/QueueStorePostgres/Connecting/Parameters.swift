/// The parameters of one statement, in order; the first is `$1`.
struct Parameters {
  private(set) var types: [UInt32] = []
  private(set) var values: [String?] = []

  init() {}

  init<each Value: PostgresValue>(_ values: repeat each Value) {
    for value in repeat each values { add(value) }
  }

  /// Adds a value and returns its place, such as `$3`.
  @discardableResult
  mutating func add<Value: PostgresValue>(_ value: Value) -> String {
    types.append(Value.type)
    values.append(value.parameter)
    return "$\(values.count)"
  }
}

/// Arrays of C strings for libpq.
enum TextArray {
  /// Calls `body` with the texts, which it must not keep; nil becomes a null pointer.
  static func with<Result>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    // One block for all texts: a statement may have many.
    var bytes: [CChar] = []
    let starts = texts.map { text -> Int? in
      guard let text else { return nil }
      let start = bytes.count
      bytes.append(contentsOf: text.utf8.lazy.map(CChar.init(bitPattern:)))
      bytes.append(0)
      return start
    }
    return bytes.withUnsafeBufferPointer { block in
      let pointers = starts.map { start in start.flatMap { block.baseAddress?.advanced(by: $0) } }
      // A null pointer ends the list of keywords.
      let ended = ContiguousArray(pointers + [nil])
      return ended.withUnsafeBufferPointer { list in
        guard let start = list.baseAddress else { preconditionFailure("the list has an end") }
        return body(start)
      }
    }
  }
}
