import QueueCore
import QueueTestSupport
import Testing

@Suite struct SchedulesInJSON {
  private func read(_ text: String) throws -> NewSchedule {
    var reader = JSONReader(Array(text.utf8))
    let schedule = try NewSchedule(
      from: &reader, zone: "Asia/Tokyo",
      jobs: JobDefaults(directory: "/home/me", time: .example))
    try reader.expectEnd()
    return schedule
  }

  @Test func `a schedule needs a name, a time and a job`() throws {
    let schedule = try read(#"{"name":"nightly","cron":"0 3 * * *","job":{"command":"./backup"}}"#)
    var job = JobSpec(command: "./backup")
    job.directory = "/home/me"
    let spec = ScheduleSpec(
      .cron(try CronExpression("0 3 * * *")), zone: "Asia/Tokyo", job: job)
    #expect(schedule == (try NewSchedule(name: "nightly", spec)))
  }

  @Test func `every part can be given`() throws {
    let schedule = try read(
      """
      {"name":"sync","every":"15m","zone":"Europe/Berlin","anchor":"2026-11-23T12:00:00Z",
       "from":"2026-11-24T00:00:00Z","until":"2027-11-24T00:00:00Z","times_left":5,"spread":30,
       "overlap":"queue","missed":"all","missed_limit":7,"late":"2h",
       "paused_at":"2026-11-20T00:00:00Z","job":{"argv":["a b","c"],"priority":3}}
      """)
    let spec = schedule.spec
    #expect(spec.timing == .every(try Interval(.seconds(900))))
    #expect(spec.zone == "Europe/Berlin" && spec.anchor?.iso8601 == "2026-11-23T12:00:00.000Z")
    #expect(spec.from?.iso8601 == "2026-11-24T00:00:00.000Z")
    #expect(spec.until?.iso8601 == "2027-11-24T00:00:00.000Z")
    #expect(spec.timesLeft == 5 && spec.spread == .seconds(30))
    #expect(spec.overlap == .queue && spec.missed == .all && spec.missedLimit == 7)
    #expect(spec.late == .seconds(7200) && spec.job.command == "'a b' c" && spec.job.priority == 3)
    #expect(schedule.pausedAt?.iso8601 == "2026-11-20T00:00:00.000Z")
  }

  @Test(
    arguments: [
      (#"[]"#, "a schedule must be a JSON object, not an array"),
      (#"{"cron":"0 3 * * *","job":{"command":"x"}}"#, "name is missing"),
      (#"{"name":"a","job":{"command":"x"}}"#, "cron or every is missing"),
      (#"{"name":"a","cron":"0 3 * * *"}"#, "job is missing"),
      (
        #"{"name":"a","cron":"0 3 * * *","every":60,"job":{"command":"x"}}"#,
        "every can't be combined with cron"
      ),
      (
        #"{"name":"a","cron":"0 3 * *"}"#,
        "cron has 4 fields, not five: minutes, hours, days, months, weekdays"
      ),
      (#"{"name":"a","every":"1.5s"}"#, "every must be whole seconds from 1s to 366d, not 1s500ms"),
      (
        #"{"name":"a","every":"often"}"#,
        "every must be a number of seconds, or a duration like \"5m\", not \"often\""
      ),
      (#"{"name":"a","name":"b"}"#, "name is given twice"),
      (
        #"{"overlaps":"skip"}"#,
        "\"overlaps\" isn't a field of a schedule; did you mean \"overlap\"?"
      ),
      (#"{"tz":"UTC"}"#, "\"tz\" isn't a field of a schedule; did you mean \"zone\"?"),
      (#"{"command":"x"}"#, "\"command\" isn't a field of a schedule; did you mean \"job\"?"),
      (#"{"next_at":"2027-01-01T00:00:00Z"}"#, "next_at is set by queuectl and can't be given"),
      (#"{"occurrences":[]}"#, "occurrences is set by queuectl and can't be given"),
      (
        #"{"overlap":"never"}"#,
        "overlap must be one of \"skip\", \"queue\", \"replace\", \"allow\", not \"never\""
      ),
      (#"{"missed":1}"#, "missed must be one of \"one\", \"all\", \"none\", not 1"),
      (#"{"missed_limit":1.5}"#, "missed_limit must be a whole number, not 1.5"),
      (
        #"{"job":{"id":"x","command":"y"}}"#,
        "id can't be given: each job of a schedule gets its own"
      ),
      (#"{"job":{"after":"x","command":"y"}}"#, "after can't be given for a schedule's job"),
      (
        #"{"job":{"commando":"y"}}"#,
        "\"commando\" isn't a field of a job; did you mean \"command\"?"
      ),
      (
        #"{"name":"a","every":60,"job":{"run_at":"+5m","command":"y"}}"#,
        "run_at of a schedule's job is the time it is due"
      ),
      (#"{"name":"a/b","every":60,"job":{"command":"y"}}"#, "name must not contain \"/\": \"a/b\""),
    ] as [(String, String)])
  func `an invalid schedule is refused`(text: String, message: String) {
    #expect {
      try read(text)
    } throws: { error in
      "\(error)" == message
    }
  }

  @Test func `a schedule is read back as it was written, with all that its job has`() throws {
    var job = JobSpec(command: "echo 'ä' \u{7F}")
    job.directory = "/srv"
    job.maxRetries = 0
    job.timeout = .milliseconds(1500)
    job.uniqueKey = "key"
    job.environment = [try EnvironmentVariable(given: "SECRET", value: "x y")]
    job.retryRules.noRetryOn = ExitStatusSet("3", among: ExitStatusSet.failures)
    var spec = ScheduleSpec(.every(try Interval(.seconds(90))), zone: "UTC", job: job)
    spec.anchor = TimeText.exampleNow
    spec.from = TimeText.exampleNow
    spec.until = .latest
    spec.timesLeft = 9
    spec.spread = .seconds(5)
    spec.overlap = .replace
    spec.missed = .none
    spec.missedLimit = 1000
    spec.late = .milliseconds(2500)
    for pausedAt in [nil, TimeText.exampleNow] {
      let schedule = try NewSchedule(name: "sync", spec, pausedAt: pausedAt)
      var writer = JSONWriter()
      schedule.write(to: &writer)
      #expect(try read(String(decoding: writer.bytes, as: UTF8.self)) == schedule)
    }
  }

  @Test func `a stored schedule is written with its totals`() throws {
    let zone = try ZoneRules.fixture("Europe/Berlin")
    var spec = ScheduleSpec(
      .cron(try CronExpression("0 3 * * *")), zone: "Europe/Berlin", job: .example)
    spec.job.environment = [try EnvironmentVariable(given: "SECRET", value: "x")]
    var schedule = try Schedule(
      NewSchedule(name: "nightly", spec), id: ScheduleID(1), in: zone, database: "d",
      at: TimeText.exampleNow)
    schedule.tally.enqueued = 42
    schedule.tally.failuresInRow = 1
    schedule.problem = "no such zone"
    var enqueued = Occurrence.Enqueued(
      try JobID("2qap98"), at: TimeText.exampleNow + .milliseconds(1500))
    enqueued.state = .dead
    enqueued.exitCode = 2
    enqueued.ran = .seconds(720)
    let last = Occurrence(at: TimeText.exampleNow, .enqueued, job: enqueued)
    let missed = Occurrence(
      at: TimeText.exampleNow, .missed, through: TimeText.exampleNow + .seconds(60), times: 2)

    var writer = JSONWriter()
    schedule.write(to: &writer, in: zone, last: last, occurrences: [last, missed])
    let lastText = [
      #"{"at":"2026-11-23T12:00:00.000Z","fate":"enqueued","through":null,"times":1,"#,
      #""job":"2qap98","enqueued_at":"2026-11-23T12:00:01.500Z","late":1.5,"state":"dead","#,
      #""exit_code":2,"ran":720,"ended_at":null}"#,
    ].joined()
    let missedText = [
      #"{"at":"2026-11-23T12:00:00.000Z","fate":"missed","through":"2026-11-23T12:01:00.000Z","#,
      #""times":2,"job":null,"enqueued_at":null,"late":null,"state":null,"exit_code":null,"#,
      #""ran":null,"ended_at":null}"#,
    ].joined()
    let head = [
      #"{"name":"nightly","cron":"0 3 * * *","zone":"Europe/Berlin","anchor":null,"from":null,"#,
      #""until":null,"times_left":null,"spread":0,"overlap":"skip","missed":"one","#,
      #""missed_limit":100,"late":null,"paused_at":null,"problem":"no such zone","#,
      #""next_at":"2026-11-24T02:00:00.000Z","next_local":"2026-11-24T03:00:00+01:00","#,
      #""last":\#(lastText),"enqueued":42,"skipped":0,"missed_count":0,"skips_in_row":0,"#,
      #""failures_in_row":1,"successes_in_row":0,"succeeded_at":null,"#,
      #""job":{"command":"./backup","#,
    ].joined()
    let text = String(decoding: writer.bytes, as: UTF8.self)
    #expect(text.hasPrefix(head), "\(text)")
    #expect(text.contains(#""env":{"SECRET":null}"#))
    #expect(text.hasSuffix(#"},"occurrences":[\#(lastText),\#(missedText)]}"#))
  }

  @Test func `without its zone a schedule has no local time`() throws {
    let schedule = try Schedule(
      NewSchedule(
        name: "a", ScheduleSpec(try Timing(stored: "every 60000"), zone: "UTC", job: .example)),
      id: ScheduleID(1), in: .utc, database: "d", at: TimeText.exampleNow)
    var writer = JSONWriter()
    schedule.write(to: &writer, in: nil)
    let text = String(decoding: writer.bytes, as: UTF8.self)
    #expect(text.contains(#""every":60,"#) && text.contains(#""next_local":null,"last":null"#))
    #expect(!text.contains("occurrences"))
  }
}
