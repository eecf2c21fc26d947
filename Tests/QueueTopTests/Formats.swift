import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

@Suite struct `Short figures` {
  @Test(arguments: [
    (0, "0", "0"), (999, "999", "999"), (1204, "1,204", "1204"), (98_311, "98,311", "98k"),
    (1_234_567, "1,234,567", "1.2M"), (45_000_000, "45,000,000", "45M"),
    (7_000_000_000, "7,000,000,000", "7G"),
  ])
  func `numbers`(number: Int, grouped: String, short: String) {
    #expect(Format.grouped(number) == grouped)
    #expect(Format.short(number) == short)
  }

  @Test(arguments: [
    (0, "0s", "0.0s", "0ms"), (340, "0s", "0.3s", "340ms"), (9_990, "9s", "9.9s", "9.9s"),
    (61_000, "1m", "1m01", "1m01"), (7_800_000, "2h", "2h10", "2h10"),
    (90_000_000, "1d", "1d01", "1d01"), (-5, "0s", "0.0s", "0ms"),
  ])
  func `durations`(milliseconds: Int, age: String, elapsed: String, span: String) {
    let duration = Duration.milliseconds(milliseconds)
    #expect(Format.age(duration) == age)
    #expect(Format.elapsed(duration) == elapsed)
    #expect(Format.span(duration) == span)
    #expect(Format.elapsed(duration).count <= 5)
  }

  @Test(arguments: [
    ("dump-2026-12-01", 15, "dump-2026-12-01"), ("dump-2026-12-01", 14, "dump-20…-12-01"),
    ("日本語名", 5, "日…名"), ("ab", 1, "…"), ("ab", 0, ""),
  ])
  func `the middle of a long name is cut`(name: String, width: Int, shown: String) {
    #expect(TextWidth.cutMiddle(name, to: width) == shown)
    let column = Column<String>(title: "", width: width, isName: true) { ($0, .plain) }
    var line = Line(20)
    Columns([column], room: width).put(name, on: &line, shift: 0)
    #expect(line.row.text.hasPrefix(shown), "\(line.row.text)")
  }

  @Test(arguments: [
    (0, "0"), (0.02, "0.02"), (1.44, "1.4"), (11.4, "11.4"), (99.96, "100"), (1203.6, "1,204"),
  ])
  func `rates`(rate: Double, expected: String) {
    #expect(Format.rate(rate) == expected)
  }

  @Test(arguments: [(0, "0%"), (0.018, "1.8%"), (0.123, "12%"), (1, "100%")])
  func `shares`(share: Double, expected: String) {
    #expect(Format.percent(share) == expected)
  }

  @Test func `bars span from the lowest to the highest value, and zero is lowest`() {
    #expect(Sparkline.text([0, 1, 50, 100], columns: 6, theme: .unicode) == "  ▁▂▅█")
    #expect(Sparkline.text([0, 1, 50, 100], columns: 3, theme: .ascii) == ".=#")
    #expect(Sparkline.text([], columns: 2, theme: .unicode) == "  ")
  }

  @Test(arguments: [
    ("", "", "", false), ("C.UTF-8", "", "", true), ("", "de_DE.utf8", "", true),
    ("C", "de_DE.UTF-8", "de_DE.UTF-8", false), ("", "", "en_US", false),
    ("", "", "xx.UTF-8", true),
  ])
  func `the locale's name decides about a terminal's characters`(
    all: String, characters: String, language: String, isUnicode: Bool
  ) {
    let theme = Theme(locale: (all, characters, language), terminal: "xterm")
    #expect(theme.isUnicode == isUnicode)
    #expect(Theme(locale: (all, characters, language), terminal: "linux").hasBlocks == false)
  }

  @Test(arguments: [
    ("dead>0", true), ("dead > 7", false), ("dead>=7", true), ("workers<1", false),
    ("lost=1", true),
    ("lost==1", true), ("idle!=1", false), ("unfinished<=1220", true), ("busy>2", false),
  ])
  func `conditions compare the figures`(text: String, isRaised: Bool) throws {
    let alarm = try #require(Alarm(text))
    #expect(alarm.isRaised(by: ExampleQueue.snapshot()) == isRaised)
  }

  @Test func `a condition takes the American spelling of cancelled`() throws {
    let alarm = try #require(Alarm("canceled>=0"))
    #expect(alarm.isRaised(by: ExampleQueue.snapshot()))
  }

  @Test(arguments: [
    "", "dead", "dead>", ">0", "dead>x", "deaf>0", "dead>-1", "dead>0;x", "dead=>1",
  ])
  func `invalid conditions are refused`(text: String) {
    #expect(Alarm(text) == nil)
  }
}
