import Glibc
import QueueCore
import QueueHost

/// Prints logs: raw bytes when piped, sanitized text on a terminal.
struct LogPrinter {
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private var text = TerminalSanitizer()
  private var isInLine = false
  private let logs: any LogShelf

  /// - Parameter logs: where missing output is fetched from.
  init(_ logs: any LogShelf) { self.logs = logs }

  mutating func print(all reader: LogReader, of run: RunID) throws {
    while let piece = try reader.next() {
      switch piece {
      case .bytes(let bytes):
        try Output.standard.write(isTerminal ? Array(text.text(bytes).utf8) : bytes)
        isInLine = bytes.last.map { $0 != 0x0A } ?? isInLine
      case .leftOut(let count):
        let gap = reader.place - count..<reader.place
        switch try fetch(gap, of: run) {
        case .arrived: reader.skip(to: gap.lowerBound)
        case .discarded(let end):
          reader.skip(to: end)
          try note(
            end - gap.lowerBound, "a long log keeps its start and end, see log-max-size")
        case .pending, .unavailable:
          let place = logs.origin(of: run) ?? "on another host"
          try note(count, "this is a copy, and the whole log is \(place); see log-share")
        }
      }
    }
    try Output.standard.flush()
  }

  /// Skips to the last lines; a copy with fewer behind its last hole is completed first.
  func skip(_ reader: LogReader, of run: RunID, toLastLines lines: Int) throws {
    try reader.skip(toLastLines: lines)
    guard reader.gaps.contains(where: { $0.lowerBound == reader.place }) else { return }
    try complete(reader, of: run)
    try reader.skip(toLastLines: lines)
  }

  /// Fetches all output that a copy lacks.
  private func complete(_ reader: LogReader, of run: RunID) throws {
    for var gap in reader.gaps {
      while !gap.isEmpty {
        switch try fetch(gap, of: run) {
        case .arrived: gap = reader.gaps.first { gap.contains($0.lowerBound) } ?? 0..<0
        case .discarded(let end): gap = end..<gap.upperBound
        case .pending, .unavailable: return
        }
      }
    }
  }

  private func fetch(_ gap: Range<Int>, of run: RunID) throws -> LogFetch {
    try Output.standard.flush()
    return try logs.fetch(gap, of: run) {
      guard !Poll.wait(forReaderToLeave: STDOUT_FILENO, atMost: Self.pause) else {
        throw Output.Closed(code: EPIPE)
      }
      return true
    }
  }

  /// Between two looks for output that another host sends.
  private static let pause = Duration.milliseconds(20)

  private mutating func note(_ count: Int, _ reason: String) throws {
    try end()
    // The text after the gap belongs to another line.
    if !isTerminal, isInLine { try Output.standard.line("") }
    ErrorReport.note("\(ByteCount.brief(count)) are omitted here: \(reason)")
  }

  /// Ends the output, on a terminal with a line end.
  mutating func end() throws {
    guard isTerminal else { return }
    try Output.standard.write(Array(text.end().utf8))
    if !text.isAtLineStart { try Output.standard.line("") }
    text = TerminalSanitizer()
    try Output.standard.flush()
  }
}
