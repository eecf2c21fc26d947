import CPostgres
import QueueCore

/// The rows of a statement.
final class Rows {
  private let result: OpaquePointer
  private let functions: cpostgres_functions
  let count: Int
  /// The number of rows that the statement changed.
  let changes: Int
  /// The command, such as `COMMIT`, with its counts.
  var command: String { String(cString: functions.cmdStatus(result)) }

  init(_ result: OpaquePointer, _ functions: cpostgres_functions) {
    self.result = result
    self.functions = functions
    count = Int(functions.ntuples(result))
    changes = Int(String(cString: functions.cmdTuples(result))) ?? 0
  }

  deinit { functions.clear(result) }

  subscript(index: Int) -> Row { Row(rows: self, index: Int32(index)) }

  fileprivate func isNull(_ row: Int32, _ column: Int32) -> Bool {
    functions.getisnull(result, row, column) != 0
  }

  fileprivate func bytes(_ row: Int32, _ column: Int32) -> UnsafeBufferPointer<UInt8> {
    let start = UnsafeRawPointer(functions.getvalue(result, row, column))
    let count = Int(functions.getlength(result, row, column))
    return UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
  }
}

/// One row, valid as long as it is kept. Columns count from 0; NULL reads as 0 or as empty text.
struct Row {
  fileprivate let rows: Rows
  fileprivate let index: Int32

  func isNull(_ column: Int32) -> Bool { rows.isNull(index, column) }

  // Numbers are clamped when read, because Swift traps on overflow (docs/decisions.md).

  /// An id or a time, clamped so that a few can be added.
  func int64(_ column: Int32) -> Int64 { min(max(exactInt64(column), -1 << 61), 1 << 61) }

  /// A number that is only compared; not clamped.
  func exactInt64(_ column: Int32) -> Int64 {
    var bytes = rows.bytes(index, column)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { bytes = bytes.dropFirst() }
    var number: Int64 = 0
    for byte in bytes {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
      let digit = Int64(byte - UInt8(ascii: "0"))
      let (shifted, overflows) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) =
        isNegative
        ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
      guard !overflows, !overflowsToo else { return isNegative ? .min : .max }
      number = sum
    }
    return number
  }

  /// A count, clamped so that many can be summed.
  func int(_ column: Int32) -> Int { Int(min(max(exactInt64(column), -1 << 50), 1 << 50)) }

  func bool(_ column: Int32) -> Bool { rows.bytes(index, column).first == UInt8(ascii: "t") }

  func text(_ column: Int32) -> String {
    String(decoding: rows.bytes(index, column), as: UTF8.self)
  }

  /// A value of type bytea, which the server writes as `\x` and two digits for each byte.
  func bytes(_ column: Int32) -> [UInt8] {
    func value(_ digit: UInt8) -> UInt8 {
      digit <= UInt8(ascii: "9") ? digit &- UInt8(ascii: "0") : digit &- UInt8(ascii: "a") &+ 10
    }
    let digits = rows.bytes(index, column).dropFirst(2)
    return stride(from: digits.startIndex, to: digits.endIndex - 1, by: 2).map {
      value(digits[$0]) << 4 | value(digits[$0 + 1])
    }
  }

  func timestamp(_ column: Int32) -> Timestamp { Timestamp(bounded: int64(column)) }

  func optionalTimestamp(_ column: Int32) -> Timestamp? {
    isNull(column) ? nil : timestamp(column)
  }

  func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

  func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  func optionalDuration(_ column: Int32) -> Duration? {
    isNull(column) ? nil : .milliseconds(int64(column))
  }

  func optionalDouble(_ column: Int32) -> Double? {
    guard !isNull(column), let number = Double(text(column)), !number.isNaN else { return nil }
    return min(max(number, -1e15), 1e15)
  }

  func optionalStopOrder(_ column: Int32) -> StopOrder? {
    optionalInt64(column).flatMap { StopOrder(rawValue: Int($0)) }
  }
}
