import QueueCore
import QueueHost
import QueueWeb

/// A log that is being sent.
final class OpenLog: @unchecked Sendable {
  /// Used on the store's thread only.
  private let reader: LogReader
  private var rest: Int

  init?(_ span: LogSpan, in logs: any LogShelf) {
    guard let reader = try? LogReader(path: logs.log(of: span.run)) else { return nil }
    self.reader = reader
    rest = span.bytes?.count ?? reader.size
    if let start = span.bytes?.lowerBound { reader.skip(to: start) }
  }

  /// Returns the next piece; nil at the end the log had when requested.
  func next() -> [UInt8]? {
    guard rest > 0, let piece = try? reader.next() else { return nil }
    switch piece {
    case .bytes(let bytes):
      defer { rest -= bytes.count }
      return Array(bytes.prefix(rest))
    case .leftOut(let count):
      rest -= count
      return Array("\n… \(ByteCount.brief(count)) left out …\n".utf8)
    }
  }
}
