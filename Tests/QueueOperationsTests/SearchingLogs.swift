import Glibc
import QueueCore
import QueueHost
import Testing

@testable import QueueOperations

/// Searches a whole log for text.
@Suite struct `Searching logs` {
  private let log: LogOnDisk

  init() throws { log = try LogOnDisk() }

  private func searcher(
    _ text: String, from origin: LogPlace, forward: Bool = true
  ) throws -> LogSearcher {
    try LogSearcher(
      LogSearch(
        run: RunID(7), pattern: LogPattern(text), origin: origin, isForward: forward),
      in: log.reader())
  }

  /// The line and column of the match; nil if none.
  private func find(
    _ text: String, from origin: LogPlace = LogPlace(line: 0, scalar: -1), forward: Bool = true
  ) throws -> LogSearch.Match? {
    var searcher = try searcher(text, from: origin, forward: forward)
    guard case .found(let match)? = try searcher.advance(until: { false }) else { return nil }
    return match
  }

  @Test func `matches are found in order, also within a line, and around the ends`() throws {
    try log.write("one two\nthree\none one\n")
    let places = [LogPlace(line: 0), LogPlace(line: 14), LogPlace(line: 14, scalar: 4)]
    var place = LogPlace(line: 0, scalar: -1)
    for expected in places {
      let match = try #require(try find("ONE", from: place))
      #expect(match == .init(expected, hasWrapped: false))
      place = match.place
    }
    #expect(try find("one", from: place) == .init(places[0], hasWrapped: true))
    for expected in places.dropLast().reversed() {
      let match = try #require(try find("one", from: place, forward: false))
      #expect(match == .init(expected, hasWrapped: false))
      place = match.place
    }
    #expect(try find("one", from: place, forward: false) == .init(places[2], hasWrapped: true))
  }

  @Test func `the only match is found again, around the end`() throws {
    try log.write("a\nb\n")
    for forward in [true, false] {
      let match = try find("b", from: LogPlace(line: 2), forward: forward)
      #expect(match == .init(LogPlace(line: 2), hasWrapped: true))
    }
  }

  @Test func `a missing text isn't found, nor anything in an empty log`() throws {
    try log.write("")
    #expect(try find("x") == nil)
    try log.write("abc\r\n")
    #expect(try find("x") == nil && find("x", forward: false) == nil)
    #expect(try find("\r") == nil)
  }

  @Test func `displayed text is found, overwritten text isn't`() throws {
    try log.write("\u{1B}[31mred\tx\n12 %\r100 %\nÄrger 日本\n")
    #expect(try find("^[[31m")?.place == LogPlace(line: 0))
    #expect(try find("RED X")?.place == LogPlace(line: 0, scalar: 6))
    #expect(try find("12 %") == nil && find("100 %") != nil)
    #expect(try find("ärger")?.place.scalar == 0)
    #expect(try find("本")?.place.scalar == 7)
  }

  @Test(arguments: [true, false])
  func `a match across two blocks, or two slices of a search, is found`(
    forward: Bool
  ) throws {
    let block = LogScanner.blockSize
    try log.write(String(repeating: "filling\n", count: block / 8 * 30))
    for border in [block, block * 8, block * 16] {
      let file = try #require(fopen(log.path, "r+"))
      fseek(file, border - 3, SEEK_SET)
      fputs("needle", file)
      fclose(file)
    }
    var place = forward ? LogPlace(line: 0) : LogPlace(line: block * 29)
    for border in forward ? [block, block * 8, block * 16] : [block * 16, block * 8, block] {
      let match = try #require(try find("needle", from: place, forward: forward))
      #expect(match.place.line < border && match.place.line >= border - 16 && !match.hasWrapped)
      place = match.place
    }
  }

  @Test(arguments: [true, false])
  func `a long search runs in slices, and reports its progress`(forward: Bool) throws {
    try log.write(String(repeating: "nothing here\n", count: 50_000))
    var searcher = try searcher("needle", from: LogPlace(line: 13 * 20_000), forward: forward)
    var percents: [Int] = []
    var outcome: LogSearcher.Outcome?
    while outcome == nil {
      outcome = try searcher.advance(until: { true })
      percents.append(searcher.percent)
    }
    #expect(outcome == .nowhere)
    #expect(percents.count > 100 && percents == percents.sorted())
    #expect(percents.contains(50) && (99...100).contains(percents.last ?? 0))
  }

  @Test(arguments: [
    "\u{1}bc", "x\u{1B}[31mabc\u{1B}[0m", "a\tbc", "\u{7F}abc", "日本abc", "abc\r", "ab", "a\0bc", "",
    "\u{9B}31m abc", "ABC^?",
  ])
  func `the fast filter passes every line whose displayed text matches`(line: String) {
    let texts = [
      "abc", "[31m", "[[31mab", "^", "?", "? a", "a b", "m", "[0", "日", "ab^", "@b", "·",
    ]
    let shown = TerminalText.sanitized(line.hasSuffix("\r") ? String(line.dropLast()) : line)
    for text in texts {
      let pattern = LogPattern(text)
      let isPassed = pattern.mayBe(in: ArraySlice(line.utf8))
      #expect(isPassed || pattern.ranges(in: shown).isEmpty, "\(text)")
    }
    #expect(!LogPattern("needle").mayBe(in: ArraySlice("\u{1B}[31m日本 hay\t".utf8)))
  }

  @Test func `all matches of a line are marked, without overlaps`() {
    #expect(LogPattern("aa").ranges(in: "xAaaa") == [1..<3, 3..<5])
    #expect(LogPattern("").ranges(in: "x") == [])
    #expect(LogPattern("longer").ranges(in: "long") == [])
    #expect(LogPattern("İ").ranges(in: "aİ") == [1..<2], "its lower case is two characters")
  }
}
