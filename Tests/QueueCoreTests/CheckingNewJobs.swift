import QueueCore
import QueueTestSupport
import Testing

@Suite struct CheckingNewJobs {
  @Test func `a job needs only a command`() throws {
    let job = try NewJob(command: "true")
    #expect(job.id == nil)
    #expect(job.queue == "default")
    #expect(job.priority == 0)
    #expect(job.maxRetries == nil)
    #expect(job.timeout == nil)
    #expect(job.environment == [])
  }

  @Test(arguments: ["", " ", "\n\t ", "\u{3000}", "\r\n"])
  func `a blank command is refused`(command: String) {
    #expect(throws: InvalidJob(field: "command", problem: "must not be blank")) {
      try NewJob(command: command)
    }
  }

  @Test(arguments: ["a\0b", "\0", " \0"])
  func `a NUL in a command is refused`(command: String) {
    #expect(throws: InvalidJob(field: "command", problem: "must not contain NUL")) {
      try NewJob(command: command)
    }
  }

  @Test(arguments: [-1_000_000, 0, 1_000_000])
  func `priorities from minus to plus a million are accepted`(priority: Int) throws {
    #expect(try NewJob(command: "true", priority: priority).priority == priority)
  }

  @Test(arguments: [-1_000_001, 1_000_001, .min, .max])
  func `a larger priority is refused`(priority: Int) {
    #expect(
      throws: InvalidJob(
        field: "priority", problem: "must be from -1000000 to 1000000, not \(priority)")
    ) {
      try NewJob(command: "true", priority: priority)
    }
  }

  @Test(arguments: [-1, 10_001, .min, .max])
  func `retries out of range are refused`(maxRetries: Int) {
    #expect(
      throws: InvalidJob(
        field: "max_retries",
        problem: "must be a whole number from 0 to 10000, not \(maxRetries)")
    ) {
      try NewJob(command: "true", maxRetries: maxRetries)
    }
  }

  @Test(arguments: [Duration.zero, .seconds(-1), .microseconds(999)])
  func `an empty timeout is refused`(timeout: Duration) {
    let problem = "must be more than 0, not \(timeout.text)"
    #expect(throws: InvalidJob(field: "timeout", problem: problem)) {
      try NewJob(command: "true", timeout: timeout)
    }
  }

  @Test(arguments: [0, -2, 0.09, 1000.1, .nan, .infinity, -.infinity])
  func `an invalid backoff base is refused`(base: Double) {
    #expect(
      throws: InvalidJob(
        field: "backoff_base", problem: "must be a number from 0.1 to 1000, not \(number: base)")
    ) {
      try NewJob(command: "true", retryRules: RetryRules(backoffBase: base))
    }
  }

  @Test(arguments: ["", "a", "./a", "~", "/a\0"])
  func `a directory that isn't an absolute path is refused`(directory: String) {
    let problem = "must be an absolute path, not \(quoted: directory)"
    #expect(throws: InvalidJob(field: "cwd", problem: problem)) {
      try NewJob(command: "true", directory: directory)
    }
  }

  @Test(arguments: ["", "a b", "-q", "a/b", "q\n"])
  func `a queue's name follows the rules of ids`(queue: String) {
    #expect(throws: InvalidJob.self) { try NewJob(command: "true", queue: queue) }
  }

  @Test(arguments: ["", "A=B", "=", "A\0", "\0"])
  func `a variable that the kernel can't pass is refused`(name: String) {
    #expect(throws: InvalidJob.self) { try EnvironmentVariable(name: name, value: "") }
  }

  @Test func `a variable's value may contain anything but NUL`() throws {
    #expect(try EnvironmentVariable(name: "A", value: "= \n\"🚀").value == "= \n\"🚀")
    #expect(throws: InvalidJob(field: "env", problem: "has a NUL in the value of \"A\"")) {
      try EnvironmentVariable(name: "A", value: "x\0")
    }
  }

  @Test func `of variables with the same name the last one counts`() throws {
    let given = try [("A", "1"), ("B", "2"), ("A", "3"), ("C", "4"), ("B", "")].map {
      try EnvironmentVariable(name: $0, value: $1)
    }
    let kept = try NewJob(command: "true", environment: given).environment
    #expect(kept.map { "\($0.name)=\($0.value)" } == ["A=3", "C=4", "B="])
  }

  // MARK: Ids

  @Test(arguments: [
    "a", "job1", "täglich", "バックアップ", "🚀", "a:b", "a.b", "..", "#1", "$(rm)", "'", "\"", "\\", "*",
    "_-",
    String(repeating: "x", count: 128),
    String(repeating: "ä", count: 128),
  ])
  func `an id may be any visible text`(text: String) throws {
    #expect(try JobID(text).text == text)
  }

  @Test(arguments: [
    ("", "must not be empty"), ("-a", "must not start with \"-\""),
    ("-", "must not start with \"-\""),
    ("a b", "must not contain a space"), ("a\nb", "must not contain a line end"),
    ("a\tb", "must not contain a tab"), ("a\rb", "must not contain U+000D"),
    ("\u{1B}[31m", "must not contain U+001B"), ("a\0", "must not contain U+0000"),
    ("a\u{7F}", "must not contain U+007F"), ("a\u{9B}", "must not contain U+009B"),
    ("../../x", "must not contain \"/\""), ("/etc/passwd", "must not contain \"/\""),
    ("a\u{A0}b", "must not contain U+00A0"), ("a\u{3000}b", "must not contain U+3000"),
    ("a\u{2028}b", "must not contain U+2028"), ("a\u{202E}b", "must not contain U+202E"),
    ("a\u{200B}b", "must not contain U+200B"), ("a\u{2066}b", "must not contain U+2066"),
    ("e\u{301}", "must not contain U+0301"), ("a\u{20DD}", "must not contain U+20DD"),
    ("a\u{FE0F}", "must not contain U+FE0F"), ("a\u{E000}", "must not contain U+E000"),
    ("a\u{E0041}", "must not contain U+E0041"), ("a\u{378}", "must not contain U+0378"),
    (String(repeating: "x", count: 129), "has 129 characters, at most 128 are allowed"),
    (String(repeating: "x", count: 10_000), "has 10000 characters, at most 128 are allowed"),
  ])
  func `an id that could deceive or break something is refused`(text: String, problem: String) {
    let isNamed = problem.hasPrefix("must not contain") || problem.hasPrefix("must not start")
    let problem = isNamed ? "\(problem): \(quoted: text)" : problem
    #expect(throws: InvalidJob(field: "id", problem: problem)) { try JobID(text) }
  }

  @Test(arguments: [
    "\u{115F}", "\u{1160}", "\u{3164}", "\u{FFA0}", "\u{2800}", "\u{17B4}", "\u{180E}",
  ])
  func `an id must not contain invisible characters`(letter: String) {
    #expect(throws: InvalidJob.self) { try JobID("job\(letter)") }
  }

  @Test(
    arguments: [
      ("w12", Int64(12)), ("12", 12), ("w0", nil), ("0", nil), ("w-1", nil), ("w", nil), ("", nil),
      ("ww1", nil), ("W1", nil), ("1w", nil), ("w99999999999999999999", nil),
    ] as [(String, Int64?)])
  func `a worker may be named with or without its w`(text: String, number: Int64?) {
    #expect(WorkerID(text) == number.map { WorkerID($0) })
  }

  @Test func `a worker's name can be parsed`() {
    #expect(WorkerID(7).description == "w7")
    #expect(WorkerID("\(WorkerID(7))") == WorkerID(7))
    #expect(RunID(7).description == "7")
  }
}
