import Foundation
import Testing

extension EndToEnd {
  /// The stored command is the typed one.
  @Suite struct TypedCommands {
    let queue = TestQueue.current

    @Test(
      arguments: [
        (["git", "checkout", "--", "main"], "git checkout -- main"),
        (["rm", "--", "-f"], "rm -- -f"),
        (["npm", "test", "--", "--grep", "x y"], "npm test -- --grep 'x y'"),
        (["ssh", "host", "--", "ls", "-l"], "ssh host -- ls -l"),
        (["--queue", "q", "rm", "--", "--wait"], "rm -- --wait"),
        (["--", "git", "checkout", "--", "main"], "git checkout -- main"), (["--", "--"], "--"),
        (["--", "-x"], "-x"), (["FOO=1", "make", "all"], "FOO=1 make all"),
        (["--", "FOO=1", "make"], "'FOO=1' make"), (["--", "while", "x"], "'while' x"),
        (["--", "./my script.sh"], "'./my script.sh'"),
        (["--", "echo one; echo two"], "'echo one; echo two'"),
        (["--", "[", "-n", "x", "]"], "'[' -n x ']'"),
        (["echo a; echo b", "--queue", "q"], "echo a; echo b"),
      ] as [([String], String)])
    func `a -- after the first word belongs to the command, and words after -- are exact`(
      words: [String], command: String
    ) async throws {
      let id = try await queue.run(["enqueue"] + words)
      #expect(id.status == 0 && id.errors == "", "\(id)")
      #expect(try await queue.jobs().map(\.command) == [command])
    }

    @Test(
      arguments: [
        (["--queue", "b", "du", "-sh", "/srv"], "type: queuectl enqueue --queue b -- du -sh /srv"),
        (["--wait", "du", "-h"], "type: queuectl enqueue --wait -- du -h"),
        (["du", "--help"], "type: queuectl enqueue -- du --help"),
        (["make", "--version"], "type: queuectl enqueue -- make --version"),
        (["echo one", "--help"], "put options of enqueue before it"),
        (["make", "test", "--queue", "q"], "type: queuectl enqueue -- make test --queue q"),
        (["make", "--queue", "q", "test"], "type: queuectl enqueue -- make --queue q test"),
        (["make", "--queue", "q", "--", "x"], "type: queuectl enqueue -- make --queue q -- x"),
        (["echo one", "echo two"], "call enqueue once per command line"),
        (["--delay", "1", "hour", "true"], "write --delay 1h;"),
        (["--timeout", "90", "Minutes", "true"], "write --timeout 90m;"),
        (["--at", "22:00", "tomorrow", "true"], "put -- before it"),
        (["--file", "a", "--file", "b"], "--file is given twice"),
        (["--file=a", "--file=b"], "--file is given twice"),
        ([#"{"command":"true"}"#, "more"], "the JSON was split into 2 words"),
        (["--", #"{"command":"true"}"#], "omit -- before JSON"),
        (["jobs.json"], "queuectl enqueue --file jobs.json"),
        (["./jobs.json"], "chmod +x ./jobs.json"),
        ([""], "command must not be blank"),
        (["--priority", "1000001", "true"], "--priority must be"),
        (["--max-retries", "-1", "true"], "--max-retries must be"),
        (["--id", "a b", "true"], #"--id must not contain a space: "a b""#),
        (["--queue", "a b", "-"], "--queue must"), (["--env", "=1", "true"], "--env "),
        (["--backoff-base", "0", #"{"command":"true"}"#], "--backoff-base must be"),
        (["--each", "echo", "{}"], "--each needs a command after --"),
        (["--each", "convert {} {.}.jpg", ":::", "a.png"], "--each -- sh -c 'wc -c"),
        (["--each", "--queue", "q", "wc", "-c", "{}"], "--each needs a command after --"),
        (["--each", "--", "echo {} | wc -c", ":::", "x"], "--each -- sh -c 'wc -c"),
        (["--each", "--"], "--each needs a command"), (["-0", "--", "echo"], "-0 needs --each"),
        (["--each", "--id", "x", "--", "echo"], "--id needs {#} or {}"),
        (["--each", "--wait", "--", "echo"], "--wait takes a single job"),
        (["--each", "--lines", "--", "echo"], "--each can't be combined with --lines"),
        (["--lines", "echo"], "--lines reads the commands from standard input or --file"),
        (["--lines", "--id", "x"], "with --lines, --id needs {#} or {}"),
        (["--lines", "--wait"], "--wait takes a single job"),
        (["--lines", "-0"], "-0 needs --each"),
      ] as [([String], String)])
    func `ambiguous input is refused with the line to type, and stores nothing`(
      words: [String], advice: String
    ) async throws {
      try queue.write("{}", to: "jobs.json")
      let result = try await queue.run(["enqueue"] + words, input: "")
      #expect(result.status == 64, "\(result)")
      #expect(result.output == "", "\(result)")
      #expect(result.errors.contains(advice), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")), "a queue was made")
    }

    @Test func `--help before the command prints help`() async throws {
      for words in [["--help"], ["-h"], ["--queue", "q", "--help", "du"], ["-h", "true"]] {
        let result = try await queue.run(["enqueue"] + words)
        #expect(
          result.status == 0 && result.output.contains("USAGE: queuectl enqueue"), "\(result)")
      }
    }

    @Test func `a file with the name of a program causes no warning`() async throws {
      try queue.write("", to: "true")
      try await queue.succeed("enqueue", "true")
      try queue.write("#!/bin/sh\n", to: "runs.sh")
      chmod(queue.file("runs.sh"), 0o700)
      try await queue.succeed("enqueue", "./runs.sh")
      try await queue.drain()
      #expect(try await queue.jobs().map(\.state) == ["completed", "completed"])
    }

    @Test(arguments: ["-x", "--", "+e", "-c 'echo no'", "- x"])
    func `a command line may begin with -`(line: String) async throws {
      try await queue.succeed(
        "enqueue", "{\"id\":\"a\",\"max_retries\":0,\"command\":\(try JSON.quoted(line))}")
      try await queue.drain()
      #expect(try await queue.job("a").exitCode == 127)
      try await queue.succeed(
        "enqueue", "{\"command\":\(try JSON.quoted("\(line); echo ran > out"))}")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["ran"])
    }

    // MARK: JSON

    @Test func `argv is run as exactly these words`() async throws {
      let words = [
        "a b", "it's", "$HOME", "$(touch PWN)", "*", "", "\"", "\\", "-n", "\n", "ünï", "x;y",
      ]
      let argv = ["sh", "-c", #"printf '[%s]' "$@" > out"#, "sh"] + words
      let json = String(decoding: try JSONEncoder().encode(["argv": argv]), as: UTF8.self)
      try await queue.succeed("enqueue", json)
      try await queue.drain()
      let out = String(decoding: try FileContents.read(queue.file("out")), as: UTF8.self)
      #expect(out == words.map { "[\($0)]" }.joined())
      #expect(!FileManager.default.fileExists(atPath: queue.file("PWN")))
    }

    @Test func `several objects may be several arguments`() async throws {
      let ids = try await queue.succeed(
        "enqueue", #"{"id":"a","command":"true"}"#, #"{"id":"b","argv":["true"]}"#)
      #expect(ids == "a\nb\n")
    }

    @Test(arguments: [
      (#"{"argv":["true"],"command":"true"}"#, "argv can't be combined with command"),
      (#"{"argv":[]}"#, "argv must begin with a program"), (#"{"argv":[""]}"#, "argv must begin"),
      (#"{"argv":"true"}"#, "argv must be an array"),
      (#"{"argv":["a",1]}"#, "argv may only contain text, not 1"),
      (#"{"argv":["a\u0000b"]}"#, "argv must not contain NUL"),
      (#"{"cmd":"true"}"#, #"did you mean "command"?"#),
      (#"{"args":["a"]}"#, #"did you mean "argv"?"#),
    ])
    func `argv is refused where it isn't a list of words`(
      json: String, reason: String
    ) async throws {
      let result = try await queue.run("enqueue", json)
      #expect(result.status == 64 && result.errors.contains(reason), "\(result)")
    }

    private static let layouts = [
      "{\n  \"id\": \"a\",\n  \"command\": \"true\"\n}\n{\n  \"id\": \"b\",\n  \"command\": "
        + "\"true\"\n}\n",
      #"{"id":"a","command":"true"}{"id":"b","command":"true"}"#,
      "{\"id\":\"a\",\"command\":\"true\"} {\"id\":\"b\",\n\"command\":\"true\"}",
      "\u{FEFF}{\"id\":\"a\",\"command\":\"true\"}\r\n\r\n{\"id\":\"b\",\"command\":\"true\"}\r\n",
      "\u{FEFF}[\n{\"id\":\"a\",\"command\":\"true\"},\n{\"id\":\"b\",\"command\":\"true\"}]",
      "{\"id\":\"a\",\"command\":\"true\",\n\"after_any\":\n[\n]\n}\n"
        + "{\"id\":\"b\",\"env\":\n{\n},\"command\":\"true\"}",
    ]

    @Test(arguments: layouts)
    func `JSON may have any layout`(text: String) async throws {
      #expect(try await queue.succeed("enqueue", "-", input: text) == "a\nb\n")
      try queue.write(
        text.replacingOccurrences(of: #""id":"#, with: #""unique":null,"id":"#)
          .replacingOccurrences(of: #""a""#, with: #""fa""#)
          .replacingOccurrences(of: #""b""#, with: #""fb""#), to: "jobs.json")
      #expect(try await queue.succeed("enqueue", "--file", "jobs.json") == "fa\nfb\n")
    }

    @Test func `in multi-line JSON each fault is reported once, with its line`() async throws {
      let text = """
        {
          "command": "true",
          "priority": "high"
        }
        {
          "command": "true",
          "priority": }
        {"command":
        {"command":"true"}
        echo one
        {"command":"open
        {"id":"good",
         "command":"true"}
        {"command":"true",
        """
      let result = try await queue.run("enqueue", "--keep-going", "-", input: text)
      #expect(result.status == 1, "\(result)")
      #expect(result.lines.count == 2 && result.lines.contains("good"), "\(result)")
      let named = result.errors.matches(of: /line (\d+)/).map { String($0.output.1) }
      #expect(named == ["1", "7", "8", "10", "11", "14"], "\(result)")
      #expect(result.errors.contains("line 10: isn't JSON Lines"), "\(result)")
      #expect(result.errors.contains("2 enqueued, 6 refused"), "\(result)")
    }

    @Test(arguments: ["", "\n", "[]"])
    func `input without jobs isn't a success`(text: String) async throws {
      let result = try await queue.run("enqueue", "-", input: text)
      #expect(result.status == 64 && result.errors.contains("the input has no jobs"), "\(result)")
    }

    // MARK: Sizes

    @Test func `FAULT 43: a word longer than the kernel accepts is refused with its size`()
      async throws
    {
      let fits = ": " + String(repeating: "z", count: 131_069)
      for (id, command) in [("fits", fits), ("long", fits + "z")] {
        let result = try await queue.run(
          "enqueue", "-", input: "{\"id\":\"\(id)\",\"command\":\"\(command)\"}\n")
        #expect(result.status == (id == "fits" ? 0 : 64), "\(result)")
        if id == "long" { #expect(result.errors.contains("too long: 131072 bytes"), "\(result)") }
      }
      let variable = try await queue.run(
        "enqueue", "-", input: "{\"command\":\"true\",\"env\":{\"A\":\"\(fits)\"}}")
      #expect(variable.status == 64 && variable.errors.contains("env is too long"), "\(variable)")
      try await queue.drain()
      #expect(try await queue.job("fits").state == "completed")
    }

    // MARK: --each

    private static let names = [
      "a b.log", "$(touch PWN).log", "`touch PWN`.log", "it's.log", "new\nline.log", "-rf",
      "{}.log",
      "\"quoted\".log", "back\\slash", "*.log", " blanks ", "~root", "#hash", "ünï.log", "{.}",
      "a;b&c|d",
    ]

    @Test func `FAULT 49: names with every byte are run exactly as given`() async throws {
      let input = Self.names.map { "\($0)\0" }.joined()
      let ids = try await queue.run(
        ["enqueue", "--each", "-0", "--", "sh", "-c", #"printf '%s\0' "$1" >> out"#, "sh"],
        input: input)
      #expect(ids.status == 0 && ids.lines.count == Self.names.count, "\(ids)")
      try await queue.drain()
      let out = String(decoding: try FileContents.read(queue.file("out")), as: UTF8.self)
      #expect(out == input)
      #expect(!FileManager.default.fileExists(atPath: queue.file("PWN")))
    }

    @Test func `--each inserts parts of a line into the words`() async throws {
      let words = ["--", "x", "{}", "{.}", "{/}", "{//}", "n{#}", "{}{}", "{?}"]
      let result = try await queue.run(
        ["enqueue", "--each", "--id", "j{#}", "--queue", "q"] + words,
        input: "a/b c.tar.gz\n\n.rc\n/top\nend")
      #expect(result.lines == ["j1", "j2", "j3", "j4"], "\(result)")
      let jobs = try await queue.jobs("--sort", "created", "--reverse")
      #expect(
        jobs.map(\.command) == [
          "x 'a/b c.tar.gz' 'a/b c.tar' 'b c.tar.gz' a n1 'a/b c.tar.gza/b c.tar.gz' '{?}'",
          "x .rc .rc .rc . n2 .rc.rc '{?}'", "x /top /top top / n3 /top/top '{?}'",
          "x end end end . n4 endend '{?}'",
        ])
      #expect(jobs.allSatisfy { $0.queue == "q" })
    }

    @Test func `--each takes words after ::: and lines of a file, all or none`() async throws {
      let words = try await queue.run(
        ["enqueue", "--each", "--", "ffmpeg", "-i", "{}", "{.}.mp4", ":::", "a.mov", "b c.mov"])
      #expect(words.lines.count == 2, "\(words)")
      #expect(
        try await queue.jobs().map(\.command)
          == ["ffmpeg -i 'b c.mov' 'b c.mp4'", "ffmpeg -i a.mov a.mp4"])
      try Data("ok\n\u{FF}".utf8).write(to: URL(fileURLWithPath: queue.file("names")))
      try await queue.shell("printf 'ok\\n\\377\\nfine\\n' > names").expectSuccess()
      let file = try await queue.run(["enqueue", "--each", "--file", "names", "--", "echo"])
      #expect(
        file.status == 64 && file.errors.contains("names, line 2: isn't valid UTF-8"), "\(file)")
      #expect(try await queue.jobs().count == 2)
      let none = try await queue.run(["enqueue", "--each", "--", "echo"], input: "")
      #expect(none.status == 0 && none.errors.contains("the input has no jobs"), "\(none)")
    }

    @Test func `--lines takes each line as a command line, except blanks and comments`()
      async throws
    {
      let input = "echo 'a  b' | cat >> out\n\n \t\r\n# no\n  # no\necho \\# >> out"
      let result = try await queue.run(["enqueue", "--lines", "--id", "l{#}"], input: input)
      #expect(result.status == 0 && result.lines == ["l1", "l2"], "\(result)")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["a  b", "#"])
      try await queue.shell("printf 'true\\n\\377\\n' > bad").expectSuccess()
      let bad = try await queue.run(["enqueue", "--lines", "--file", "bad"])
      #expect(bad.status == 64 && bad.errors.contains("bad, line 2: isn't valid UTF-8"), "\(bad)")
      let none = try await queue.run(["enqueue", "--lines"], input: "# nothing\n")
      #expect(none.status == 0 && none.errors.contains("the input has no jobs"), "\(none)")
      #expect(try await queue.jobs().count == 2)
    }

    @Test func `:::, NULs and CRs that aren't meant are reported`() async throws {
      let words = try await queue.run("enqueue", "--id", "a", "--", "echo", "{}", ":::", "x")
      #expect(words.status == 0 && words.output == "a\n", "\(words)")
      #expect(words.errors.contains("a job for each word after it needs --each"), "\(words)")
      let each = ["enqueue", "--each", "--", "echo"]
      let nul = try await queue.run(each, input: "x\0y\0")
      #expect(
        nul.status == 64
          && nul.errors.contains("standard input, line 1: has a NUL; for items that end with one"),
        "\(nul)")
      try await queue.shell("printf 'ok\\0b\\377.png\\0' > names").expectSuccess()
      let name = try await queue.run(
        ["enqueue", "--each", "-0", "--file", "names", "--", "echo"])
      #expect(
        name.status == 64
          && name.errors.contains("names, item 2, \"b\u{FFFD}.png\": isn't valid UTF-8"), "\(name)")
      for (input, isRefused) in [
        ("a\r\nb\r\n", true), ("a\r\nb", true), ("a\r\n", true), ("a\r\nb\nc\n", false),
        ("a\nb", false),
      ] {
        for command in [each, ["enqueue", "--lines"]] {
          let result = try await queue.run(command, input: input)
          #expect(result.status == (isRefused ? 64 : 0), "\(result)")
          #expect(
            result.errors.contains("standard input: the lines end with CR LF") == isRefused,
            "\(result)")
        }
      }
      #expect(try await queue.jobs().count == 1 + 2 * 5)
    }

    @Test func `--each replaces the placeholders of --unique, and of no other option`()
      async throws
    {
      let words = ["--each", "--unique", "u {/}", "--tag", "{}", "--", "echo", ":::", "a/b", "c"]
      let result = try await queue.run(["enqueue"] + words)
      #expect(result.status == 0 && result.lines.count == 2, "\(result)")
      let jobs = try await queue.jobs()
      #expect(Set(jobs.map(\.unique)) == ["u b", "u c"])
      #expect(jobs.allSatisfy { $0.tags == ["{}"] })
      let again = try await queue.run(["enqueue"] + words)
      #expect(again.status == 1 && again.errors.contains("u b"), "\(again)")
      let bad = try await queue.run(
        "enqueue", "--each", "--id", "a b{}", "--", "echo", ":::", "x")
      #expect(
        bad.status == 64
          && bad.errors.contains(#"word 1, "x": --id must not contain a space: "a bx""#), "\(bad)")
    }

    @Test func `--quiet stores the jobs and prints no ids`() async throws {
      for words in [["--quiet", "true"], ["-q", "--each", "--", "echo", ":::", "a", "b"]] {
        let result = try await queue.run(["enqueue"] + words)
        #expect(result.status == 0 && result.output == "" && result.errors == "", "\(result)")
      }
      #expect(try await queue.jobs().count == 3)
      let workers = try await queue.startWorkers()
      let wait = try await queue.run("enqueue", "--quiet", "--wait", "echo out")
      #expect(wait.status == 0 && wait.output == "out\n", "\(wait)")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    // MARK: Reused ids

    @Test func `--replace-ended frees the id of an ended job, and keeps that job`()
      async throws
    {
      let nightly = ["enqueue", "--id", "nightly", "--replace-ended", "--max-retries", "0"]
      for command in ["echo first", "false", "echo third"] {
        let night = try await queue.run(nightly + [command])
        #expect(night.status == 0 && night.output == "nightly\n" && night.errors == "", "\(night)")
        try await queue.drain()
      }
      let jobs = try await queue.jobs()
      #expect(jobs.map(\.state) == ["completed", "dead", "completed"])
      #expect(jobs[0].id == "nightly")
      #expect(jobs.dropFirst().allSatisfy { $0.id.wholeMatch(of: /nightly\.[0-9a-z]{11}/) != nil })
      #expect(try await queue.succeed("logs", "nightly") == "third\n")
      #expect(try await queue.succeed("logs", jobs[2].id) == "first\n")

      try await queue.succeed("enqueue", "--id", "other", "sleep 100")
      let unfinished = try await queue.run(
        "enqueue", "--id", "other", "--replace-ended", "true")
      #expect(
        unfinished.status == 1
          && unfinished.errors.contains(#"job "other" already exists and is pending: choose"#),
        "\(unfinished)")
      let absent = try await queue.run(
        "enqueue", "--id", "other", "--replace-ended", "--if-absent", "true")
      #expect(absent.status == 0 && absent.output == "other\n", "\(absent)")
    }

    @Test func `a taken id is refused with the state of its job`() async throws {
      try await queue.succeed("enqueue", "--id", "nightly", "--max-retries", "0", "echo ran >> out")
      let taken = #"job "nightly" already exists and is "#
      for (state, remedy) in [
        ("pending", "choose another id, or pass --if-absent"),
        ("completed", "pass --replace-ended, or choose another id"),
      ] {
        let words = try await queue.run("enqueue", "--id", "nightly", "true")
        #expect(words.status == 1, "\(words)")
        #expect(words.errors == "queuectl: \(taken)\(state): \(remedy)\n")
        let lines = try await queue.run(
          "enqueue", "-", input: #"{"id":"nightly","command":"true"}"# + "\n")
        #expect(lines.status == 1, "\(lines)")
        #expect(
          lines.errors.contains("standard input, line 1: \(taken)\(state): \(remedy)\n"), "\(lines)"
        )
        if state == "pending" { try await queue.drain() }
      }
      for words in [["true"], ["--wait", "true"]] {
        let absent = try await queue.run(["enqueue", "--id", "nightly", "--if-absent"] + words)
        #expect(absent.status == 3, "\(absent)")
        #expect(absent.errors.contains("is already completed and doesn't run again"), "\(absent)")
      }
      #expect(try queue.lines(of: "out") == ["ran"])
    }

    @Test func `--db and a terminal report a new database`()
      async throws
    {
      let made = try await queue.run("enqueue", "--db", "new.db", "true")
      #expect(made.status == 0 && made.errors.contains("created a new queue at "), "\(made)")
      let again = try await queue.run("enqueue", "--db", "new.db", "--queue", "mail", "true")
      #expect(again.status == 0 && again.errors == "", "\(again)")
      let screen = try await queue.screen("enqueue", "--db", "new.db", "--queue", "mial", "true")
      #expect(screen.contains(#""mial" is a new queue; did you mean "mail"?"#), "\(screen)")
    }

    @Test func `a terminal reports that no worker serves the queue`() async throws {
      let hint = "no worker runs: queuectl worker start"
      let screen = try await queue.screen("enqueue", "true")
      #expect(screen.contains(hint), "\(screen)")
      let piped = try await queue.run("enqueue", "true")
      #expect(piped.status == 0 && piped.errors == "", "\(piped)")
      let workers = try await queue.startWorkers("--queue", "mail")
      let served = try await queue.screen("enqueue", "--queue", "mail", "true")
      #expect(!served.contains("worker"), "\(served)")
      let other = try await queue.screen("enqueue", "true")
      #expect(
        other.contains(#"no worker serves its queue "default": queuectl worker start --queue"#),
        "\(other)")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    // MARK: Other commands

    @Test(
      arguments: [
        (["stop"], 64, #"did you mean "worker stop"?"#), (["ls"], 64, #"did you mean "list"?"#),
        (["unpause"], 64, #"did you mean "resume"?"#),
        (["requeue"], 64, #"did you mean "retry"?"#),
        (["dlq", "rm"], 64, #"did you mean "discard"?"#),
        (["queue", "ls"], 64, #"did you mean "list"?"#),
        (["schedule", "rm"], 64, #"did you mean "remove"?"#),
        (["wait", "nosuch"], 127, "no job is called"),
        (["list", "--state", "canceled"], 0, "no matching jobs"),
        (["list", "--state", "running"], 64, #"isn't a state; did you mean "processing"?"#),
        (["worker", "start", "4"], 64, "Give the number as an option: --count 4"),
        (["worker", "start", "-j", "0"], 64, "--count must be from 1"),
        (["worker", "start", "--workers=0"], 64, "--count must be from 1"),
        (["list", "--queue", "nosuch"], 0, #"no queue is called "nosuch""#),
        (["stats", "--queue", "nosuch"], 0, #"no queue is called "nosuch""#),
        (["cancel", "--tag", "nosuch", "--yes"], 0, #"no job has the tag "nosuch""#),
        (["--db", "q", "list"], 64, "--db comes after the command: queuectl list --db PATH"),
        (["--db=q", "lst"], 64, "--db comes after the command: queuectl status --db PATH"),
        (["worker", "--db", "q", "stop"], 64, "queuectl worker stop --db PATH"),
        (["edit", "a", "--priority", "1000001"], 64, "--priority must be"),
        (["edit", "a", "--command", " "], 64, "--command must not be blank"),
        (["edit", "--tag", "a"], 64, "or pass --all or a filter like --in-queue"),
        (["edit", "a", "--with-tag", "b", "--nice", "1"], 64, "Ids can't be combined with --all"),
        (["schedule", "edit", "a", "--command", "true"], 64, "schedule edit NAME 'make all'"),
        (["top", "-bn1"], 0, ""), (["top", "-b", "-n1", "-d1"], 0, ""),
        (["top", "-b", "-n", "1"], 0, ""),
      ] as [([String], Int, String)])
    func `other commands suggest the nearest name, and accept common abbreviations`(
      words: [String], status: Int, text: String
    ) async throws {
      try await queue.succeed("enqueue", "--id", "a", "--queue", "mail", "true")
      let result = try await queue.run(words)
      #expect(result.status == status, "\(result)")
      #expect(text.isEmpty ? result.errors == "" : result.errors.contains(text), "\(result)")
    }

    @Test func `names of other tools work, though the help omits them`() async throws {
      try queue.write("[{\"id\":\"a\",\"command\":\"true\"}]", to: "jobs.json")
      try await queue.succeed("enqueue", "-q", "-f", "jobs.json")
      try await queue.succeed("enqueue", "--id", "b", "--run-at", "2099-01-01T00:00Z", "echo", "x")
      try await queue.succeed(
        "enqueue", "--id", "c", "--run-at=2099-01-01T00:00Z", "--", "echo", "-f")
      #expect(try await queue.job("c").command == "echo -f")
      try await queue.succeed(
        "enqueue", "--name", "d", "-g", "night", "--retries=7", "--delay", "1h", "true")
      let other = try await queue.job("d")
      #expect(other.queue == "night" && other.maxRetries == 7)
      let time = JSON.date("2099-01-01T00:00:00.000Z")
      #expect(try await queue.jobs().filter { $0.runAt == time }.map(\.id) == ["c", "b"])
      try await queue.succeed("edit", "b", "--run-at", "2098-01-01T00:00Z")
      #expect(try await queue.succeed("list", "-s", "pending", "--search", "true").contains("a "))
      let settings = try await queue.succeed("config", "list")
      for words in [["show"], ["get"], ["get", "--db", queue.database]] {
        let result = try await queue.run(["config"] + words)
        #expect(result.output == settings, "\(result)")
      }
      try await queue.succeed("worker", "start", "--background")
      try await queue.succeed("wait", "a")
      try await queue.succeed("worker", "stop")
      for words in [["enqueue"], ["list"], ["worker", "start"], ["config"], ["edit"]] {
        let help = try await queue.run(words + ["--help"]).output
        for name in [" -f", " -q", " -s", "--run-at", "--background", "  show "] {
          #expect(!help.contains(name), "\(words): \(name)")
        }
      }
    }

    @Test func `an option unlike all others is refused without a suggestion`() async throws {
      let far = try await queue.run("list", "--all")
      #expect(far.status == 64 && !far.errors.contains("Did you mean"), "\(far)")
      let near = try await queue.run("list", "--limt", "1")
      #expect(near.status == 64 && near.errors.contains("Did you mean '--limit'?"), "\(near)")
    }
  }
}
