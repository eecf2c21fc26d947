import CPostgres
import Glibc
import QueueCore
import QueueHost

/// One connection of libpq, from its making to its loss. Waits only in poll(2), with a deadline.
final class Link {
  private let functions: cpostgres_functions
  private let handle: OpaquePointer

  /// The failure of one exchange with the server.
  enum Failure: Error {
    /// The connection is gone; whether the statement was executed isn't known.
    case lost(String)
    /// The server didn't answer in time; the connection can't be used any more.
    case late(Duration)
    /// The server doesn't meet the requirements of a queue.
    case unfit(StoreError)
    case server(ServerError)
  }

  /// Connects to the server of `address`.
  init(
    to address: ServerAddress, library: Library, by deadline: ContinuousClock.Instant
  ) throws(Failure) {
    functions = library.functions
    let keys = [
      ("fallback_application_name", "queuectl"), ("keepalives_idle", "10"),
      ("keepalives_interval", "3"), ("keepalives_count", "3"), ("tcp_user_timeout", "10000"),
      // The keys of the address override those before it, and not those behind it.
      ("dbname", address.uri), ("client_encoding", "UTF8"),
    ]
    let started = TextArray.with(keys.map(\.0)) { names in
      TextArray.with(keys.map(\.1)) { values in
        library.functions.connectStartParams(names, values, 1)
      }
    }
    guard let started else { throw .lost("out of memory") }
    handle = started
    try finish(by: deadline)
    withUnsafePointer(to: library.functions) { cpostgres_discard_notices($0, handle) }
    _ = functions.setnonblocking(handle, 1)
    try check(address)
  }

  deinit { functions.finish(handle) }

  /// The user's name on the server.
  var user: String { functions.user(handle).map { String(cString: $0) } ?? "" }

  private func finish(by deadline: ContinuousClock.Instant) throws(Failure) {
    var needsRoom = true
    guard functions.status(handle) != CPOSTGRES_CONNECTION_BAD else { throw .lost(message) }
    while true {
      do throws(Failure) {
        try wait(needsRoom: needsRoom, by: deadline)
      } catch {
        guard case .late = error else { throw error }
        throw .lost("it doesn't answer")
      }
      switch Int(functions.connectPoll(handle)) {
      case CPOSTGRES_POLLING_OK: return
      case CPOSTGRES_POLLING_FAILED: throw .lost(message)
      case let next: needsRoom = next == CPOSTGRES_POLLING_WRITING
      }
    }
  }

  private func check(_ address: ServerAddress) throws(Failure) {
    let version = Int(functions.serverVersion(handle))
    guard version >= Self.oldestServer else { throw .unfit(.tooOld(address, version)) }
    let encoding = functions.parameterStatus(handle, "server_encoding").map { String(cString: $0) }
    guard let encoding, encoding == "UTF8" else {
      throw .unfit(.wrongEncoding(address, encoding ?? "an unknown encoding"))
    }
  }

  /// PostgreSQL 12.
  private static let oldestServer = 120_000

  // MARK: - Statements

  /// Sends a statement and waits for its result.
  /// - Parameter parameters: nil for several statements without any, of which the last counts that
  ///   has rows, else the last.
  func exchange(
    _ sql: String, _ parameters: Parameters?, within time: Duration
  ) throws(Failure) -> Rows {
    let deadline = ContinuousClock.now + time
    do throws(Failure) {
      try send(sql, parameters)
      try flush(by: deadline)
      return try receive(by: deadline)
    } catch {
      if case .late = error { throw .late(time) }
      throw error
    }
  }

  private func send(_ sql: String, _ parameters: Parameters?) throws(Failure) {
    let isSent =
      if let parameters {
        TextArray.with(parameters.values) { values in
          functions.sendQueryParams(
            handle, sql, Int32(parameters.values.count), parameters.types, values, nil, nil, 0)
        }
      } else {
        functions.sendQuery(handle, sql)
      }
    guard isSent == 1 else { throw .lost(message) }
  }

  private func flush(by deadline: ContinuousClock.Instant) throws(Failure) {
    while true {
      switch functions.flush(handle) {
      case 0: return
      case 1:
        try wait(needsRoom: true, by: deadline)
        // The server may have to get rid of a message before it reads on.
        guard functions.consumeInput(handle) == 1 else { throw .lost(message) }
      default: throw .lost(message)
      }
    }
  }

  private func receive(by deadline: ContinuousClock.Instant) throws(Failure) -> Rows {
    var answer: Rows?
    var error: ServerError?
    while true {
      while functions.isBusy(handle) != 0 {
        try wait(needsRoom: false, by: deadline)
        guard functions.consumeInput(handle) == 1 else { throw .lost(message) }
      }
      guard let result = functions.getResult(handle) else { break }
      switch Int(functions.resultStatus(result)) {
      case CPOSTGRES_TUPLES_OK: answer = Rows(result, functions)
      case CPOSTGRES_COMMAND_OK, CPOSTGRES_EMPTY_QUERY:
        let rows = Rows(result, functions)
        if answer.map({ $0.count == 0 }) ?? true { answer = rows }
      default:
        error = error ?? serverError(result)
        functions.clear(result)
      }
    }
    if let error {
      throw error.isLoss ? .lost(error.message) : .server(error)
    }
    guard let answer else { throw .lost(message) }
    return answer
  }

  /// The error of a result; without a SQLSTATE it is libpq's, of a broken connection.
  private func serverError(_ result: OpaquePointer) -> ServerError {
    func field(_ field: Int) -> String? {
      functions.resultErrorField(result, Int32(field)).map { String(cString: $0) }
    }
    let state = field(Int(CPOSTGRES_SQLSTATE)) ?? "08006"
    return ServerError(state: state, message: field(Int(CPOSTGRES_MESSAGE)) ?? message)
  }

  // MARK: - Notifications

  /// Polls readable when notifications have come, or the connection was lost.
  var socket: Int32 { functions.socket(handle) }

  /// Returns the payloads of the notifications that have come, without waiting.
  func notifications() throws(Failure) -> [String] {
    guard functions.consumeInput(handle) == 1 else { throw .lost(message) }
    var payloads: [String] = []
    while let notification = functions.notifies(handle) {
      payloads.append(String(cString: notification.pointee.payload))
      functions.freemem(notification)
    }
    return payloads
  }

  // MARK: - Waiting

  private func wait(
    needsRoom: Bool, by deadline: ContinuousClock.Instant
  ) throws(Failure) {
    let rest = deadline - ContinuousClock.now
    let socket = functions.socket(handle)
    guard socket >= 0 else { throw .lost(message) }
    guard rest > .zero else { throw .late(.zero) }
    Poll.wait(forInputOf: socket, orRoom: needsRoom, atMost: rest)
  }

  /// libpq's message on one line; it names hosts and users, but no password.
  private var message: String {
    let text = String(cString: functions.errorMessage(handle))
    // A line with a tab asks whether the server is running, as our message does.
    let lines = text.split(separator: "\n").filter { $0.first != "\t" }
    return lines.isEmpty ? "the connection was lost" : lines.joined(separator: " ")
  }
}

extension Link.Failure {
  /// Whether the same may succeed on a new connection.
  var isLoss: Bool {
    if case .lost = self { true } else { false }
  }

  /// Whether a server that restarts refuses connections so. libpq reports this as text only.
  var mayBeRestart: Bool {
    guard case .lost(let reason) = self else { return false }
    return [
      "the database system is", "Connection refused", "No such file or directory",
      "closed the connection unexpectedly",
    ].contains(where: reason.contains)
  }

  /// Whether the same transaction may succeed when it is begun again.
  var isPassing: Bool {
    switch self {
    case .lost: true
    case .server(let error): error.isPassing
    case .late, .unfit: false
    }
  }
}
