package import QueueCore
import QueueHost

/// The end of a run's log: its last 64 KiB at first, and then only what is added.
package struct LogTail {
  package let run: RunID
  private let reader: LogReader
  private var window = LogWindow()

  /// Nil when there is none that can be read.
  package init?(of run: RunID, at path: String) {
    guard let reader = try? LogReader(path: path) else { return nil }
    self.run = run
    self.reader = reader
  }

  /// What is there now.
  package mutating func read() -> LogText {
    if reader.unread > LogWindow.most {
      window.skip(isCut: reader.skip(toLastBytes: LogWindow.most))
    }
    var problem: [String] = []
    do throws(LogFailure) {
      while let piece = try reader.next() {
        switch piece {
        case .bytes(let bytes): window.append(bytes)
        case .leftOut(let count): window.leaveOut(count)
        }
      }
    } catch {
      problem = ["… \(error) …"]
    }
    return LogText(
      run: run, lines: window.lines + problem, first: window.dropped, sizeBytes: reader.size,
      isCut: window.isCut)
  }
}

/// The last bytes of something that grows, as lines that keep their numbers.
package struct LogWindow: Equatable, Sendable {
  /// How many lines were in it and aren't any more.
  package private(set) var dropped = 0
  /// Whether something comes before it.
  package private(set) var isCut = false
  private var bytes: [UInt8] = []

  /// How many bytes it holds.
  package static let most = 1 << 16

  package mutating func append(_ added: [UInt8]) {
    bytes += added
    guard bytes.count > Self.most else { return }
    drop(bytes.count - Self.most)
    isCut = true
  }

  /// Bytes that aren't kept: a line says so.
  package mutating func leaveOut(_ count: Int) {
    if let last = bytes.last, last != Self.lineEnd { bytes.append(Self.lineEnd) }
    bytes += Array("… \(ByteCount.brief(count)) left out …\n".utf8)
  }

  /// Goes on elsewhere.
  /// - Parameter isCut: whether something comes before that.
  package mutating func skip(isCut: Bool) {
    drop(bytes.count)
    self.isCut = isCut
  }

  /// Whole lines; of one that begins before the window, none. The last may still grow.
  package var lines: [String] {
    var lines = bytes.split(separator: Self.lineEnd, omittingEmptySubsequences: false)
    if isCut, lines.count > 1 { lines.removeFirst() }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
  }

  private static let lineEnd: UInt8 = 0x0A

  private mutating func drop(_ count: Int) {
    dropped += bytes.prefix(count).count { $0 == Self.lineEnd }
    bytes.removeFirst(count)
  }
}
