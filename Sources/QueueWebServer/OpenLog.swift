import QueueCore
import QueueHost
import QueueWeb

/// A log that is being sent.
final class OpenLog: @unchecked Sendable {
  /// Used on the store's thread only.
  private let reader: LogReader
  private let logs: any LogShelf
  private let run: RunID
  private var rest: Int

  init?(_ span: LogSpan, in logs: any LogShelf) {
    guard let reader = try? LogReader(path: logs.log(of: span.run)) else { return nil }
    self.reader = reader
    self.logs = logs
    run = span.run
    rest = span.bytes?.count ?? reader.size
    if let start = span.bytes?.lowerBound { reader.skip(to: start) }
  }

  /// The pause between two looks for output that another host sends, which delays other pages.
  private static let pause = Duration.milliseconds(20)

  /// Returns the next piece, empty if another host is to send it; nil at the end the log had when
  /// requested.
  func next() -> [UInt8]? {
    guard rest > 0, let piece = try? reader.next() else { return nil }
    switch piece {
    case .bytes(let bytes):
      defer { rest -= bytes.count }
      return Array(bytes.prefix(rest))
    case .leftOut(let count):
      let gap = reader.place - count..<reader.place
      let result = logs.fetch(gap, of: run)
      if result == .pending { Poll.pause(Self.pause) }
      guard result != .pending, result != .arrived else {
        reader.skip(to: gap.lowerBound)
        return []
      }
      if case .discarded(let end) = result { reader.skip(to: end) }
      let omitted = reader.place - gap.lowerBound
      rest -= omitted
      return Array("\n… \(ByteCount.brief(omitted)) left out …\n".utf8)
    }
  }
}
