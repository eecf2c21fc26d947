import QueueHost

/// Numbers a log's lines where that is cheap: each stretch of the file is counted once, and at most
/// 32 MiB at a time.
struct LineNumbers {
  /// The count of line feeds before each stretch of the file.
  private var counts = [0]

  private static let stretch = 1 << 18
  private static let mostAtOnce = 128
  private static let piece = 1 << 16

  /// Numbers consecutive lines. Lines after a gap get none.
  mutating func number(_ lines: inout [LogLine], of log: LogReader) throws(LogFailure) {
    let gap = log.gaps.first?.lowerBound ?? .max
    guard let first = lines.first?.bytes.lowerBound, first < gap,
      var number = try lineEnds(before: first, in: log)
    else { return }
    for index in lines.indices where lines[index].bytes.lowerBound < gap {
      if index == 0 || !lines[index].isContinued { number += 1 }
      lines[index].number = number
    }
  }

  /// - Returns: nil if counting would read too much of the file.
  private mutating func lineEnds(before end: Int, in log: LogReader) throws(LogFailure) -> Int? {
    if log.size < (counts.count - 1) * Self.stretch { counts = [0] }
    let index = end / Self.stretch
    guard index - counts.count < Self.mostAtOnce else { return nil }
    while counts.count <= index {
      let start = (counts.count - 1) * Self.stretch
      counts.append(
        counts[counts.count - 1] + (try lineEnds(in: start..<start + Self.stretch, log)))
    }
    return counts[index] + (try lineEnds(in: index * Self.stretch..<end, log))
  }

  private func lineEnds(in range: Range<Int>, _ log: LogReader) throws(LogFailure) -> Int {
    var count = 0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.piece) {
      let bytes = try log.read(start..<min(start + Self.piece, range.upperBound))
      count += bytes.withUnsafeBufferPointer { $0.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 } }
    }
    return count
  }
}
