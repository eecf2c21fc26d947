import Foundation
import Testing

extension EndToEnd {
  /// Invalid input, accidental or malicious: refused with a reason and without a trace, or inert.
  @Suite struct HostileInput {
    let queue = TestQueue.current

    @Test func `FAULT 46: arguments and directories that aren't UTF-8 are refused, not repaired`()
      async throws
    {
      for command in ["enqueue -- cat", "enqueue --id x --env", "backup", "list --search"] {
        let result = try await queue.shell("queuectl \(command) \"$(printf 'A=caf\\351.txt')\"")
        #expect(result.status == 64, "\(result)")
        #expect(result.errors.contains("A=caf\u{FFFD}.txt\", isn't valid UTF-8"), "\(result)")
      }
      let elsewhere = try await queue.shell(
        "d=$(printf 'caf\\351'); mkdir \"$d\" && cd \"$d\" && queuectl enqueue true")
      #expect(elsewhere.status == 1, "\(elsewhere)")
      #expect(elsewhere.errors.contains("directory's path isn't valid UTF-8"), "\(elsewhere)")
      #expect(try await queue.jobs().isEmpty)
      // Commands that don't use the directory run anywhere.
      try await queue.shell("cd caf* && queuectl list && queuectl worker stop").expectSuccess()
    }

    @Test(arguments: [
      (#"{"command":"true""#, "invalid JSON"), (#"{"command":"true"} x"#, "invalid JSON"),
      ("[1", "invalid JSON"), (#"{"command":1}"#, "command must be text"),
      (#"{"command":["a"]}"#, "command must be text"), ("{}", "command is missing"),
      ("[\"true\"]", "must be a JSON object"), (#"{"command":""}"#, "command must not be blank"),
      (#"{"command":" \n\t"}"#, "command must not be blank"),
      (#"{"command":"a\u0000b"}"#, "command must not contain NUL"),
      (#"{"command":"a","max_retries":"two"}"#, "max_retries must be"),
      (#"{"command":"a","max_retries":true}"#, "max_retries must be"),
      (#"{"command":"a","max_retries":-1}"#, "max_retries must be"),
      (#"{"command":"a","max_retries":1.5}"#, "max_retries must be"),
      (#"{"command":"a","max_retries":1e30}"#, "max_retries must be"),
      (#"{"command":"a","max_retries":99999999999999999999}"#, "max_retries must be"),
      (#"{"command":"a","priority":1e30}"#, "priority must be"),
      (#"{"command":"a","timeout":-1}"#, "timeout must be"),
      (#"{"command":"a","timeout":0}"#, "timeout must be"),
      (#"{"command":"a","backoff_base":0}"#, "backoff_base must be"),
      (#"{"command":"a","backoff_base":1e400}"#, "backoff_base must be"),
      (#"{"command":"a","command":"b"}"#, "command is given twice"),
      (#"{"command":"a","comand":"b"}"#, #"did you mean "command"?"#),
      (#"{"command":"a","state":"completed"}"#, "state of a new job must be \"pending\""),
      (#"{"command":"a","attempts":2}"#, "attempts of a new job must be 0"),
      (#"{"command":"a","exit_code":0}"#, "exit_code is set by queuectl"),
      (#"{"command":"a","env":{"A":1}}"#, "env must have text"),
      (#"{"command":"a","env":{"A=B":"1"}}"#, "env"), (#"{"command":"a","env":{"":"1"}}"#, "env"),
      (#"{"command":"a","run_at":"tomorrow"}"#, "run_at must be"),
      (#"{"command":"a","queue":"a b"}"#, "queue must not contain"),
      (#"{"command":"a","id":7}"#, "id must be text"),
      (#"{"command":"a","created_at":5}"#, "created_at must be text"),
    ])
    func `FAULT 40: an invalid job is refused with the place and the reason`(
      json: String, reason: String
    ) async throws {
      let result = try await queue.run("enqueue", json)
      #expect(result.status == 64, "\(result)")
      #expect(result.output == "", "\(result)")
      #expect(result.errors.contains(reason), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")), "a queue was made")

      try await queue.succeed("enqueue", "--id", "there", "true")
      let line = try await queue.run(
        "enqueue", "-", input: json.replacingOccurrences(of: "\n", with: " "))
      #expect(line.status == 64, "\(line)")
      #expect(try await queue.jobs().map(\.id) == ["there"])
    }

    @Test(arguments: [
      "a\nb", "\u{1B}[31mred", "../../x", "/etc/passwd", String(repeating: "x", count: 10_000),
      "a\u{202E}b", "e\u{301}", "-x", "a b", "", "a\u{7F}", "a\u{200B}b", "\u{FEFF}a", "a\u{2028}b",
    ])
    func `FAULT 41: an id that could break something is refused`(id: String) async throws {
      // The parser reads an empty `--id=` as a flag without its value.
      let words = id.isEmpty ? ["--id", ""] : ["--id=\(id)"]
      let flag = try await queue.run(["enqueue"] + words + ["true"])
      #expect(flag.status == 64, "\(flag)")
      let json = try await queue.run(
        "enqueue", "{\"command\":\"true\",\"id\":\(try JSON.quoted(id))}")
      #expect(json.status == 64, "\(json)")
      for result in [flag, json] {
        #expect(result.errors.contains("id "), "\(result)")
        #expect(
          isInert(result.errors), "raw bytes on the terminal: \(result.errors.debugDescription)")
        #expect(result.errors.utf8.count < 1000, "the message floods the terminal")
      }
      #expect(try await queue.jobs().isEmpty)
    }

    @Test(arguments: ["*", "%s", "'; DROP TABLE jobs; --", "$(reboot)", "日本語", "j.1", "..", "NULL"])
    func `FAULT 41: an id that only looks dangerous is stored unchanged`(id: String) async throws {
      let id = id.replacingOccurrences(of: " ", with: "_")
      #expect(
        try await queue.succeed("enqueue", "--id", id, "false", "--max-retries", "0") == "\(id)\n")
      try await queue.drain()
      #expect(try await queue.jobs().map(\.id) == [id])
      #expect(try await queue.succeed("dlq", "retry", id) == "retried 1 dead job\n")
      #expect(try await queue.succeed("list", "--search", id).contains(id))
    }

    @Test func `FAULT 46: commands with control characters can't break a table`() async throws {
      let command = "true # \u{1B}]52;c;aGk=\u{07}\u{202E}\r\n\u{85}\u{9B}31m"
      try await queue.succeed("enqueue", "--id", "evil", command)
      let table = try await queue.succeed("list")
      #expect(isInert(table), "\(table.debugDescription)")
      #expect(table.split(separator: "\n").count == 2, "\(table.debugDescription)")
      #expect(try await queue.job("evil").command == command, "JSON gives it back exactly")
      let log = try await queue.drain()
      #expect(isInert(log), "\(log.debugDescription)")
    }

    /// Whether a terminal shows it as text: its only control characters are line feeds.
    private static let hostile = "\u{1B}]0;x\u{07}\u{1B}[31m\u{202E}\u{9B}2J"

    @Test(arguments: [
      ["enqueue", "--file", hostile], ["import", hostile], ["list", "--db", "/nowhere/\(hostile)"],
      ["status", "--\(hostile)"], ["show", hostile], [hostile], ["list", "--state", hostile],
      ["config", "set", "lease", hostile], ["backup", "/nowhere/\(hostile)"],
      ["logs", "job1", "--attempt", hostile], ["worker", "start", "--count", hostile],
    ])
    func `a refused word is sanitized in the message`(words: [String]) async throws {
      try await queue.succeed("enqueue", "--id", "job1", "true")
      let result = try await queue.run(words)
      #expect(result.status != 0, "\(result)")
      #expect(isInert(result.errors), "\(result.errors.debugDescription)")
      #expect(result.output == "", "\(result)")
    }

    private func isInert(_ text: String) -> Bool {
      text.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: scalar == "\n"
        default: true
        }
      }
    }

    @Test(arguments: [
      ("max-retires", "3", #"did you mean "max-retries"?"#), ("nonsense", "3", "config list"),
      ("max-retries", "abc", "from 0 to 10000"), ("max-retries", "-1", "from 0 to 10000"),
      ("max-retries", "nan", "from 0 to 10000"), ("max-retries", "1e3", "from 0 to 10000"),
      ("max-retries", "", "from 0 to 10000"),
      ("max-retries", "99999999999999999999", "from 0 to 10000"),
      ("backoff-base", "0", "from 0.1 to 1000"), ("backoff-base", "-2", "from 0.1 to 1000"),
      ("backoff-base", "nan", "from 0.1 to 1000"), ("backoff-base", "inf", "from 0.1 to 1000"),
      ("backoff-base", "1e400", "from 0.1 to 1000"), ("backoff-max", "-1", "0s to 365d"),
      ("backoff-max", "soon", "0s to 365d"), ("poll-interval", "0", "50ms to 1m"),
      ("lease", "1s", "2s to 1d"), ("max-crashes", "0", "from 1 to 1000"),
      ("durability", "none", "standard or full"), ("timeout", "0", "at least 1ms"),
      ("kill-grace", "1 week", "0s to 1h"), ("backoff-jitter", "2", "0 to 1"),
    ])
    func `FAULT 44: an invalid setting is refused with the range or the nearest key`(
      key: String, value: String, reason: String
    ) async throws {
      let result = try await queue.run("config", "set", key, value)
      #expect(result.status == 64, "\(result)")
      #expect(result.output == "")
      #expect(result.errors.contains(reason), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")), "a queue was made")
    }

    @Test func `FAULT 44: a huge base and 400 attempts wait no longer than the cap`() async throws {
      try await queue.succeed("config", "set", "backoff-max", "0s")
      try await queue.succeed("config", "set", "max-retries", "399")
      try await queue.succeed(
        "enqueue", #"{"id":"many","command":"exit 1","backoff_base":10}"#)
      try await queue.drain()
      let job = try await queue.job("many")
      #expect(job.state == "dead")
      #expect(job.attempts == 400)
    }

    @Test(arguments: [
      ["worker", "start", "--count", "0"], ["worker", "start", "--count", "-1"],
      ["worker", "start", "--count", "100000"], ["worker", "start", "--count", "two"],
      ["worker", "start", "--nosuchflag"], ["list", "--state", "pendng"], ["list", "--state", ""],
      ["list", "--limit", "-1"], ["list", "--limit", "x"], ["list", "extra"],
      ["dlq", "list", "--limit", "-1"], ["dlq", "list", "--exit", "x"], ["dlq", "retry"],
      ["dlq", "retry", "x", "--all"], ["worker", "stop", "--timeout", "soon"],
      ["worker", "stop", "nobody"], ["nosuchcommand"], ["worker", "nosuchcommand"],
      ["config", "get", "--nosuch"],
      ["config", "set", "max-retries"], ["config", "set", "max-retries", "1", "2"],
    ])
    func `FAULT 45: wrong usage of any command exits with 64 and one clear line`(
      arguments: [String]
    ) async throws {
      let result = try await queue.run(arguments)
      #expect(result.status == 64, "\(result)")
      #expect(result.output == "", "\(result)")
      #expect(
        result.errors.hasPrefix("Error: ") || result.errors.hasPrefix("queuectl: "), "\(result)")
    }

    @Test func `an empty value doesn't consume the next word`() async throws {
      // A script's `--id="$ID"` with an empty ID.
      let result = try await queue.run("enqueue", "--id=", "echo", "hi")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("--id= needs a value"), "\(result)")
      try await queue.succeed("enqueue", "--env=EMPTY=", "true")
    }

    @Test func `FAULT 45: worker start refuses an invalid queue name, too`() async throws {
      let result = try await queue.run("worker", "start", "--queue", "a b", "--drain")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("--queue must not contain"), "\(result)")
    }

    @Test(arguments: [
      "echo \"double\" 'single' > out", "echo $((6 * 7)) `echo tick` $(echo dollar) > out",
      #"printf '%s\n' 'back\\slash' "tab\\t" > out"#, "echo ünïcödé 日本語 🦊 > out",
      "echo a; echo b | cat && echo c || echo d > out", "cat <<'END' > out\n$HOME \\ \"x\"\nEND",
      "echo '*' ? [a] ~ {1,2} ! # comment\necho second > out", "# only a comment",
      "echo trailing\\ space\\  > out", " echo  leading   blanks > out ",
      "echo '%s %d' \\$HOME > out",
    ])
    func `FAULT 46: a command is run exactly as given`(command: String) async throws {
      let expected = try await queue.shell(
        "cd '\(queue.path)' && mkdir -p plain && cd plain && sh -c \"$COMMAND\"; echo $?",
        adding: ["COMMAND": command])
      try await queue.succeed("enqueue", "--id", "a", command)
      #expect(try await queue.job("a").command == command)
      let json = "{\"id\":\"b\",\"command\":\(try JSON.quoted(command))}"
      try await queue.succeed("enqueue", json)
      try await queue.drain()
      #expect(expected.output.hasSuffix("0\n"))
      #expect(try queue.lines(of: "out") == queue.lines(of: "plain/out"))
      #expect(try await queue.jobs().map(\.state) == ["completed", "completed"])
    }

    @Test func `FAULT 43: an environment over the kernel's limit fails with its reason`()
      async throws
    {
      let value = String(repeating: "e", count: 100_000)
      let names = (1...80).map { "\"V\($0)\":\"\(value)\"" }.joined(separator: ",")
      try await queue.succeed(
        "enqueue", "-",
        input: "{\"id\":\"huge\",\"max_retries\":0,\"command\":\"true\",\"env\":{\(names)}}\n")
      try await queue.drain()
      let job = try await queue.job("huge")
      #expect(job.state == "dead")
      #expect(job.error?.contains("E2BIG") == true, "\(job.error ?? "no error")")
    }
  }
}
