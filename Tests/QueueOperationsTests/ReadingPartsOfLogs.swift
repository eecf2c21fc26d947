import Glibc
import QueueCore
import QueueHost
import QueueTestSupport
import Testing

@testable import QueueOperations

/// A file in the place of a run's log.
struct LogOnDisk {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("7.log")
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws {
    let file = try #require(fopen(path, "a"))
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
  }

  /// Leaves a hole of whole blocks, and continues behind it.
  func writeBehindGap(_ text: String, of size: Int) throws {
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_size % 4096 == 0)
    #expect(truncate(path, status.st_size + size) == 0)
    try write(text)
  }

  func reader() throws -> LogReader { try LogReader(path: path) }

  func text(_ place: LogRequest.Place = .end, rows: Int = 5) throws -> LogText {
    var numbers = LineNumbers()
    return LogText(LogRequest(run: RunID(7), place: place, rows: rows), of: try reader(), &numbers)
  }

  /// All lines from the one at `offset` on.
  func lines(from offset: Int = 0) throws -> [LogLine] {
    var scanner = try LogScanner(reader(), at: offset)
    var lines: [LogLine] = []
    while let line = try scanner.next() { lines.append(line.shown) }
    return lines
  }

  func texts() throws -> [String] { try lines().map(\.text) }
}

/// Lines of a log, read from any place.
@Suite struct `Reading parts of logs` {
  private let log: LogOnDisk
  private let block = LogScanner.blockSize

  init() throws { log = try LogOnDisk() }

  @Test func `an empty log has no lines`() throws {
    try log.write("")
    let text = try log.text()
    #expect(text.lines.isEmpty && text.isAtStart && text.isAtEnd && text.size == 0)
  }

  @Test(arguments: [
    ("a\nb", ["a", "b"]), ("a\n\n\nb\n", ["a", "", "", "b"]), ("a\r\nb\r\n", ["a", "b"]),
    ("1%\r2%\r", ["2%"]), ("1%\r2%\r\ndone\n", ["2%", "done"]), ("\r\r\n", [""]),
    ("\rback", ["back"]), ("\u{1B}[31mred\tx", ["^[[31mred x"]), ("\0", ["^@"]),
  ])
  func `lines are as a terminal would finally show them, sanitized`(
    written: String, lines: [String]
  ) throws {
    try log.write(written)
    #expect(try log.texts() == lines)
  }

  @Test func `invalid bytes don't change the length of a line`() throws {
    try log.write([0xC3, 0x28, 0x0A, 0xFF, 0xFE, 0x0A, 0xE6, 0x97])
    let lines = try log.lines()
    #expect(lines.map(\.bytes) == [0..<3, 3..<6, 6..<8])
    #expect(lines[0].text == "\u{FFFD}(")
  }

  @Test func `the last lines are read from the end`() throws {
    try log.write((1...20_000).map { "line \($0)\n" }.joined())
    let end = try log.text()
    #expect(end.lines.map(\.text) == (19_991...20_000).map { "line \($0)" })
    #expect(end.isAtEnd && !end.isAtStart)
  }

  @Test func `lines are numbered, unless too many would have to be counted`() throws {
    let lines = 12_000
    try log.write(String(repeating: String(repeating: "x", count: 999) + "\n", count: lines))
    var numbers = LineNumbers()
    let reader = try log.reader()
    for number in [1, 11_000, 5000, 12_000] {
      let request = LogRequest(run: RunID(7), place: .at((number - 1) * 1000), rows: 5)
      let text = LogText(request, of: reader, &numbers)
      #expect(text.lines.allSatisfy { $0.number == $0.bytes.lowerBound / 1000 + 1 })
      #expect(text.lines.contains { $0.number == number })
    }
    for _ in 1...3 {
      try log.write(String(repeating: String(repeating: "x", count: 999) + "\n", count: lines))
    }
    var late = LineNumbers()
    let end = LogText(LogRequest(run: RunID(7), rows: 5), of: reader, &late)
    #expect(end.lines.count == 10 && end.lines.allSatisfy { $0.number == nil })
    #expect(truncate(log.path, 2000) == 0)
    #expect(
      LogText(LogRequest(run: RunID(7), rows: 5), of: reader, &numbers).lines.map(\.number) == [
        1, 2,
      ])
  }

  @Test func `all pieces of a long line have its number`() throws {
    try log.write("a\n" + String(repeating: "x", count: block * 3) + "\nb\n")
    #expect(try log.text(.at(0)).lines.map(\.number) == [1, 2, 2, 2, 2, 3])
  }

  @Test func `the given number of lines is read before and after a place`() throws {
    try log.write((1...20_000).map { "line \($0)\n" }.joined())
    let whole = try log.lines()
    for index in [0, 3, 4000, 9_999, 19_999] {
      let part = try log.text(.at(whole[index].bytes.lowerBound), rows: 5)
      let expected = whole[max(0, index - 10)..<min(20_000, index + 10)]
      #expect(part.lines.map(\.text) == expected.map(\.text))
      #expect(part.isAtStart == (index <= 10) && part.isAtEnd == (index >= 19_990))
      let inside = try log.text(.at(whole[index].bytes.upperBound - 1), rows: 5)
      #expect(inside.lines.map(\.bytes) == part.lines.map(\.bytes))
    }
  }

  @Test func `reading beyond the end returns the end`() throws {
    try log.write("one\ntwo\n")
    #expect(try log.text(.at(1 << 40)).lines.map(\.text) == ["one", "two"])
  }

  @Test(arguments: [0, 1, 2, 3])
  func `a line longer than a block is read whole, wherever the block ends`(
    shift: Int
  ) throws {
    let long = String(repeating: "x", count: block - 6 + shift) + "日本語"
    try log.write("a\n\(long)\nb\n")
    #expect(try log.texts() == ["a", long, "b"])
    #expect(try log.lines(from: block).first?.text == long)
  }

  @Test(arguments: [0, 1, 2, 3])
  func `a line of many blocks is broken at the same places, read from anywhere`(
    shift: Int
  ) throws {
    let count = block * 5 / 3
    try log.write(String(repeating: "a", count: shift) + String(repeating: "日", count: count))
    try log.write("\nend\n")
    let whole = try log.lines()
    #expect(whole.map(\.isContinued) == [false, true, true, true, true, false])
    #expect(whole.map(\.text).joined().unicodeScalars.count == shift + count + 3)
    #expect(!whole.contains { $0.text.contains("\u{FFFD}") }, "no character is broken")
    for line in whole {
      for offset in [line.bytes.lowerBound, line.bytes.upperBound - 1] {
        let part = try log.text(.at(offset), rows: 1)
        #expect(part.lines.contains { $0.bytes == line.bytes && $0.text == line.text })
      }
    }
  }

  @Test func `a line longer than the largest read can be read anywhere`()
    throws
  {
    try log.write([UInt8](repeating: UInt8(ascii: "x"), count: LogScanner.longestLine * 2))
    let end = try log.text(rows: 3)
    #expect(end.lines.count == 6 && end.isAtEnd)
    #expect(end.lines.allSatisfy { $0.text.count == block })
    let before = try log.text(.at(end.bytes.lowerBound), rows: 3)
    #expect(before.lines.contains(end.lines[0]), "the same line, in the same place")
  }

  @Test func `a progress line of many blocks shows its latest state`() throws {
    let updates = (1...20_000).map { "frame \($0) of 20000\r" }.joined()
    try log.write("before\n\(updates)")
    #expect(try log.text().lines.map(\.text) == ["before", "frame 20000 of 20000"])
    try log.write("\nafter\n")
    #expect(try log.text().lines.map(\.text) == ["before", "frame 20000 of 20000", "after"])
    #expect(try log.text(.at(block * 3)).lines.count == 3)
  }

  @Test func `only carriage returns are an empty line`() throws {
    try log.write([UInt8](repeating: 0x0D, count: block * 20) + Array("x\n".utf8))
    #expect(try log.texts() == ["x"])
    try log.write([UInt8](repeating: 0x0D, count: block * 20))
    #expect(try log.texts() == ["x", ""])
  }

  @Test func `a two-byte line end across two blocks ends one line`() throws {
    let long = String(repeating: "x", count: block - 1)
    try log.write("\(long)\r\nb\r\n")
    #expect(try log.texts() == [long, "b"])
  }

  @Test func `dropped output is shown as one line, and no line crosses it`() throws {
    try log.write(String(repeating: "h", count: 4096))
    try log.writeBehindGap("tail\nlast\n", of: 5 << 20)
    let lines = try log.lines()
    #expect(lines.map(\.text).dropFirst() == ["… 5.0MB left out …", "tail", "last"])
    #expect(lines.map(\.isNote) == [false, true, false, false])
    #expect(try log.text(.at(0)).lines.map(\.number) == [1, nil, nil, nil])
    #expect(try log.text(rows: 1).lines.map(\.text) == ["tail", "last"])
    let gap = try log.text(.at(3 << 20), rows: 1)
    #expect(gap.lines.map(\.text).dropFirst() == ["… 5.0MB left out …", "tail"])
    #expect(gap.isAtStart && !gap.isAtEnd)
  }

  @Test func `a log of a gigabyte is read at its ends and in its middle at once`() throws {
    try log.write(String(repeating: "line\n", count: 4096))
    try log.writeBehindGap("tail\n", of: 1 << 30)
    #expect(try log.text(rows: 20).lines.last?.text == "tail")
    #expect(try log.text(.at(0), rows: 20).lines.first?.number == 1)
  }
}
