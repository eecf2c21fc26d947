import QueueCore
import QueueTestSupport
import Testing

@Suite struct Durations {
  @Test(
    arguments: [
      ("0", 0), ("90", 90_000), ("1.5", 1500), ("0.001", 1), ("90s", 90_000), ("1.5s", 1500),
      ("250ms", 250), ("5m", 300_000), ("1h30m", 5_400_000), ("2d", 172_800_000),
      ("1d2h3m4s5ms", 93_784_005), ("1.5h", 5_400_000), ("007", 7000),
      ("36525d", 3_155_760_000_000),
      ("30m1h", 5_400_000),
    ] as [(String, Int64)])
  func `a duration is parsed`(text: String, milliseconds: Int64) {
    #expect(Duration(text: text) == .milliseconds(milliseconds))
  }

  @Test(arguments: [
    "", " ", "s", "m5", "-1", "-5m", "+5m", "5 m", " 5m", "5m ", "5x", "5mm", "5M", "5min", "1h30",
    "1..5s", "1.s", ".5s", ".", "1.2.3", "1e3", "0x10", "nan", "inf", "36526d", "99999999999999",
    "٥m", "５m", "5m\0", "5m\n", "5µs", "1,5s",
    String(repeating: "9", count: 400), String(repeating: "9", count: 400) + "d",
  ])
  func `invalid durations are refused`(text: String) {
    #expect(Duration(text: text) == nil)
  }

  @Test(
    arguments: [
      (0, "0s"), (-5, "0s"), (1, "1ms"), (1000, "1s"), (90_000, "1m30s"), (1500, "1s500ms"),
      (5_400_000, "1h30m"), (86_400_000, "1d"), (93_784_005, "1d2h3m4s5ms"),
    ] as [(Int64, String)])
  func `a duration is formatted as it is typed`(milliseconds: Int64, text: String) {
    #expect(Duration.milliseconds(milliseconds).text == text)
  }

  @Test func `a formatted duration can be parsed`() {
    var random = SeededGenerator(seed: 1)
    for _ in 1...2000 {
      // Of every order of magnitude, not only the largest.
      let limit = Int64(1) << Int64.random(in: 1...41, using: &random)
      let duration = Duration.milliseconds(Int64.random(in: 0..<limit, using: &random))
      #expect(Duration(text: duration.text) == duration)
    }
  }

  @Test(
    arguments: [
      (0, "0.00s"), (-3000, "0.00s"), (9, "0.00s"), (10, "0.01s"), (340, "0.34s"), (999, "0.99s"),
      (1000, "1.0s"), (3149, "3.1s"), (9999, "9.9s"), (10_000, "10s"), (42_999, "42s"),
      (59_999, "59s"), (60_000, "1m00s"), (65_000, "1m05s"), (3_599_999, "59m59s"),
      (3_600_000, "1h00m"), (7_800_000, "2h10m"), (86_399_999, "23h59m"), (86_400_000, "1d0h"),
      (273_600_000, "3d4h"),
    ] as [(Int64, String)])
  func `a duration is shown briefly`(milliseconds: Int64, text: String) {
    #expect(Duration.milliseconds(milliseconds).brief == text)
  }

  @Test(
    arguments: [
      (Duration.microseconds(1999), 1), (.milliseconds(-5), -5), (.seconds(3), 3000),
      (.seconds(Int64.max), .max), (.seconds(Int64.min), .min), (.microseconds(-1), -1),
      (.seconds(9_223_372_036_854_775) + .milliseconds(999), .max),
      (.seconds(-9_223_372_036_854_775) - .milliseconds(999), .min),
    ] as [(Duration, Int64)])
  func `milliseconds are whole and never overflow`(duration: Duration, milliseconds: Int64) {
    #expect(duration.milliseconds == milliseconds)
  }

  @Test(arguments: [2_431_500, 1_100_000, 65_700, 3_000_001, 8_123_456] as [Int64])
  func `seconds are a number with a short text`(microseconds: Int64) {
    let text = "\(Duration.microseconds(microseconds).inSeconds)"
    #expect(text.count <= "8.123456".count && Double(text) == Double(microseconds) / 1_000_000)
  }

  @Test(arguments: [(Duration.milliseconds(1500), 1.5), (.milliseconds(1), 0.001), (.zero, 0)])
  func `seconds keep their fraction`(duration: Duration, seconds: Double) {
    #expect(duration.inSeconds == seconds)
  }
}
