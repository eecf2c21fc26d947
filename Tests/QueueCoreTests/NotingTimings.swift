import QueueCore
import QueueTestSupport
import Testing

@Suite struct NotingTimings {
  /// A timing with a zone, and the notes about it on 2026-11-30.
  struct Example: Sendable, CustomTestStringConvertible {
    let timing: String
    let zone: String
    let notes: [String]

    init(_ timing: String, _ zone: String = "UTC", _ notes: String...) {
      (self.timing, self.zone, self.notes) = (timing, zone, notes)
    }

    var testDescription: String { "\(timing), \(zone)" }
  }

  static let examples = [
    Example("0 3 * * *"),
    Example("*/15 * * * *", "Europe/Berlin"),
    Example("0 3 * * *", "Asia/Tokyo"),
    Example("every 900000"),
    Example("every 90000000"),
    Example(
      "every 86400000", "UTC",
      "1d is 24 hours, whatever the clock shows; for a time of day, use --cron"),
    Example(
      "every 172800000", "UTC",
      "2d is 48 hours, whatever the clock shows; for a time of day, use --cron"),
    Example(
      "0 0 13 * 5", "UTC",
      "days and weekdays are both given, so either is enough: on the 13th and on every Friday"),
    Example("0 0 */2 * 5", "UTC"),
    Example("0 0 1-31 * 5", "UTC"),
    Example(
      "* 3 * * *", "UTC", "60 times between 03:00 and 03:59; did you mean \"0 3 * * *\"?"),
    Example("* 3,4 * * *", "UTC"),
    Example("0-59 3 * * *", "UTC"),
    Example(
      "*/40 * * * *", "UTC", ":00 and :40: 40m apart, the last gap 20m; for equal gaps: --every 40m"
    ),
    Example(
      "*/7 * * * *", "UTC", ":00, :07, …: 7m apart, the last gap 4m; for equal gaps: --every 7m"),
    Example(
      "0 */9 * * *", "UTC",
      "00:00, 09:00 and 18:00: 9h apart, the last gap 6h; for equal gaps: --every 9h"),
    Example("0-59/40 * * * *", "UTC"),
    Example(
      "0 0 31 * *", "UTC",
      "no 31st in February, April, June, September and November; \"L\" is the last day of a month"
    ),
    Example(
      "0 0 30 * *", "UTC", "no 30th in February; \"L\" is the last day of a month"),
    Example(
      "0 0 29 * *", "UTC",
      "no 29th in February, except in leap years; \"L\" is the last day of a month"),
    Example("0 0 31 1,3,5 *", "UTC"),
    Example("0 0 28 * *", "UTC"),
    Example("0 0 25-31 * *", "UTC"),
    Example(
      "30 2 * * *", "Europe/Berlin",
      "on Sun 2027-03-28 there is no 02:30, because the clock goes from 02:00 to 03:00: it runs at "
        + "03:00",
      "on Sun 2027-10-31 02:30 comes twice, because the clock goes back from 03:00 to 02:00: it "
        + "runs only the first time"),
    Example("*/30 2 * * *", "Europe/Berlin"),
    Example("0 3 * * *", "Europe/Berlin"),
    Example(
      "0 2 * * *", "Europe/Berlin",
      "on Sun 2027-03-28 there is no 02:00, because the clock goes from 02:00 to 03:00: it runs at "
        + "03:00",
      "on Sun 2027-10-31 02:00 comes twice, because the clock goes back from 03:00 to 02:00: it "
        + "runs only the first time"),
    Example("30 2 * * 1-5", "Europe/Berlin"),
    Example(
      "30 2 1 4 0", "Europe/Berlin",
      "days and weekdays are both given, so either is enough: on the 1st and on every Sunday"),
    Example(
      "15 2 * * *", "Australia/Lord_Howe",
      "on Sun 2027-10-03 there is no 02:15, because the clock goes from 02:00 to 02:30: it runs at "
        + "02:30"),
  ]

  @Test(arguments: examples)
  func `a timing's unexpected consequences are noted`(example: Example) throws {
    var job = JobSpec.example
    job.timeout = .seconds(60)
    let spec = ScheduleSpec(try Timing(stored: example.timing), zone: example.zone, job: job)
    let now = try #require(TimeText.example.parse("2026-11-30T12:00:00Z"))
    let notes = spec.notes(
      in: try ZoneRules.fixture(example.zone), settings: Settings(), at: now)
    #expect(notes == example.notes)
  }

  @Test func `a day that the zone skips is noted`() throws {
    let now = try #require(TimeText.example.parse("2011-06-01T00:00:00Z"))
    var spec = ScheduleSpec(try Timing(stored: "0 3 30 12 *"), zone: "Pacific/Apia", job: .example)
    spec.overlap = .allow
    #expect(
      spec.notes(in: try ZoneRules.fixture(spec.zone), settings: Settings(), at: now) == [
        "on Fri 2011-12-30 there is no 03:00, because the clock goes from 00:00 to 00:00: it "
          + "doesn't run then"
      ])
  }

  @Test func `a job without a timeout may block all later ones`() throws {
    var spec = ScheduleSpec(try Timing(stored: "0 3 * * *"), zone: "UTC", job: .example)
    func notes(_ settings: Settings = Settings()) -> [String] {
      spec.notes(in: .utc, settings: settings, at: TimeText.exampleNow)
    }
    #expect(
      notes() == ["without a time limit, a run that hangs stops all later ones; set --timeout"])
    var limited = Settings()
    limited.timeout = .seconds(60)
    #expect(notes(limited).isEmpty)
    spec.overlap = .queue
    #expect(notes().isEmpty)
  }

  @Test func `an interval is described without a zone`() throws {
    let timing = Timing.every(try Interval(.seconds(5400)))
    #expect(ScheduleSpec(timing, zone: "Europe/Berlin", job: .example).words == "every 1h30m")
  }

  @Test func `a zone is named with times of day`() throws {
    let timing = Timing.cron(try CronExpression("30 2 * * *"))
    #expect(
      ScheduleSpec(timing, zone: "Europe/Berlin", job: .example).words
        == "at 02:30 every day, Europe/Berlin")
  }
}

extension JobSpec {
  static let example = JobSpec(command: "./backup")
}
