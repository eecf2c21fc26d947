import QueueCore
import QueueHost

/// A connection for one thread, made when first needed and again after it was lost. Waits in
/// poll(2) with deadlines of its own. Keeps no state of a session on the server, so that it works
/// through a pooler in transaction mode.
final class Connection {
  let address: ServerAddress
  /// How long a statement may wait for locks.
  var busyTimeout = BusyTimeout.usual
  /// The queue's id, which a new connection has to find again; nil before the queue is opened.
  var databaseID: String?
  /// Whether the queue was removed, or replaced by another.
  private(set) var isDisplaced = false
  private(set) var isInTransaction = false
  /// The server's wall clock, as read with the latest answer that told it.
  let clock = ServerTime()
  /// Called with each statement and its parameters; tests look at their plans.
  var onStatement: ((_ sql: String, Parameters) -> Void)?

  private let library: Library
  /// The connection; nil before the first statement and after it was lost.
  private var current: Link?
  var statements: StatementTexts
  /// The first failure within a transaction, which decides whether it is repeated.
  private var failure: Failure?

  typealias Failure = Link.Failure

  /// Makes no connection yet.
  init(_ address: ServerAddress, library: Library) {
    self.address = address
    self.library = library
    statements = StatementTexts(schema: address.schema)
  }

  // MARK: - Transactions

  /// Runs reads on one snapshot.
  func read<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    guard !isInTransaction else { return try body() }
    try begin {
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT \(Self.planning)"
    }
    defer { isInTransaction = false }
    do throws(StoreError) {
      let result = try body()
      // A failed COMMIT of reads loses nothing.
      _ = try? exchange("COMMIT", nil)
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  /// Runs a change. Outside another change, it is repeated after a transient failure.
  func write<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    let start = ContinuousClock.now
    var repeats = 0
    while true {
      do throws(StoreError) {
        return try typed { try writeOnce(body) }
      } catch {
        guard !isInTransaction, let failure, repeats < Self.mostRepeats,
          failure.isPassing, ContinuousClock.now - start < busyTimeout.duration
        else { throw error }
        repeats += 1
      }
    }
  }

  private static let mostRepeats = 3

  /// All statements read few rows along an index. By its estimates alone, PostgreSQL would scan and
  /// sort tables of 100,000 jobs for a page of them, above all when a bulk of jobs has just come,
  /// and compile the plan for longer than it runs.
  private static let planning = [
    ("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"),
    ("enable_sort", "off"), ("jit", "off"), ("max_parallel_workers_per_gather", "0"),
  ].map { "set_config('\($0)', '\($1)', true)" }.joined(separator: ", ")

  /// Runs a change once, whose body may throw any error. Within another, it is a part of that one.
  func writeOnce<Result>(_ body: () throws -> Result) throws -> Result {
    guard !isInTransaction else { return try body() }
    let milliseconds = busyTimeout.duration.milliseconds
    var number: Int64 = 0
    try begin(
      // A commit is acknowledged when it is durable, whatever the server's default. A process that
      // is stopped between two statements doesn't keep its locks.
      {
        """
        BEGIN; SELECT txid_current(), set_config('lock_timeout', '\(milliseconds)ms', true),
          set_config('idle_in_transaction_session_timeout', '60s', true),
          set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit')
            IN ('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, true),
          \(Self.planning)
        """
      }, { number = $0[0].int64(0) })
    do {
      let result = try body()
      try commit(number)
      isInTransaction = false
      return result
    } catch {
      rollBack()
      isInTransaction = false
      throw error
    }
  }

  private func begin(
    _ sql: () -> String, _ read: (Rows) -> Void = { _ in }
  ) throws(StoreError) {
    let rows = try answer { () throws(Failure) in try exchange(sql(), nil) }
    read(rows)
    failure = nil
    isInTransaction = true
  }

  private func rollBack() {
    if current != nil, (try? exchange("ROLLBACK", nil)) == nil { current = nil }
  }

  /// Commits. If the answer is lost, asks the server for the fate of the transaction.
  private func commit(_ number: Int64) throws(StoreError) {
    do throws(Failure) {
      let rows = try exchange("COMMIT", nil)
      // A transaction in which a statement failed answers so, without an error.
      guard rows.command == "COMMIT" else {
        throw Failure.server(ServerError(state: "25P02", message: "a statement had failed"))
      }
    } catch {
      failure = error
      if case .server = error { throw storeError(error) }
      current = nil
      // A change of unknown fate must not be repeated.
      failure = nil
      guard try !wasCommitted(number) else { return }
      failure = error
      throw storeError(error)
    }
  }

  private func wasCommitted(_ number: Int64) throws(StoreError) -> Bool {
    let deadline = ContinuousClock.now + Self.reconnectTime
    isInTransaction = false
    while true {
      let status: String?
      do throws(StoreError) {
        status = try first("SELECT txid_status($1)", number) { row in row.optionalText(0) } ?? nil
      } catch {
        // A server that lost the number, after a failover, has lost the change.
        guard error.cause == StoreError.number("22023") else {
          throw StoreError.unknownFate(address)
        }
        return false
      }
      switch status {
      case "committed": return true
      case "aborted": return false
      case "in progress" where ContinuousClock.now < deadline: Poll.pause(Self.pause)
      default: throw StoreError.unknownFate(address)
      }
    }
  }

  /// Runs a `body` that throws only ``StoreError``, which the compiler can't infer.
  func typed<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
    do {
      return try body()
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.other, "\(error)")
    }
  }

  // MARK: - Answers

  private static let pause = Duration.milliseconds(50)
  /// How long to try to replace a lost connection; a server that restarts is back by then.
  private static let reconnectTime = Duration.seconds(10)
  /// How long a new command waits for a server that refuses connections: it may be restarting.
  private static let restartTime = Duration.seconds(5)
  /// How long a connection may take, over any network; a worker's run waits meanwhile.
  private static let connectTime = Duration.seconds(3)

  /// Connects if needed, and repeats a statement outside of transactions on a new connection after
  /// the old one was lost.
  func answer(_ body: () throws(Failure) -> Rows) throws(StoreError) -> Rows {
    let start = ContinuousClock.now
    let deadline = start + min(Self.reconnectTime, busyTimeout.duration)
    var pause = Self.pause
    while true {
      do throws(Failure) {
        _ = try link(by: max(deadline, ContinuousClock.now + Self.connectTime))
        return try body()
      } catch {
        let wasOpened = databaseID != nil
        let isToRepeat =
          wasOpened
          ? error.isLoss && ContinuousClock.now + pause < deadline
          : error.mayBeRestart && ContinuousClock.now + pause < start + Self.restartTime
        guard isToRepeat, !isInTransaction, !isDisplaced else {
          if case .server(let reason) = error, reason.isMissing, wasOpened { isDisplaced = true }
          throw storeError(error)
        }
        Poll.pause(pause)
        pause = min(pause * 2, .seconds(1))
      }
    }
  }

  private func storeError(_ failure: Failure) -> StoreError {
    switch failure {
    case .lost(let reason): StoreError.unreachable(address, reason)
    case .late(let time): StoreError.tooSlow(address, time)
    case .unfit(let error): error
    case .server(let error): StoreError(error, at: address, user: user)
    }
  }

  var user: String {
    current.map { quotedName($0.user) } ?? "ROLE"
  }

  private func link(by deadline: ContinuousClock.Instant) throws(Failure) -> Link {
    if let current { return current }
    if isInTransaction { throw Failure.lost("the connection was lost") }
    let link = try Link(to: address, library: library, by: deadline)
    if let databaseID { try check(link, finds: databaseID) }
    current = link
    return link
  }

  /// How long to wait for an answer. In a transaction the server limits the wait for locks, and a
  /// change of many jobs takes its time.
  private var answerTime: Duration {
    isInTransaction && busyTimeout == .usual
      ? .seconds(600) : busyTimeout.duration + .seconds(2)
  }

  /// Another queue may be in the place of the one that was lost.
  private func check(_ link: Link, finds databaseID: String) throws(Failure) {
    let rows: Rows
    let sent = ServerTime.uptime
    do throws(Failure) {
      rows = try link.exchange(
        statements.resolved(Installation.facts), Parameters(), within: answerTime)
    } catch {
      if case .server(let reason) = error, reason.isMissing { isDisplaced = true }
      throw error
    }
    let facts = InstallationFacts(rows)
    guard facts?.databaseID == databaseID else {
      isDisplaced = true
      throw .unfit(
        StoreError(.foreign, "\(address.shown) now has another queue: run the command again"))
    }
    if let wall = facts?.wall { clock.set(wall, between: sent, and: ServerTime.uptime) }
    if let timeline = facts?.newTimeline {
      _ = try link.exchange(
        statements.resolved(Installation.adoptTimeline), Parameters(timeline), within: answerTime)
    }
  }

  /// Checks the id of the queue at the address: another may have taken its place.
  func check(finds found: String) throws(StoreError) {
    guard let databaseID, found != databaseID else { return }
    isDisplaced = true
    throw StoreError(.foreign, "\(address.shown) now has another queue: run the command again")
  }

  /// One exchange on the current connection, which is given up when it was lost.
  func exchange(
    _ sql: String, _ parameters: Parameters?
  ) throws(Failure) -> Rows {
    guard let current else { throw .lost("the connection was lost") }
    do throws(Failure) {
      return try current.exchange(sql, parameters, within: answerTime)
    } catch {
      if isInTransaction, failure == nil { failure = error }
      if case .server = error {} else { self.current = nil }
      throw error
    }
  }
}
