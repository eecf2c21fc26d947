import QueueCore
import QueueTestSupport
import Testing

@Suite struct JobsFromJSON {
  private var defaults = JobDefaults(directory: "/home/me", time: .example)

  private func job(_ text: String, defaults: JobDefaults? = nil) throws -> NewJob {
    var reader = JSONReader(Array(text.utf8))
    let job = try NewJob(from: &reader, defaults: defaults ?? self.defaults)
    try reader.expectEnd()
    return job
  }

  @Test func `a command is enough`() throws {
    #expect(
      try job(#"{"command":"sleep 10"}"#)
        == NewJob(command: "sleep 10", directory: "/home/me"))
  }

  @Test func `every field is read`() throws {
    let text = """
      {"id": "job1", "command": "echo hi", "state": "pending", "attempts": 0, "max_retries": 0.0,
       "queue": "mail", "priority": -5, "run_at": "2026-11-23T20:00:00Z", "timeout": "1h30m",
       "cwd": "/srv", "env": {"B": "2", "A": ""}, "backoff_base": 1.5,
       "backoff_max": "10m", "backoff_jitter": 0.25, "retry_on": "1-9", "no_retry_on": 2,
       "snooze_on": "75", "success_on": "0,24", "nice": 19, "memory": "2G", "cpus": 1.5,
       "best_effort": true, "after": ["a", "b"],
       "after_any": "c", "unique": "https://a/b c",
       "created_at": "2025-11-04T10:30:00Z", "updated_at": "2025-11-04T10:30:00Z"}
      """
    #expect(try job(#"{"command":"true","inherit_env":true}"#).inheritsEnvironment == true)
    #expect(
      try job(text)
        == NewJob(
          id: JobID("job1"), command: "echo hi", queue: "mail", priority: -5,
          runAt: Timestamp(milliseconds: 1_795_464_000_000),
          prerequisites: [
            Prerequisite(reference: "a", accepts: .success),
            Prerequisite(reference: "b", accepts: .success),
            Prerequisite(reference: "c", accepts: .anyEnd),
          ],
          uniqueKey: "https://a/b c", timeout: .seconds(5400), maxRetries: 0,
          retryRules: RetryRules(
            backoffBase: 1.5, backoffMax: .seconds(600), backoffJitter: 0.25,
            retryOn: ExitStatusSet("1-9"), noRetryOn: ExitStatusSet("2"),
            snoozeOn: ExitStatusSet("75"),
            successOn: ExitStatusSet("0,24", among: ExitStatusSet.all)),
          directory: "/srv",
          environment: [
            EnvironmentVariable(name: "B", value: "2"), EnvironmentVariable(name: "A", value: ""),
          ],
          limits: ResourceLimits(
            niceness: 19, memoryBytes: 2 << 30, cpus: 1.5, isBestEffort: true)))
  }

  @Test func `null is the same as an omitted field`() throws {
    let text = """
      {"command":"true","id":null,"state":null,"attempts":null,"max_retries":null,"queue":null,
       "priority":null,"run_at":null,"timeout":null,"cwd":null,"env":null,"backoff_base":null,
       "created_at":null,"updated_at":null,"started_at":null,"finished_at":null,"exit_code":null,
       "signal":null,"error":null,"worker":null}
      """
    #expect(try job(text) == job(#"{"command":"true"}"#))
  }

  @Test func `defaults replace omitted fields only`() throws {
    var flags = defaults
    flags.queue = "web"
    flags.priority = 3
    flags.runAt = Timestamp(milliseconds: 5000)
    flags.timeout = .seconds(60)
    flags.maxRetries = 9
    flags.environment = [try EnvironmentVariable(name: "FLAG", value: "1")]
    #expect(
      try job(#"{"command":"true"}"#, defaults: flags)
        == NewJob(
          command: "true", queue: "web", priority: 3, runAt: Timestamp(milliseconds: 5000),
          timeout: .seconds(60), maxRetries: 9, directory: "/home/me",
          environment: flags.environment))

    let full = """
      {"command":"true","queue":"mail","priority":0,"run_at":"+1m","timeout":1,"max_retries":0,
       "cwd":"sub","env":{"OWN":"2"}}
      """
    #expect(
      try job(full, defaults: flags)
        == NewJob(
          command: "true", queue: "mail", priority: 0, runAt: TimeText.exampleNow + .seconds(60),
          timeout: .seconds(1), maxRetries: 0, directory: "/home/me/sub",
          environment: flags.environment + [EnvironmentVariable(name: "OWN", value: "2")]))
  }

  @Test(arguments: [
    ("/", "x", "/x"), ("/a", "x/y", "/a/x/y"), ("/a/", "x", "/a/x"), ("/a", "/x", "/x"),
    ("/a", "..", "/a/.."), ("/a", ".", "/a"), ("/a", "./b/./c", "/a/b/c"), ("/", ".", "/"),
    ("/a", "/b/.", "/b"), ("/a", "/.", "/"), ("/a", ".b", "/a/.b"),
  ])
  func `a relative directory is resolved against the enqueuer's`(
    base: String, path: String, expected: String
  ) {
    #expect(JobDefaults(directory: base, time: .example).absolute(path) == expected)
  }

  @Test(arguments: [
    ("90", Duration.seconds(90)), ("0.5", .milliseconds(500)), ("\"90\"", .seconds(90)),
    ("\"1h30m\"", .seconds(5400)), ("\"250ms\"", .milliseconds(250)), ("1e2", .seconds(100)),
    ("25e-2", .milliseconds(250)),
  ])
  func `a timeout is a number of seconds or a duration`(text: String, timeout: Duration) throws {
    #expect(try job("{\"command\":\"true\",\"timeout\":\(text)}").timeout == timeout)
  }

  @Test(arguments: [
    ("1795464000", Int64(1_795_464_000_000)), ("\"1795464000\"", 1_795_464_000_000),
    ("\"2026-11-23T21:00:00+01:00\"", 1_795_464_000_000),
    ("\"2026-11-23 20:00\"", 1_795_464_000_000),
  ])
  func `a run time has the usual forms`(text: String, milliseconds: Int64) throws {
    #expect(
      try job("{\"command\":\"true\",\"run_at\":\(text)}").runAt
        == Timestamp(milliseconds: milliseconds))
  }

  @Test(arguments: [
    #"echo "it's" $HOME `date` \\ & | ; < > * ? # ! ~ %s"#, "échö 🚀 \u{202E}abc", "a\nb\tc",
    "printf '\u{1B}[31m'", "-n", "--", " leading and trailing ",
  ])
  func `a command is kept exactly`(command: String) throws {
    var writer = JSONWriter()
    writer.object { $0.field("command", command) }
    let read = try job(String(decoding: writer.bytes, as: UTF8.self)).command
    #expect(Array(read.utf8) == Array(command.utf8))
  }

  // MARK: Refusals

  @Test(arguments: [
    // Not an object, or incomplete.
    ("[]", "a job must be a JSON object like {\"command\":\"sleep 10\"}, not an array"),
    ("\"sleep 10\"", "a job must be a JSON object like {\"command\":\"sleep 10\"}, not text"),
    ("7", "a job must be a JSON object like {\"command\":\"sleep 10\"}, not a number"),
    ("{}", "command is missing"),
    ("{\"id\":\"a\"}", "command is missing"),
    ("{\"command\":null}", "command is missing"),
    // The command.
    ("{\"command\":7}", "command must be text, not 7"),
    ("{\"command\":[\"a\"]}", "command must be text, not an array"),
    ("{\"command\":true}", "command must be text, not true"),
    ("{\"command\":\"\"}", "command must not be blank"),
    ("{\"command\":\" \\n\\t\"}", "command must not be blank"),
    ("{\"command\":\"a\\u0000b\"}", "command must not contain NUL"),
    ("{\"command\":\"\\u0000\"}", "command must not contain NUL"),
    ("{\"argv\":[\"a\\u0000b\"]}", "argv must not contain NUL"),
    // Retries.
    ("{\"max_retries\":3.5}", "max_retries must be a whole number, not 3.5"),
    ("{\"max_retries\":\"two\"}", "max_retries must be a whole number, not \"two\""),
    ("{\"max_retries\":\"2\"}", "max_retries must be a whole number, not \"2\""),
    ("{\"max_retries\":true}", "max_retries must be a whole number, not true"),
    ("{\"max_retries\":1.5e0}", "max_retries must be a whole number, not 1.5e0"),
    ("{\"max_retries\":1e30}", "max_retries must be a whole number, not 1e30"),
    ("{\"max_retries\":2.5}", "max_retries must be a whole number, not 2.5"),
    ("{\"max_retries\":{}}", "max_retries must be a whole number, not an object"),
    (
      "{\"max_retries\":99999999999999999999}",
      "max_retries must be a whole number, not 99999999999999999999"
    ),
    (
      "{\"command\":\"a\",\"max_retries\":-1}",
      "max_retries must be a whole number from 0 to 10000, not -1"
    ),
    (
      "{\"command\":\"a\",\"max_retries\":10001}",
      "max_retries must be a whole number from 0 to 10000, not 10001"
    ),
    // Fields.
    ("{\"command\":\"a\",\"command\":\"b\"}", "command is given twice"),
    ("{\"command\":\"a\",\"id\":null,\"id\":\"b\"}", "id is given twice"),
    ("{\"max_retrys\":1}", "\"max_retrys\" isn't a field of a job; did you mean \"max_retries\"?"),
    ("{\"Command\":\"a\"}", "\"Command\" isn't a field of a job; did you mean \"command\"?"),
    (
      "{\"job\":{}}",
      "\"job\" isn't a field of a job; the output of \"export\" is for \"queuectl import\""
    ),
    ("{\"colour\":1}", "\"colour\" isn't a field of a job"),
    ("{\"\\u001b[31m\":1}", "\"^[[31m\" isn't a field of a job"),
    ("{\"\":1}", "\"\" isn't a field of a job"),
    // Fields that only queuectl sets.
    ("{\"state\":\"completed\"}", "state of a new job must be \"pending\", not \"completed\""),
    ("{\"state\":1}", "state must be text, not 1"),
    ("{\"attempts\":1}", "attempts of a new job must be 0"),
    ("{\"attempts\":\"0\"}", "attempts must be a whole number, not \"0\""),
    ("{\"created_at\":5}", "created_at must be text, not 5"),
    ("{\"exit_code\":0}", "exit_code is set by queuectl and can't be given"),
    ("{\"worker\":\"w1\"}", "worker is set by queuectl and can't be given"),
    // Other fields.
    ("{\"id\":1}", "id must be text, not 1"),
    ("{\"id\":\"\"}", "id must not be empty"),
    ("{\"id\":\"../../x\"}", "id must not contain \"/\": \"../../x\""),
    ("{\"command\":\"a\",\"queue\":\"a b\"}", "queue must not contain a space: \"a b\""),
    (
      "{\"command\":\"a\",\"priority\":1000001}",
      "priority must be from -1000000 to 1000000, not 1000001"
    ),
    ("{\"after\":3}", "after must be text, not 3"),
    ("{\"after\":[\"a\",null]}", "after may only contain text, not null"),
    ("{\"after_any\":{}}", "after_any must be text, not an object"),
    ("{\"command\":\"a\",\"unique\":\"\"}", "unique must have 1 to 128 characters, not 0"),
    ("{\"command\":\"a\",\"unique\":\"a\\nb\"}", "unique must not contain a line end: \"a↵b\""),
    (
      "{\"retry_on\":\"0\"}",
      "retry_on must be exit statuses from 1 to 255, such as 2,64-78, not \"0\""
    ),
    (
      "{\"snooze_on\":[75]}",
      "snooze_on must be exit statuses from 1 to 255, such as 2,64-78, not an array"
    ),
    (
      "{\"no_retry_on\":1e9}",
      "no_retry_on must be exit statuses from 1 to 255, such as 2,64-78, not 1e9"
    ),
    (
      "{\"command\":\"a\",\"backoff_max\":\"366d\"}", "backoff_max must be 0s to 365d, not 366d"
    ),
    (
      "{\"command\":\"a\",\"backoff_jitter\":1.5}",
      "backoff_jitter must be a number from 0 to 1, not 1.5"
    ),
    ("{\"command\":\"a\",\"timeout\":0}", "timeout must be more than 0, not 0s"),
    (
      "{\"timeout\":-5}",
      "timeout must be a number of seconds, or a duration like \"5m\", not -5"
    ),
    (
      "{\"timeout\":\"soon\"}",
      "timeout must be a number of seconds, or a duration like \"5m\", not \"soon\""
    ),
    (
      "{\"run_at\":\"2026-02-30T00:00:00Z\"}",
      "run_at must be \(TimeText.forms), not \"2026-02-30T00:00:00Z\""
    ),
    ("{\"run_at\":false}", "run_at must be \(TimeText.forms), not false"),
    (
      "{\"command\":\"a\",\"cwd\":\"a\\u0000\"}",
      "cwd must be an absolute path, not \"/home/me/a^@\""
    ),
    ("{\"backoff_base\":\"2\"}", "backoff_base must be a number, not \"2\""),
    ("{\"backoff_base\":1e400}", "backoff_base must be a number, not 1e400"),
    (
      "{\"command\":\"a\",\"backoff_base\":0}",
      "backoff_base must be a number from 0.1 to 1000, not 0"
    ),
    (
      "{\"command\":\"a\",\"backoff_base\":-2}",
      "backoff_base must be a number from 0.1 to 1000, not -2"
    ),
    ("{\"env\":[]}", "env must be an object like {\"NAME\":\"value\"}, not an array"),
    ("{\"env\":{\"A\":1}}", "env must have text as the value of \"A\""),
    ("{\"env\":{\"A\":null}}", "env must have text as the value of \"A\""),
    ("{\"env\":{\"A\":\"1\",\"A\":\"2\"}}", "env has \"A\" twice"),
    ("{\"env\":{\"\":\"1\"}}", "env has a name that is empty or holds \"=\" or NUL: \"\""),
    ("{\"env\":{\"A=B\":\"1\"}}", "env has a name that is empty or holds \"=\" or NUL: \"A=B\""),
    ("{\"env\":{\"A\":\"\\u0000\"}}", "env has a NUL in the value of \"A\""),
  ])
  func `an invalid job is refused with the field and the reason`(text: String, message: String)
    throws
  {
    let error = try #require(#expect(throws: InvalidJob.self) { try job(text) })
    #expect(error.description == message)
  }

  @Test(arguments: [
    ("{\"command\":", "column 12: expected a value, not the end"),
    ("{\"command\":\"a\",\"max_retries\":-}", "column 30: invalid number"),
    ("{\"command\":\"a\"} x", "column 17: expected the end, not \"x\""),
    ("sleep 10", "column 1: expected a value, not \"s\""),
  ])
  func `invalid JSON is refused with its position`(text: String, message: String) throws {
    let error = try #require(#expect(throws: JSONError.self) { try job(text) })
    #expect(error.description == message)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `a corrupted job is read or refused, and every message is sanitized`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let whole = Array(
      """
      {"id":"job1","command":"echo \\u00e4","max_retries":3,"run_at":"2026-11-23T20:00:00Z",\
      "timeout":1.5,"env":{"A":"1"},"backoff_base":2,"state":"pending","priority":-7}
      """.utf8)
    for _ in 1...100 {
      var bytes = whole
      for _ in 1...2 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] =
          UInt8.random(in: .min ... .max, using: &random)
      }
      var reader = JSONReader(bytes)
      do {
        _ = try NewJob(from: &reader, defaults: defaults)
      } catch {
        #expect(error is JSONError || error is InvalidJob)
        #expect(TerminalText.sanitized("\(error)") == "\(error)")
      }
    }
  }
}
