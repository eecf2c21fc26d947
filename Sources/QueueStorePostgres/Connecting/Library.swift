import CPostgres
import QueueCore

/// libpq, loaded when the first server is named. Commands on SQLite files never load it.
struct Library: @unchecked Sendable {
  // Unchecked: the table is written before it is shared, and libpq is thread-safe.
  let functions: cpostgres_functions

  /// The oldest libpq whose connections can be relied on.
  static let oldestVersion = 120_000

  private static let shared: Result<Library, StoreError> = {
    do throws(StoreError) {
      return .success(try Library(named: "libpq.so.5"))
    } catch {
      return .failure(error)
    }
  }()

  /// Returns the library of this process.
  /// - Throws: `cannotOpen` if it is missing or too old.
  static func load() throws(StoreError) -> Library { try shared.get() }

  /// Loads a library by its name, for good.
  init(named name: String) throws(StoreError) {
    let table = UnsafeMutablePointer<cpostgres_functions>.allocate(capacity: 1)
    defer { table.deallocate() }
    var reason: UnsafePointer<CChar>?
    var isFound: Int32 = 0
    guard cpostgres_load(name, table, &reason, &isFound) == 0 else {
      let cause = reason.map { String(cString: $0) } ?? "unknown error"
      throw isFound == 0 ? Self.missing(name, cause) : Self.tooOld(cause)
    }
    functions = table.pointee
    let version = Int(functions.libVersion())
    guard version >= Self.oldestVersion else {
      throw Self.tooOld("it is version \(version / 10_000)")
    }
  }

  static func missing(_ name: String, _ reason: String) -> StoreError {
    StoreError(
      .cannotOpen, "queues in PostgreSQL need \(name): apt-get install libpq5 (\(reason))")
  }

  static func tooOld(_ reason: String) -> StoreError {
    StoreError(
      .cannotOpen,
      "queues in PostgreSQL need libpq \(oldestVersion / 10_000) or newer: upgrade libpq5 "
        + "(\(reason))")
  }
}
