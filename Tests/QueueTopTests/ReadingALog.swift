import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The log on a job's page: every row can be reached, whatever the log contains.
@Suite struct `Reading a log` {
  /// Forty lines of three rows each, on a screen of 80 columns.
  private static let threeRows = (1...40).map { line in
    "abc".map { "\(line)\($0)".padding(to: 78, with: "-") }.joined()
  }
  private static let expected = Set(threeRows.flatMap { Wrapping.pieces($0, width: 78) })

  private func wrapped(_ height: Int = 24) throws -> LogScreen {
    var screen = try LogScreen(80, height, Self.threeRows.map { $0 + "\n" }.joined())
    try screen.type("w")
    return screen
  }

  @Test(
    arguments: [
      [.down], ["j"], [.pageDown], [.control("f")], [.control("d")], [" "],
      [.pageDown, .up], [.pageDown, .control("u")],
    ] as [[Key]])
  func `every row of long lines is shown on the way down`(keys: [Key]) throws {
    var screen = try wrapped()
    try screen.press("g")
    #expect(screen.rows.first == " " + (Self.threeRows[0].prefix(78)))
    var seen: Set<String> = []
    for key in Array(repeating: keys, count: 200).joined() {
      seen.formUnion(screen.rows.map { String($0.dropFirst()) })
      try screen.press(key)
    }
    #expect(Self.expected.subtracting(seen).isEmpty)
    #expect(keys.count > 1 || screen.title.contains(" end "))
  }

  @Test(
    arguments: [
      [.up], ["k"], [.pageUp], [.control("b")], [.control("u")], [.pageUp, .down],
    ] as [[Key]])
  func `every row of long lines is shown on the way up`(keys: [Key]) throws {
    var screen = try wrapped()
    var seen: Set<String> = []
    for key in Array(repeating: keys, count: 200).joined() {
      seen.formUnion(screen.rows.map { String($0.dropFirst()) })
      try screen.press(key)
    }
    #expect(Self.expected.subtracting(seen).isEmpty)
    #expect(keys.count > 1 || screen.rows.first == " " + (Self.threeRows[0].prefix(78)))
  }

  @Test(arguments: [5, 8, 15, 24, 60, 150])
  func `the wheel, and any height, show every row, too`(height: Int) throws {
    var screen = try wrapped(height)
    var seen: Set<String> = []
    for _ in 1...60 {
      seen.formUnion(screen.rows.map { String($0.dropFirst()) })
      _ = screen.state.update(.input(.mouse(.wheelUp, Frame.Place(row: 0, column: 0))))
      try screen.answer()
    }
    let isFull = screen.state.layout.kind != .full && screen.state.layout.kind != .compact
    #expect(isFull || Self.expected.subtracting(seen).isEmpty)
  }

  @Test func `every row of a long line is reached, and its middle by pages`() throws {
    let long = (0..<600).map { "w\($0)".padding(to: 10, with: ".") }.joined()
    var screen = try LogScreen(80, 24, "first\n\(long)\nlast\n")
    try screen.type("w")
    var seen = ""
    try screen.press("g", .down)
    for _ in 1...100 {
      seen += screen.rows.first ?? ""
      try screen.press(.down)
      if screen.state.detailPage?.isFollowing == true { break }
    }
    let rest = screen.rows.joined()
    for word in 0..<600 {
      #expect((seen + rest).filter { $0 != " " }.contains("w\(word)."), "w\(word)")
    }
  }

  @Test func `keys that are faster than the reader all count`() throws {
    let log = (1...5000).map { "line \($0)\n" }.joined()
    var slow = try LogScreen(80, 24, log)
    var fast = slow
    let keys: [Key] = [.home] + Array(repeating: .pageDown, count: 30) + [.up, .up]
    try slow.press(keys)
    for key in keys { _ = fast.state.press(key) }
    try fast.answer()
    #expect(fast.rows == slow.rows && fast.rows.first == " line \(30 * 20 - 1)")
    for key in Array(repeating: Key.pageUp, count: 10) { _ = fast.state.press(key) }
    try fast.answer()
    #expect(fast.rows.first == " line \(20 * 20 - 1)")
  }

  @Test func `the first byte, the last one and the position are shown`() throws {
    var screen = try LogScreen(80, 24, (1...20_000).map { "line \($0)\n" }.joined())
    #expect(screen.rows.last == " line 20000" && screen.rows.count == 20)
    #expect(screen.title.contains(" 100% end "))
    try screen.press(.home)
    #expect(screen.rows.first == " line 1" && screen.rows.count == 20)
    #expect(screen.title.contains(" lines 1-20 0% ─"))
    try screen.press(.end, .up)
    #expect(screen.rows.last == " line 19999" && !screen.title.contains(" end "))
    try screen.press(.down)
    #expect(screen.rows.last == " line 20000" && screen.title.contains(" 100% end "))
  }

  @Test func `a search starts with an empty text, and enter alone repeats the latest`() throws {
    var screen = try LogScreen(80, 24, (1...9).map { "line \($0)\n" }.joined())
    try screen.type("/4")
    try screen.press(.enter)
    #expect(screen.state.detailPage?.found?.line == 21)
    try screen.type("/6")
    try screen.press(.enter)
    #expect(screen.state.detailPage?.found?.line == 35)
    try screen.type("/")
    #expect(screen.state.overlay == .logSearch(TextField("")))
    try screen.press(.enter)
    #expect(screen.state.detailPage?.pattern.text == "6")
    #expect(screen.state.notice?.text == "search continued from the start")
  }

  @Test func `a match stays visible when long lines are cut again`() throws {
    var screen = try LogScreen(80, 24, "".padding(to: 200, with: "-") + "match\nnext\n")
    try screen.type("w/match")
    try screen.press(.enter)
    #expect(screen.rows.contains { $0.contains("match") })
    try screen.type("w")
    #expect(screen.rows.contains { $0.contains("match") })
  }

  @Test func `a notice doesn't hide the position`() throws {
    var screen = try LogScreen(80, 24, "one\ntwo\n")
    try screen.type("/x")
    try screen.press(.enter)
    #expect(screen.state.notice?.text == "\"x\" isn't in this log")
    #expect(screen.title.contains(" lines 1-2 100% end "))
  }

  @Test func `wrapping and another width keep the place in the text`() throws {
    var screen = try wrapped()
    try screen.press("g", .pageDown, .down)
    let top = screen.rows.first
    try screen.type("ww")
    #expect(screen.rows.first == top)
    _ = screen.state.update(.resized(Size(width: 60, height: 20)))
    try screen.answer()
    _ = screen.state.update(.resized(Size(width: 80, height: 24)))
    try screen.answer()
    #expect(screen.rows.first == top)
  }

  @Test func `new lines don't move the place; a shorter log shows its end`() throws {
    var screen = try LogScreen(80, 24, (1...100).map { "line \($0)\n" }.joined())
    try screen.press(.up, .up)
    let shown = screen.rows
    try screen.write("more\n")
    try screen.answer()
    #expect(screen.rows == shown)
    screen.truncate(to: 14)
    try screen.answer()
    #expect(screen.rows == [" line 1", " line 2"])
    try screen.press(.end)
    try screen.write("new\n")
    try screen.answer()
    #expect(screen.rows == [" line 1", " line 2", " new"])
  }

  @Test func `progress is one row, the latest`() throws {
    var screen = try LogScreen(80, 24, "start\n" + (1...99).map { "\($0)%\r" }.joined())
    #expect(screen.rows == [" start", " 99%"])
    try screen.write("100%\r")
    try screen.answer()
    #expect(screen.rows == [" start", " 100%"])
  }

  @Test func `a line too long to be read at once is marked where it continues`() throws {
    let long = String(repeating: "x", count: LogScanner.blockSize * 2)
    let screen = try LogScreen(80, 24, "\(long)\nend\n")
    #expect(screen.rows.map { $0.prefix(2) } == [" x", "…x", " e"])
  }

  @Test(arguments: ["", "w"])
  func `a log of any permitted size is shown, from end to end`(keys: String) throws {
    var screen = try LogScreen(40, 12, "head\n")
    screen.makeHuge()
    try screen.type(keys)
    try screen.press(.home, .pageDown, .pageUp)
    #expect(screen.rows.first == " head")
    try screen.press(.up, .end)
    #expect(screen.rows.contains { $0.contains(" left out …") })
    try screen.press(.pageUp)
    for text in ["head", "nowhere"] {
      try screen.type("/")
      for _ in 1...9 { _ = screen.state.press(.backspace) }
      try screen.type(text)
      try screen.press(.enter, "n", "N")
    }
    #expect(screen.state.notice?.text == "\"nowhere\" isn't in this log")
  }

  // MARK: Searching

  @Test func `all matches are marked, also across two rows`() throws {
    var screen = try LogScreen(20, 30, "a needle, and a Needle\n")
    _ = screen.state.update(.resized(Size(width: 40, height: 24)))
    try screen.type("w/NEEDLE")
    try screen.press(.enter)
    #expect(marked(screen) == ["needle", "Needle"])
    screen = try LogScreen(40, 24, String(repeating: "x", count: 36) + "needle\n")
    try screen.type("w/needle")
    try screen.press(.enter)
    #expect(marked(screen) == ["ne", "edle"])
    #expect(screen.rows[0].hasPrefix(">"), "where it begins")
  }

  /// The text in reverse video.
  private func marked(_ screen: LogScreen) -> [String] {
    screen.state.frame().rows.flatMap(\.spans).filter { $0.style == .reversed }.map(\.text)
  }

  @Test func `a match far to the right, or in the middle of a long line, is scrolled into view`()
    throws
  {
    let line = String(repeating: "x", count: 3000) + "needle" + String(repeating: "y", count: 3000)
    let log = "\(line)\n" + (1...50).map { "line \($0)\n" }.joined()
    for keys in ["", "w"] {
      var screen = try LogScreen(80, 24, log)
      try screen.type(keys + "/needle")
      try screen.press(.enter)
      #expect(marked(screen) == ["needle"])
      #expect(screen.rows.contains { $0.hasPrefix(">") && $0.contains("needle") })
    }
  }

  @Test func `n and N visit all matches of the log, and report wrapping around`() throws {
    let log = (1...20_000).map { "line \($0)\n" }.joined()
    var screen = try LogScreen(80, 24, log)
    try screen.type("g/line 1999")
    try screen.press(.enter)
    #expect(screen.rows.first == ">line 1999")
    try screen.type("n")
    #expect(screen.state.notice == nil)
    #expect(screen.rows.contains(">line 19990"))
    for _ in 1...9 { try screen.type("n") }
    #expect(screen.rows.contains(">line 19999") && screen.state.notice == nil)
    try screen.type("n")
    #expect(screen.rows.first == ">line 1999")
    #expect(screen.state.notice?.text == "search continued from the start")
    try screen.type("N")
    #expect(screen.rows.contains(">line 19999"))
    #expect(screen.state.notice?.text == "search continued from the end")
  }

  @Test func `a long search shows its progress, and Esc stops it`() throws {
    var screen = try LogScreen(80, 24, "one\ntwo\n")
    _ = screen.state.type("/x")
    guard case .search(let search?)? = screen.state.press(.enter).first else {
      Issue.record("nothing is looked for")
      return
    }
    _ = screen.state.update(.heard(.searching(search, percent: 42)))
    #expect(screen.state.frame().rows[22].text.contains("searching for \"x\": 42%   Esc stops it"))
    #expect(screen.state.press(.escape) == [.search(nil)])
    #expect(screen.state.detailPage?.search == nil, "the page stays")
    let match = LogSearch.Match(LogPlace(line: 0), hasWrapped: false)
    _ = screen.state.update(.heard(.searched(search, match)))
    #expect(screen.state.detailPage?.found == nil, "it comes too late")
    _ = screen.state.press(.escape)
    #expect(screen.state.page == .lists)
  }

  @Test func `a search for another text replaces a running one`() throws {
    var screen = try LogScreen(80, 24, "one\ntwo\n")
    func begun(_ text: String) -> LogSearch? {
      _ = screen.state.type("/" + text)
      guard case .search(let search?)? = screen.state.press(.enter).first else { return nil }
      return search
    }
    let first = try #require(begun("one"))
    #expect(begun("") == nil, "the same search goes on")
    let second = try #require(begun("two"))
    #expect(second.pattern == LogPattern("two"))
    let match = LogSearch.Match(LogPlace(line: 0), hasWrapped: false)
    _ = screen.state.update(.heard(.searched(first, match)))
    #expect(screen.state.detailPage?.found == nil && screen.state.detailPage?.search == second)
  }
}

extension String {
  /// With so many characters.
  fileprivate func padding(to count: Int, with filling: Character) -> String {
    self + String(repeating: filling, count: count - self.count)
  }
}
