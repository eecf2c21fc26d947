import QueueCore

/// Statements whose values are parameters, and whose rows are read by closures.
extension Connection {
  /// Runs a statement and returns the number of changed rows.
  @discardableResult
  func run<each Value: PostgresValue>(
    _ sql: StaticString, _ values: repeat each Value
  ) throws(StoreError) -> Int {
    var parameters = Parameters()
    for value in repeat each values { parameters.add(value) }
    return try rows(statements.text(of: sql), parameters).changes
  }

  /// Runs a statement and reads its first row; nil for none.
  func first<Result, each Value: PostgresValue>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> Result? {
    var parameters = Parameters()
    for value in repeat each values { parameters.add(value) }
    let rows = try rows(statements.text(of: sql), parameters)
    return rows.count == 0 ? nil : try read(rows[0])
  }

  /// Runs a statement and reads all of its rows.
  func all<Result, each Value: PostgresValue>(
    _ sql: StaticString, _ values: repeat each Value,
    read: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    var parameters = Parameters()
    for value in repeat each values { parameters.add(value) }
    return try Self.read(try rows(statements.text(of: sql), parameters), read)
  }

  /// Runs a statement that was composed at run time.
  func all<Result>(
    composed sql: String, _ parameters: Parameters, read: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    try Self.read(try rows(statements.resolved(sql), parameters), read)
  }

  /// Runs a statement that tells the server's wall clock.
  func timed<Result>(
    _ body: () throws(StoreError) -> Result, wall: (Result) -> Timestamp?
  ) throws(StoreError) -> Result {
    let sent = ServerTime.uptime
    let result = try body()
    if let wall = wall(result) { clock.set(wall, between: sent, and: ServerTime.uptime) }
    return result
  }

  private static func read<Result>(
    _ rows: Rows, _ body: (Row) throws(StoreError) -> Result
  ) throws(StoreError) -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(rows.count)
    for index in 0..<rows.count { results.append(try body(rows[index])) }
    return results
  }

  /// Runs several statements without parameters, such as a migration.
  func execute(_ sql: String) throws(StoreError) {
    _ = try answer { () throws(Failure) in
      try exchange(statements.resolved(sql), nil)
    }
  }

  /// Calls a function that changes the queue by itself, and that recognizes a request repeated
  /// after its answer was lost.
  /// - Parameter isAgain: whether an earlier call with this request had no answer.
  func request(
    _ request: Request, _ body: (_ isAgain: Bool) -> (sql: StaticString, Parameters)
  ) throws(StoreError) -> Rows {
    try answer { () throws(Failure) in
      let (sql, parameters) = body(request.isAgain)
      do throws(Failure) {
        let rows = try exchange(statements.text(of: sql), parameters)
        request.isAgain = false
        return rows
      } catch {
        if case .server = error {} else { request.isAgain = true }
        throw error
      }
    }
  }

  private func rows(_ sql: String, _ parameters: Parameters) throws(StoreError) -> Rows {
    onStatement?(sql, parameters)
    return try answer { () throws(Failure) in try exchange(sql, parameters) }
  }
}
