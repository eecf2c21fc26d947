import CSQLite
import QueueCore

/// A prepared statement. Columns count from 0.
final class Statement {
  let sql: String
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer, sql: String) {
    self.handle = handle
    self.sql = sql
  }

  func bind<each Value: SQLValue>(_ values: repeat each Value) {
    var next: Int32 = 1
    bind(at: &next, repeat each values)
  }

  /// Binds values from parameter `next` on, counted from 1, and advances it.
  func bind<each Value: SQLValue>(at next: inout Int32, _ values: repeat each Value) {
    for value in repeat each values {
      value.bind(to: handle, at: next)
      next += 1
    }
  }

  func bind(all values: [any SQLValue]) {
    for (index, value) in values.enumerated() { value.bind(to: handle, at: Int32(index + 1)) }
  }

  func step() -> Int32 { sqlite3_step(handle) }

  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  func finalize() { sqlite3_finalize(handle) }

  // MARK: - Columns of the row that step() came to

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  // Numbers are clamped when read, because Swift traps on overflow (docs/decisions.md).

  /// A rowid or a time, clamped so that a few can be added.
  func int64(_ column: Int32) -> Int64 {
    min(max(sqlite3_column_int64(handle, column), -1 << 61), 1 << 61)
  }

  /// A number that is only compared; not clamped.
  func exactInt64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  /// A count, clamped so that many can be summed.
  func int(_ column: Int32) -> Int { Int(min(max(int64(column), -1 << 50), 1 << 50)) }

  func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func timestamp(_ column: Int32) -> Timestamp { Timestamp(bounded: int64(column)) }

  func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  func optionalDouble(_ column: Int32) -> Double? {
    isNull(column) ? nil : min(max(sqlite3_column_double(handle, column), -1e15), 1e15)
  }

  func optionalStopOrder(_ column: Int32) -> StopOrder? {
    optionalInt64(column).flatMap { StopOrder(rawValue: Int($0)) }
  }
}

protocol SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32)
}

extension Int64: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    sqlite3_bind_int64(statement, index, self)
  }
}

extension Int: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    Int64(self).bind(to: statement, at: index)
  }
}

extension Double: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    sqlite3_bind_double(statement, index, self)
  }
}

extension String: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    var copy = self
    copy.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        // An empty string may have no address, which SQLite would bind as NULL.
        guard let start = characters.baseAddress else {
          _ = csqlite_bind_text(statement, index, "", 0)
          return
        }
        _ = csqlite_bind_text(statement, index, start, Int32(characters.count))
      }
    }
  }
}

extension Optional: SQLValue where Wrapped: SQLValue {
  // Without inlining, the generic version does a witness lookup per call.
  @inline(__always)
  func bind(to statement: OpaquePointer, at index: Int32) {
    if let self {
      self.bind(to: statement, at: index)
    } else {
      sqlite3_bind_null(statement, index)
    }
  }
}

// The core's types are bound as stored: times in milliseconds, names as text.

extension Timestamp: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    milliseconds.bind(to: statement, at: index)
  }
}

extension Duration: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    milliseconds.bind(to: statement, at: index)
  }
}

extension JobID: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) { text.bind(to: statement, at: index) }
}

extension RunID: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) { number.bind(to: statement, at: index) }
}

extension WorkerID: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) { number.bind(to: statement, at: index) }
}

extension JobState: SQLValue {
  func bind(to statement: OpaquePointer, at index: Int32) {
    rawValue.bind(to: statement, at: index)
  }
}
