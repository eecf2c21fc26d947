import Glibc
import QueueCore
import QueueHost
import QueueTestSupport
import Testing

@testable import QueueWorker

@Suite struct `Reading logs` {
  let temporary: TemporaryDirectory
  let directory: QueueDirectory
  let run = RunID(7)
  let limit = 64 << 10

  init() throws {
    temporary = try TemporaryDirectory()
    directory = QueueDirectory(database: temporary.file("queue.db"))
    try directory.create()
    try directory.makeLogDirectory(of: run)
  }

  private func newLog() throws -> RunLog {
    try RunLog(path: directory.log(of: run), limitBytes: limit)
  }

  private func write(_ text: String, times: Int = 1, to log: RunLog) {
    let bytes = Array(String(repeating: text, count: times).utf8)
    #expect(Glibc.write(log.descriptor, bytes, bytes.count) == bytes.count)
  }

  /// A reader's whole content: text, and the number of dropped bytes after it.
  private func rest(of reader: LogReader) throws -> [(text: String, leftOut: Int)] {
    var parts: [(text: String, leftOut: Int)] = [("", 0)]
    while let piece = try reader.next() {
      switch piece {
      case .bytes(let bytes):
        #expect(bytes.count <= LogReader.pieceSize)
        parts[parts.count - 1].text += String(decoding: bytes, as: UTF8.self)
      case .leftOut(let count):
        parts[parts.count - 1].leftOut = count
        parts.append(("", 0))
      }
    }
    return parts
  }

  private func text(of reader: LogReader) throws -> String {
    try rest(of: reader).map(\.text).joined()
  }

  /// A log of 100 lines "line 1" to "line 100".
  private func hundredLines(to log: RunLog) {
    for line in 1...100 { write("line \(line)\n", to: log) }
  }

  @Test func `a missing log is reported`() throws {
    let error = #expect(throws: LogFailure.self) { try LogReader(of: RunID(8), in: directory) }
    #expect(error?.code == ENOENT)
  }

  @Test func `a log is read from its start, then its new output`() throws {
    let log = try newLog()
    let reader = try LogReader(of: run, in: directory)
    #expect(try reader.next() == nil)
    write("one\n", to: log)
    #expect(try reader.next() == .bytes(Array("one\n".utf8)))
    #expect(try reader.next() == nil)
    write("two", to: log)
    write("\n", to: log)
    #expect(try reader.next() == .bytes(Array("two\n".utf8)))
    #expect(try reader.next() == nil)
  }

  @Test func `a long log is read in pieces, byte for byte`() throws {
    let log = try newLog()
    let bytes = (0..<LogReader.pieceSize * 2 + 5).map { UInt8(truncatingIfNeeded: $0 * 7) }
    #expect(Glibc.write(log.descriptor, bytes, bytes.count) == bytes.count)
    let reader = try LogReader(of: run, in: directory)
    var read: [[UInt8]] = []
    while case .bytes(let piece)? = try reader.next() { read.append(piece) }
    #expect(read.map(\.count) == [LogReader.pieceSize, LogReader.pieceSize, 5])
    #expect(Array(read.joined()) == bytes)
  }

  @Test func `NULs written by a job are bytes, not a gap`() throws {
    let log = try newLog()
    write("\0", times: 10_000, to: log)
    #expect(try text(of: LogReader(of: run, in: directory)).utf8.count == 10_000)
  }

  @Test func `of a flood, head, number of dropped bytes and tail are read`() throws {
    let log = try newLog()
    write("first\n", to: log)
    for _ in 0..<1000 {
      write("0123456789abcdef", times: limit / 16, to: log)
      log.bound()
    }
    write("\nlast\n", to: log)
    log.bound()
    let written = 6 + 1000 * limit + 6
    let parts = try rest(of: LogReader(of: run, in: directory))
    try #require(parts.count == 2)
    #expect(parts[0].text.hasPrefix("first\n0123") && parts[1].text.hasSuffix("def\nlast\n"))
    let kept = parts[0].text.utf8.count + parts[1].text.utf8.count
    #expect(kept + parts[0].leftOut == written)
    #expect(kept <= limit + 4096)
    #expect(!parts[0].text.contains("\0") && !parts[1].text.contains("\0"))
  }

  @Test func `a follower of a flood is told of bytes dropped before it read them`() throws {
    let log = try newLog()
    write("first\n", to: log)
    let reader = try LogReader(of: run, in: directory)
    #expect(try text(of: reader) == "first\n")
    write("x", times: 10 * limit, to: log)
    log.bound()
    write("last\n", to: log)
    let parts = try rest(of: reader)
    #expect(parts.map { $0.leftOut > 0 } == [true, false])
    #expect(parts.last?.text.hasSuffix("xlast\n") == true)
  }

  @Test(arguments: zip([0, 1, 3, 100, 101, .max], [nil, 100, 98, 1, 1, 1] as [Int?]))
  func `the last lines are found from the end`(lines: Int, first: Int?) throws {
    let log = try newLog()
    hundredLines(to: log)
    let reader = try LogReader(of: run, in: directory)
    try reader.skip(toLastLines: lines)
    let expected = first.map { ($0...100).map { "line \($0)\n" }.joined() } ?? ""
    #expect(try text(of: reader) == expected)
    write("more\n", to: log)
    #expect(try text(of: reader) == "more\n")
  }

  /// A log without its middle.
  private func readerOfLogWithGap() throws -> LogReader {
    let log = try newLog()
    write("first\n", to: log)
    write("x", times: 10 * limit, to: log)
    log.bound()
    write("\nlast\n", to: log)
    return try LogReader(of: run, in: directory)
  }

  @Test func `dropped output is known by its place, and the rest can be read anywhere`() throws {
    let reader = try readerOfLogWithGap()
    let gap = try #require(reader.gaps.first)
    #expect(reader.gaps.count == 1 && gap.lowerBound > 0)
    #expect(try reader.read(0..<6) == Array("first\n".utf8))
    #expect(try reader.read(gap.upperBound..<gap.upperBound + 2) == Array("xx".utf8))
    #expect(try reader.read(reader.size - 5..<reader.size + 9) == Array("last\n".utf8))
  }

  @Test func `a last line without a line end is a line`() throws {
    let log = try newLog()
    write("one\ntwo\nthree", to: log)
    let reader = try LogReader(of: run, in: directory)
    try reader.skip(toLastLines: 2)
    #expect(try text(of: reader) == "two\nthree")
  }

  @Test func `lines longer than a piece are read whole`() throws {
    let log = try newLog()
    write("a\n", to: log)
    write("b", times: LogReader.pieceSize * 3, to: log)
    write("\nc\n", to: log)
    let reader = try LogReader(of: run, in: directory)
    try reader.skip(toLastLines: 2)
    #expect(try text(of: reader).utf8.count == LogReader.pieceSize * 3 + 3)
    try reader.skip(toLastLines: 3)
    #expect(try text(of: reader).hasPrefix("a\nbb"))
  }

  @Test func `if fewer lines are kept than requested, the gap is reported`() throws {
    let reader = try readerOfLogWithGap()
    try reader.skip(toLastLines: 50)
    let parts = try rest(of: reader)
    #expect(parts.count == 2 && parts[0].text == "" && parts[0].leftOut > 0)
    #expect(parts[1].text.hasSuffix("x\nlast\n"))
  }

  @Test func `a truncated log is read on from its new end`() throws {
    let log = try newLog()
    write("one\ntwo\n", to: log)
    let reader = try LogReader(of: run, in: directory)
    #expect(try text(of: reader) == "one\ntwo\n")
    ftruncate(log.descriptor, 4)
    #expect(try reader.next() == nil)
    write("new\n", to: log)
    #expect(try text(of: reader) == "new\n")
  }

  @Test func `a watch wakes on output, on commits and when the reader is gone`() throws {
    #expect(creat(directory.queue + "-wal", 0o600) >= 0)
    let log = try newLog()
    let watch = ActivityWatch(directory, logs: directory, run: run)
    write("one\n", to: log)
    #expect(watch.wait())

    var pipe: [Int32] = [0, 0]
    #expect(Glibc.pipe(&pipe) == 0)
    defer { close(pipe[1]) }
    write("two\n", to: log)
    #expect(watch.wait(whileReadBy: pipe[1]))
    close(pipe[0])
    #expect(!watch.wait(whileReadBy: pipe[1]))
  }
}
