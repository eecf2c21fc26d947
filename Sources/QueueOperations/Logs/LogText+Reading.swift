import QueueCore
import QueueHost

extension LogText {
  /// Limits the read on either side of the place.
  private static let mostRead = 1 << 23

  /// Reads the lines around the look's place. A failure becomes a note.
  init(_ request: LogRequest, of log: LogReader, _ numbers: inout LineNumbers) {
    self.request = request
    size = log.size
    let place = if case .at(let offset) = request.place { min(offset, size) } else { size }
    do throws(LogFailure) {
      lines = try Self.lines(around: place, upTo: request.rows * 2, of: log)
      try numbers.number(&lines, of: log)
    } catch {
      self = LogText(request, failure: error)
    }
    // The log may have grown during the read.
    size = max(size, bytes.upperBound)
  }

  init(missing request: LogRequest) {
    self.init(request)
    condition = .missing
  }

  /// An unreadable log: its only line is the error.
  init(_ request: LogRequest, failure: LogFailure) {
    self.init(request)
    var note = LogLine(0..<0, TerminalText.sanitized("… \(failure) …"))
    note.isNote = true
    lines = [note]
  }

  /// Returns up to `count` lines before the place and `count` lines from it on. The scan starts
  /// further back until there are enough.
  private static func lines(
    around place: Int, upTo count: Int, of log: LogReader
  ) throws(LogFailure) -> [LogLine] {
    var back = LogScanner.blockSize
    while true {
      var scanner = try LogScanner(log, at: max(0, place - back))
      let isWhole = scanner.position == 0 || back >= mostRead
      var before: [RawLine] = []
      var after: [RawLine] = []
      while after.count < count, scanner.position < place + mostRead, let line = try scanner.next()
      {
        if line.bytes.upperBound > place { after.append(line) } else { before.append(line) }
        if before.count >= count * 4 { before.removeFirst(count * 3) }
      }
      if isWhole || before.count >= count { return (before.suffix(count) + after).map(\.shown) }
      back *= 4
    }
  }
}
