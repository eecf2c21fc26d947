import Glibc
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The end of a log, while it grows.
@Suite struct `Following logs` {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("7.log")
  }

  private func write(_ text: String) throws {
    let file = try #require(fopen(path, "a"))
    fputs(text, file)
    fclose(file)
  }

  private func tail() throws -> LogTail { try #require(LogTail(of: RunID(7), at: path)) }

  @Test func `one that isn't there yet can be asked for again`() throws {
    #expect(LogTail(of: RunID(7), at: path) == nil)
    try write("one\n")
    var tail = try tail()
    #expect(tail.read().lines == ["one"])
  }

  @Test func `what is added comes to the lines that were there`() throws {
    try write("one\r\ntw")
    var tail = try tail()
    #expect(tail.read().lines == ["one", "tw"])
    try write("o\nthree\n")
    let text = tail.read()
    #expect(text.lines == ["one", "two", "three"])
    #expect(text.first == 0 && !text.isCut && text.sizeBytes == 15)
  }

  @Test func `of a long one the end is shown, from a whole line on`() throws {
    let line = String(repeating: "x", count: 1000)
    try write((1...100).map { "\($0) \(line)\n" }.joined())
    var tail = try tail()
    let text = tail.read()
    #expect(text.isCut && text.lines.count < 70)
    #expect(text.lines.allSatisfy { $0.hasSuffix(" \(line)") })
    #expect(text.lines.last?.hasPrefix("100 ") == true)
  }

  @Test func `lines keep their numbers when the first ones are dropped`() throws {
    let line = String(repeating: "x", count: 1000)
    try write((1...60).map { "\($0) \(line)\n" }.joined())
    var tail = try tail()
    let before = tail.read()
    try write((61...90).map { "\($0) \(line)\n" }.joined())
    let after = tail.read()
    #expect(after.first > before.first)
    #expect(after.isCut && after.lines.last?.hasPrefix("90 ") == true)
  }

  @Test func `a flood between two looks isn't read, but for its end`() throws {
    try write("before\n")
    var tail = try tail()
    _ = tail.read()
    try write(String(repeating: "flood\n", count: 1 << 17) + "last\n")
    let text = tail.read()
    #expect(text.isCut && text.lines.last == "last" && !text.lines.contains("before"))
    #expect(text.first == 1, "the line that was there counts")
  }

  @Test func `what isn't kept of a log has a line that says so`() {
    var window = LogWindow()
    window.append(Array("head".utf8))
    window.leaveOut(5_000_000)
    window.append(Array("tail\n".utf8))
    #expect(window.lines == ["head", "… 4.7MB left out …", "tail"])
  }

  @Test func `what a job wrote is shown even when its log is removed meanwhile`() throws {
    try write("one\n")
    var tail = try tail()
    _ = tail.read()
    #expect(unlink(path) == 0)
    #expect(tail.read().lines == ["one"])
  }
}
