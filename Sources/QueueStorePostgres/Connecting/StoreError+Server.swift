import QueueCore

/// An error that a server reported, by its SQLSTATE:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
struct ServerError: Error {
  let state: String
  let message: String

  /// Whether the connection is of no use any more, though the statement may be sent again.
  var isLoss: Bool {
    state.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P05", "25P03"].contains(state)
  }

  /// Whether the same transaction may succeed when it is begun again at once.
  var isPassing: Bool { ["40001", "40P01", "55P03"].contains(state) }

  /// Whether the queue's tables or functions are missing.
  var isMissing: Bool { ["3F000", "42P01", "42883", "42703"].contains(state) }

  /// Whether a unique index refused a row.
  var isConflict: Bool { state == "23505" }
}

extension StoreError {
  /// A row that no queuectl has written.
  static func damaged(_ place: String, _ detail: String) -> StoreError {
    StoreError(.corrupt, damage(detail, of: place))
  }

  private static func damage(_ detail: String, of place: String) -> String {
    "\(place) is damaged (\(detail)): restore a backup of the database"
  }

  /// An error for the user: what failed, where, and the remedy.
  init(_ error: ServerError, at address: ServerAddress, user: String) {
    let place = address.shown
    let schema = quotedName(address.schema)
    let (kind, text): (Code, String) =
      switch error.state {
      case "40001", "40P01", "55P03", "57014":
        (.busy, "\(place) is locked by other sessions: try again")
      case "53300":
        (
          .busy,
          "\(place) has no connection left: raise max_connections, or put a pooler before it"
        )
      case "53100":
        (.full, "\(place): the server's disk is full: free some space there")
      case let state where state.hasPrefix("53") || state == "54000":
        (.busy, "\(place) is out of resources (\(error.message)): try again")
      case "25006":
        (
          .readOnly,
          "\(place) is read-only, such as a standby: name the primary, or several hosts with "
            + "target_session_attrs=read-write"
        )
      case "28P01", "28000":
        (
          .cannotOpen,
          "\(place) refuses the login: \(error.message); check the user and the password "
            + "(~/.pgpass, PGPASSFILE or PGSERVICE)"
        )
      case "3D000":
        (
          .cannotOpen,
          "\(place): \(error.message): create it with createdb, or name another in the address"
        )
      case "42501":
        (
          .cannotOpen,
          "\(place): \(error.message); the owner of the queue can run: GRANT USAGE ON SCHEMA "
            + "\(schema) TO \(user); GRANT ALL ON ALL TABLES IN SCHEMA \(schema) TO \(user); "
            + "GRANT ALL ON ALL SEQUENCES IN SCHEMA \(schema) TO \(user)"
        )
      case "3F000", "42P01", "42883", "42703":
        (
          .foreign,
          "\(place): the queue in schema \(schema) is gone or incomplete (\(error.message)): "
            + "restore a backup, or choose another schema"
        )
      case "XX001", "XX002":
        (.corrupt, Self.damage(error.message, of: place))
      case "58030":
        (
          .undurable,
          "\(place): \(error.message); changes may be lost when the server stops: check its disk"
        )
      case let state where error.isLoss || state.hasPrefix("57P"):
        (.cannotOpen, "\(place) can't be reached: \(error.message)")
      default:
        (.other, "\(place): \(error.message) (SQLSTATE \(error.state))")
      }
    self.init(kind, text, cause: Self.number(error.state))
  }

  /// A SQLSTATE as a number in base 36.
  static func number(_ state: String) -> Int { Int(state, radix: 36) ?? 0 }

  /// No connection within the time allowed.
  static func unreachable(_ address: ServerAddress, _ reason: String) -> StoreError {
    // libpq reports why a server refuses a connection as text only.
    let hints = [
      ("the database system is", "try again in some seconds"),
      ("invalid URI", "correct the address"),
      ("no encryption", "check sslmode in the address, and the server's pg_hba.conf"),
      ("SSL", certificateHint), ("certificate", certificateHint),
      (
        "FATAL",
        "check the user, the password (~/.pgpass, PGPASSFILE or PGSERVICE), the database and the "
          + "server's pg_hba.conf"
      ),
    ]
    let hint = hints.first { reason.contains($0.0) }?.1 ?? "is the server running there?"
    return StoreError(.cannotOpen, "can't reach \(address.shown): \(reason); \(hint)")
  }

  private static let certificateHint =
    "check sslmode in the address, and the certificate of the server's CA "
    + "(~/.postgresql/root.crt or sslrootcert)"

  static func tooSlow(_ address: ServerAddress, _ time: Duration) -> StoreError {
    StoreError(
      .busy, "\(address.shown) didn't answer within \(time.components.seconds) s: try again")
  }

  static func tooOld(_ address: ServerAddress, _ version: Int) -> StoreError {
    let number = version >= 100_000 ? "\(version / 10_000)" : "\(Double(version / 100) / 100)"
    return StoreError(
      .cannotOpen, "\(address.shown) runs PostgreSQL \(number): queues need version 12 or newer")
  }

  static func wrongEncoding(_ address: ServerAddress, _ encoding: String) -> StoreError {
    StoreError(
      .cannotOpen,
      "the database at \(address.shown) is encoded in \(encoding), but queues need UTF8: "
        + "createdb --encoding=UTF8 --template=template0 NAME")
  }

  /// A commit whose answer was lost, and whose fate the server doesn't know any more.
  static func unknownFate(_ address: ServerAddress) -> StoreError {
    StoreError(
      .other,
      "the connection to \(address.shown) was lost during the commit: whether the change was "
        + "stored isn't known; look with \"queuectl list\" before you repeat it")
  }
}

/// A name as an SQL identifier.
func quotedName(_ name: String) -> String {
  "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    + "\""
}
