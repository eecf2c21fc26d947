import Glibc
import QueueTestSupport
import Testing

@testable import QueueHost
@testable import QueueWorker

@Suite struct `Bounding logs` {
  let directory: TemporaryDirectory
  let limit = 64 << 10
  var path: String { directory.file("1.log") }

  init() throws { directory = try TemporaryDirectory() }

  private func write(_ text: String, times: Int = 1, to log: RunLog) {
    let bytes = Array(String(repeating: text, count: times).utf8)
    #expect(Glibc.write(log.descriptor, bytes, bytes.count) == bytes.count)
  }

  private func diskBytes() throws -> Int {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return Int(status.st_blocks) * 512
  }

  @Test func `a short log is kept whole`() throws {
    let log = try RunLog(path: path, limitBytes: limit)
    write("hello\n", to: log)
    log.bound()
    #expect(try FileBytes.read(path) == Array("hello\n".utf8))
    #expect(log.lastLine() == "hello")
  }

  @Test func `an existing file of the same run number is truncated`() throws {
    do { write("what was lost\n", to: try RunLog(path: path, limitBytes: limit)) }
    let log = try RunLog(path: path, limitBytes: limit)
    #expect(log.lastLine() == nil)
    write("now\n", to: log)
    let shared = try RunLog(path: path, isShared: true, limitBytes: limit)
    #expect(shared.lastLine() == nil, "another run's output")
    write("then\n", to: shared)
    #expect(shared.lastLine() == "then")
    #expect(try FileBytes.read(path) == Array("now\nthen\n".utf8))
  }

  @Test
  func `FAULT 23: of a flood, head and tail are kept, and the disk space is freed`()
    throws
  {
    let log = try RunLog(path: path, limitBytes: limit)
    write("first line\n", to: log)
    for _ in 0..<100 {
      write("x", times: limit, to: log)
      log.bound()
    }
    write("\nlast line\n", to: log)
    log.bound()

    let bytes = try FileBytes.read(path)
    #expect(bytes.starts(with: "first line\n".utf8))
    #expect(String(decoding: bytes.suffix(11), as: UTF8.self) == "\nlast line\n")
    let kept = bytes.count { $0 != 0 }
    #expect(kept >= limit - 4096 && kept <= limit + 4096, "\(kept) bytes are kept")
    #expect(try diskBytes() <= limit + 4 * 4096)
    #expect(log.lastLine() == "last line")
  }

  @Test func `a fast growing log is checked soon, a quiet one rarely`() throws {
    let log = try RunLog(path: path, limitBytes: limit)
    for _ in 0..<10 { log.bound() }
    #expect(log.bound() == .milliseconds(500))
    write("x", times: limit, to: log)
    #expect(log.bound() == .milliseconds(10))
  }

  @Test(
    arguments: [
      ("", nil), ("\n\n", nil), ("one\ntwo\n", "two"), ("one\r\ntwo\r\n \n", "two"),
      ("no end", "no end"), ("\u{1B}[31mred\n", "\u{1B}[31mred"),
      (String(repeating: "ä", count: 300), String(repeating: "ä", count: 300)),
      (String(repeating: "ä", count: 301), String(repeating: "ä", count: 299) + "…"),
    ] as [(String, String?)])
  func `the last line with text is the error's`(text: String, line: String?) throws {
    let log = try RunLog(path: path, limitBytes: limit)
    write(text, to: log)
    #expect(log.lastLine() == line)
  }

  @Test func `FAULT 24: any bytes are kept, and a last line of them is readable`() throws {
    let log = try RunLog(path: path, limitBytes: limit)
    let bytes: [UInt8] = [0x61, 0, 0xFF, 0xFE, 0x0A]
    #expect(Glibc.write(log.descriptor, bytes, bytes.count) == bytes.count)
    #expect(try FileBytes.read(path) == bytes)
    #expect(log.lastLine() == "a\u{FFFD}\u{FFFD}\u{FFFD}")
  }
}
