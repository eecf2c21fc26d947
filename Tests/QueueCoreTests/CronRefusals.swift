import QueueCore
import Testing

@Suite struct CronRefusals {
  @Test(
    arguments: [
      ("", "is empty: type five fields, such as \"30 2 * * *\""),
      (" \t ", "is empty: type five fields, such as \"30 2 * * *\""),
      ("5", "has 1 field, not five: minutes, hours, days, months, weekdays"),
      ("* * * *", "has 4 fields, not five: minutes, hours, days, months, weekdays"),
      (
        "* * * * * *",
        "has six fields, which mean different things in different programs: type five, or --every "
          + "10s for seconds"
      ),
      ("* * * * * * *", "has 7 fields, not five: minutes, hours, days, months, weekdays"),
      ("0\u{A0}3 * * *", "has 4 fields, not five: minutes, hours, days, months, weekdays"),
      (
        "@reboot",
        "@reboot isn't known, because a queue outlives reboots: keep the line in crontab, as "
          + "\"@reboot queuectl enqueue ...\""
      ),
      ("@every 5m", "@every isn't known: type --every 5m"),
      ("@every", "@every isn't known: type --every 5m"),
      ("@dayly", "\"@dayly\" isn't known; did you mean \"@daily\"?"),
      (
        "@nightly",
        "\"@nightly\" isn't known; type five fields, or @annually, @daily, @hourly, @midnight, "
          + "@monthly, @weekly, @yearly"
      ),
      ("@daily 5", "\"@daily 5\" isn't known; did you mean \"@daily\"?"),
      ("TZ=UTC 0 3 * * *", "must not have a zone: type --tz UTC"),
      ("CRON_TZ=Asia/Tokyo 0 3 * * *", "must not have a zone: type --tz Asia/Tokyo"),
      ("0 0 ? * *", "days: \"?\" isn't known; for every value, type \"*\""),
      (
        "H 3 * * *",
        "minutes: \"h\" isn't known; type a value, and --spread for a delay of its own"
      ),
      (
        "0~59 3 * * *",
        "minutes: \"0~59\" isn't known; type a value, and --spread for a delay of its own"
      ),
      (
        "0 0 15W * *",
        "days: \"15w\" isn't known; \"LW\" is the last Monday-to-Friday of a month"
      ),
      ("0 0 L-3 * *", "days: \"l-3\" isn't known; only \"L\" is, the last day of a month"),
      ("0 0 * * L", "weekdays: \"l\" needs a day before it, such as \"5L\""),
      ("0 3 * * monday", "weekdays: \"monday\" has more than three letters; type \"mon\""),
      ("0 3 * june *", "months: \"june\" has more than three letters; type \"jun\""),
      ("0 3 * * mo", "weekdays: \"mo\" isn't a number from 0 to 7, nor a name such as \"mon\""),
      ("0 3 * foo *", "months: \"foo\" isn't a number from 1 to 12, nor a name such as \"feb\""),
      ("60 * * * *", "minutes: \"60\" isn't from 0 to 59"),
      ("0 24 * * *", "hours: \"24\" isn't from 0 to 23"),
      ("0 0 0 * *", "days: \"0\" isn't from 1 to 31"),
      ("0 0 32 * *", "days: \"32\" isn't from 1 to 31"),
      ("0 0 * 13 *", "months: \"13\" isn't from 1 to 12"),
      ("0 0 * * 8", "weekdays: \"8\" isn't from 0 to 7"),
      ("000 3 * * *", "minutes: \"000\" has more than two digits"),
      ("-1 3 * * *", "minutes: \"\" isn't a number from 0 to 59"),
      ("+1 3 * * *", "minutes: \"+1\" isn't a number from 0 to 59"),
      ("٥ 3 * * *", "minutes: \"٥\" isn't a number from 0 to 59"),
      ("5.5 3 * * *", "minutes: \"5.5\" isn't a number from 0 to 59"),
      ("*5 * * * *", "minutes: \"*5\" isn't a number from 0 to 59"),
      ("1-2-3 * * * *", "minutes: \"2-3\" isn't a number from 0 to 59"),
      ("1- * * * *", "minutes: \"\" isn't a number from 0 to 59"),
      ("1,,2 * * * *", "minutes: \"1,,2\" has an empty item"),
      (", * * * *", "minutes: \",\" has an empty item"),
      ("50-10 * * * *", "minutes: \"50-10\" runs backwards; type \"50-59,0-10\""),
      ("0 0 25-5/2 * *", "days: \"25-5\" runs backwards; type \"25-31,1-5\""),
      ("*/0 * * * *", "minutes: step \"0\" isn't from 1 to 59"),
      ("*/70 * * * *", "minutes: step \"70\" isn't from 1 to 59"),
      ("*/ * * * *", "minutes: step \"\" isn't a number from 1 to 59"),
      ("1/2/3 * * * *", "minutes: step \"2/3\" isn't a number from 1 to 59"),
      ("0 */24 * * *", "hours: step \"24\" isn't from 1 to 23"),
      ("0 0 */31 * *", "days: step \"31\" isn't from 1 to 30"),
      ("0 0 * */12 *", "months: step \"12\" isn't from 1 to 11"),
      ("0 0 * * */7", "weekdays: step \"7\" isn't from 1 to 6"),
      ("0 0 L/2 * *", "days: \"l\" isn't a number from 1 to 31"),
      ("0 0 * * 5#6", "weekdays: week \"6\" isn't from 1 to 5"),
      ("0 0 * * 5#0", "weekdays: week \"0\" isn't from 1 to 5"),
      ("0 0 * * 8#1", "weekdays: \"8\" isn't from 0 to 7"),
      ("0 0 * * 9L", "weekdays: \"9\" isn't from 0 to 7"),
      ("0 L * * *", "hours: \"l\" isn't a number from 0 to 23"),
      ("0 0 30 2 *", "never happens: no year has such a day"),
      ("0 0 31 4,6,9,11 *", "never happens: no year has such a day"),
      ("0 0 */30 2 2L", "never happens: no year has such a day"),
      (String(repeating: "1,", count: 50_000) + "1 * * * *", "is longer than 1000 bytes"),
    ] as [(String, String)])
  func `a refusal names the field, the value and the remedy`(text: String, problem: String) {
    #expect(throws: InvalidJob(field: "cron", problem: problem)) { try CronExpression(text) }
  }

  @Test func `a message is shortened and sanitized`() {
    let text = "\u{1B}[2J" + String(repeating: "x", count: 300) + " * * * *"
    #expect {
      try CronExpression(text)
    } throws: { error in
      "\(error)".utf8.allSatisfy { $0 != 0x1B } && "\(error)".count < 120
    }
  }

  @Test(
    arguments: [
      (Duration.zero, false), (.milliseconds(999), false), (.seconds(1), true),
      (.milliseconds(1500), false), (.seconds(-5), false), (.seconds(366 * 86_400), true),
      (.seconds(366 * 86_400 + 1), false),
    ])
  func `an interval is whole seconds, up to 366 days`(length: Duration, isAllowed: Bool) {
    #expect(((try? Interval(length)) != nil) == isAllowed)
  }

  @Test func `the refusal of an interval names it`() {
    #expect(
      throws: InvalidJob(
        field: "every", problem: "must be whole seconds from 1s to 366d, not 1s500ms")
    ) { try Interval(.milliseconds(1500)) }
  }

  @Test(arguments: ["0 3 * * *", "@Daily", "every 900000", "*/5 0-4,22 L,LW * mon#1,5L"])
  func `a timing is stored as it was typed`(text: String) throws {
    #expect(try Timing(stored: text).stored == text)
  }

  @Test func `blanks are folded`() throws {
    #expect(try CronExpression(" 0\t3  *  * * ").text == "0 3 * * *")
  }

  @Test(arguments: ["every", "every ", "every x", "every 0", "every -5", "every 1500", "daily"])
  func `text that is never stored as a timing is refused`(text: String) {
    #expect(throws: InvalidJob.self) { try Timing(stored: text) }
  }
}
