import Foundation
import Testing

extension EndToEnd {
  /// `edit`.
  @Suite struct Editing {
    let queue = TestQueue.current

    @Test func `a waiting job is changed, and an idle worker is notified`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await queue.succeed("enqueue", "--id", "job1", "--delay", "1h", "echo old")
      let workers = try await queue.startWorkers()
      #expect(
        try await queue.succeed("edit", "job1", "--command", "echo new", "--priority", "-5")
          == "edited job1\n")
      let job = try await queue.job("job1")
      #expect(job.command == "echo new")
      #expect(job.priority == -5)
      let ring = try queue.lastRing()
      try await queue.succeed("edit", "job1", "--delay", "0")
      #expect(try queue.lastRing() != ring)
      try await workers.line(containing: "job1 completed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)

      let late = try await queue.run("edit", "job1", "--priority", "1")
      #expect(late.status == 1, "\(late)")
      #expect(
        late.errors.contains(
          #"job "job1" is completed: it must be pending, failed, dead or cancelled"#),
        "\(late)")
    }

    @Test func `a dead job is changed, stays dead, and runs with the changes once retried`()
      async throws
    {
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0", "--env", "A=old", "--env", "B=b", "exit 4")
      try await queue.drain()
      let result = try await queue.run(
        "edit", "job", "--command", "echo $A $B > out", "--queue", "other", "--timeout", "1m",
        "--max-retries", "2", "--backoff-base", "1.5", "--cwd", "/tmp", "--env", "A=new",
        "--priority", "3", "--success-on", "1", "--nice", "4", "--memory", "1g", "--cpus", "2",
        "--best-effort")
      #expect(result.status == 0 && result.output == "edited job\n", "\(result)")
      #expect(
        result.errors == "queuectl: job stays dead until it is retried: \"queuectl retry job\"\n")
      try await queue.succeed("edit", "job", "--cwd", ".")
      let job = try await queue.job("job")
      #expect(job.state == "dead" && job.queue == "other" && job.timeout == 60)
      #expect(job.maxRetries == 2 && job.backoffBase == 1.5 && job.cwd == queue.path)
      #expect(job.env == ["A": "new", "B": "b"] && job.priority == 3 && job.successOn == "1")
      #expect(job.nice == 4 && job.memory == 1 << 30 && job.cpus == 2)
      #expect(job.bestEffort == true)
      #expect(try await queue.counts()["dead"] == 1)
      let late = try await queue.run("edit", "job", "--delay", "1h")
      #expect(late.status == 1 && late.errors.contains("only waiting jobs have a start time"))
      try await queue.succeed("retry", "job")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["new b"])
    }

    @Test func `several jobs are changed by id, all or none`() async throws {
      for id in ["a", "b"] {
        try await queue.succeed("enqueue", "--id", id, "--delay", "1h", "true")
      }
      try await queue.succeed("enqueue", "--id", "off", "true")
      try await queue.succeed("cancel", "off")
      let both = try await queue.run("edit", "a", "off", "b", "--priority", "4")
      #expect(both.status == 0 && both.output == "edited a\nedited off\nedited b\n", "\(both)")
      #expect(
        both.errors
          == "queuectl: off stays cancelled until it is retried: \"queuectl retry off\"\n")
      let none = try await queue.run("edit", "a", "off", "--delay", "0")
      #expect(none.status == 1 && none.output == "", "\(none)")
      #expect(none.errors.contains(#"job "off" is cancelled: only waiting jobs have a start time"#))
      let dry = try await queue.succeed("edit", "a", "b", "--priority", "5", "--dry-run")
      #expect(dry == "would edit 2 jobs (priority 5):\n  a\n  b\n")
      #expect(
        try await queue.jobs().allSatisfy { $0.priority == 4 && $0.runAt != nil || $0.id == "off" })
    }

    @Test func `jobs are changed by filter, once that is confirmed`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "dead", "--max-retries", "0", "--tag", "t", "false")
      try await queue.succeed("enqueue", "--id", "done", "--tag", "t", "true")
      try await queue.drain()
      for id in ["a", "b"] { try await queue.succeed("enqueue", "--id", id, "--tag", "t", "true") }
      try await queue.succeed("enqueue", "--id", "other", "--queue", "mail", "true")
      let refused = try await queue.run("edit", "--with-tag", "t", "--nice", "3")
      #expect(refused.status == 64 && refused.errors.contains("pass --yes to edit"), "\(refused)")
      let dry = try await queue.succeed("edit", "--with-tag", "t", "--delay", "1h", "--dry-run")
      #expect(dry == "would edit 2 jobs (new start time):\n  a\n  b\n")
      let some = try await queue.run("edit", "--with-tag", "t", "--delay", "1h", "--yes")
      #expect(some.status == 0 && some.output == "edited 2 jobs (new start time)\n", "\(some)")
      #expect(some.errors == "queuectl: 1 job not edited: only waiting jobs have a start time\n")
      let all = try await queue.run(
        "edit", "--in-queue", "default", "--state", "dead,pending", "--queue", "night", "--tag",
        "u", "--yes")
      #expect(all.output == "edited 3 jobs (queue night, add tag u)\n", "\(all)")
      #expect(all.errors == "", "\(all)")
      let moved = try await queue.jobs("--queue", "night")
      #expect(moved.map(\.id) == ["b", "a", "dead"] && moved.allSatisfy { $0.tags == ["t", "u"] })
      let wrong = try await queue.run("edit", "--state", "completed", "--nice", "1", "--yes")
      #expect(wrong.status == 64 && wrong.errors.contains("enqueues a changed copy"), "\(wrong)")
      let unknown = try await queue.run("edit", "--with-tag", "tt", "--nice", "1", "--yes")
      #expect(
        unknown.output == "edited 0 jobs (nice 1)\n"
          && unknown.errors.contains("no job has the tag"))
      let bad = try await queue.run("edit", "--with-tag", "", "--nice", "1", "--yes")
      #expect(bad.status == 64 && bad.errors.contains("--with-tag "), "\(bad)")
      #expect(try await queue.job("other").queue == "mail")
    }

    @Test func `a tag that is added isn't taken for a filter`() async throws {
      for (id, tag) in [("a", "t"), ("b", "u")] {
        try await queue.succeed("enqueue", "--id", id, "--tag", tag, "true")
      }
      let dry = try await queue.run(
        "edit", "--tag", "t", "--queue", "q", "--state", "pending", "--priority", "9", "--dry-run")
      #expect(
        dry.output == "would edit 2 jobs (queue q, priority 9, add tag t):\n  a\n  b\n", "\(dry)")
      #expect(
        dry.errors == """
          queuectl: --tag adds a tag; --with-tag selects jobs
          queuectl: --queue moves jobs to that queue; --in-queue selects jobs

          """, "\(dry)")
      let terminal = try Terminal(columns: 120)
      let edit = try queue.start("edit", "--tag", "t", "--state", "pending", on: terminal)
      try await terminal.shows("Edit 2 jobs (add tag t)? [y/N]")
      terminal.type("n\r")
      #expect(try await edit.exit() == 1)
      #expect(try await queue.job("b").tags == ["u"])
      let all = try await queue.run("edit", "--all", "--tag", "t", "--yes")
      #expect(all.output == "edited 2 jobs (add tag t)\n" && all.errors == "", "\(all)")
    }

    @Test func `a large selection is changed in parts`() async throws {
      try await queue.succeed(
        "enqueue", "-", "--quiet",
        input: String(repeating: "{\"command\":\"true\"}\n", count: 600))
      #expect(
        try await queue.succeed("edit", "--all", "--priority", "7", "--yes")
          == "edited 600 jobs (priority 7)\n")
      #expect(try await queue.jobs().allSatisfy { $0.priority == 7 })
    }

    @Test func `retry changes the command and the retries first`() async throws {
      for id in ["a", "b"] {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", "exit 4")
      }
      try await queue.drain()
      let both = try await queue.run("retry", "a", "b", "--command", "true")
      #expect(both.status == 64 && both.errors.contains("--command takes a single job"), "\(both)")
      let blank = try await queue.run("retry", "a", "--command", " ")
      #expect(blank.status == 64 && blank.errors.contains("--command must not be blank"))
      try await queue.succeed("retry", "a", "--command", "echo fixed > out", "--max-retries", "7")
      let dry = try await queue.run(
        "dlq", "retry", "--all", "--max-retries", "9", "--dry-run")
      #expect(dry.status == 0, "\(dry)")
      #expect(try await queue.job("b").maxRetries == 0)
      try await queue.succeed("dlq", "retry", "--all", "--max-retries", "9", "--yes")
      #expect(try await queue.job("a").maxRetries == 7)
      let job = try await queue.job("b")
      #expect(job.maxRetries == 9 && job.state == "pending" && job.command == "exit 4")
      try await queue.succeed("cancel", "b")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["fixed"])
      let done = try await queue.run("retry", "a", "--command", "echo never")
      #expect(done.status == 1, "\(done)")
      #expect(try await queue.job("a").command == "echo fixed > out")
    }

    @Test func `retry --edit opens the command in an editor`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0", "echo old > out; exit 4")
      try await queue.drain()
      let piped = try await queue.run("retry", "job", "--edit")
      #expect(piped.status == 64 && piped.errors.contains("--edit needs a terminal"), "\(piped)")
      for (editor, problem) in [
        ("false", "the editor failed; nothing was changed"),
        ("truncate -s 0", "--command must not be blank"),
      ] {
        let error = await #expect(throws: Surprise.self) {
          try await queue.screen(["retry", "job", "--edit"], adding: ["EDITOR": editor])
        }
        #expect("\(error as Any)".contains(problem))
      }
      #expect(try await queue.job("job").state == "dead")
      try queue.write("echo opened > opened\n", to: "note")
      try await queue.succeed("enqueue", "--id", "waits", "--delay", "1h", "true")
      let error = await #expect(throws: Surprise.self) {
        try await queue.screen(["retry", "waits", "--edit"], adding: ["EDITOR": "sh note"])
      }
      #expect("\(error as Any)".contains("must be failed, dead or cancelled"))
      #expect(!FileManager.default.fileExists(atPath: queue.file("opened")))
      try await queue.succeed("cancel", "waits")
      try queue.write(
        "sed -i 's/old/new/; s/exit 4/true/' \"$1\"; echo \"$1\" > place\n", to: "editor")
      let edited = try await queue.screen(
        ["retry", "job", "--edit"], adding: ["VISUAL": "sh editor", "EDITOR": "false"])
      #expect(edited.contains("retried 1 job"), "\(edited)")
      let place = try queue.lines(of: "place")[0]
      #expect(place.hasPrefix(queue.path + "/queuectl-") && place.hasSuffix(".sh"), "\(place)")
      #expect(!FileManager.default.fileExists(atPath: place))
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["new"])
    }

    @Test func `an edited command that can't be stored is kept in a file, which is named`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "exit 4")
      try await queue.drain()
      for (script, status, kept) in [
        // The job is retried meanwhile.
        ("echo 'echo typed' > \"$1\"; '\(Binary.path)' retry job", 1, true),
        ("echo 'echo typed' > \"$1\"; exit 1", 1, true),
        ("printf '\\377' > \"$1\"", 64, true),
        ("printf '%131072s' x > \"$1\"", 64, true),
        ("'\(Binary.path)' retry job", 1, false), ("exit 1", 1, false),
        ("echo > \"$1\"", 64, false),
      ] {
        if try await queue.job("job").state != "dead" { try await queue.drain() }
        try queue.write("echo \"$1\" > place\n\(script)\n", to: "editor")
        let terminal = try Terminal(columns: 250)
        let child = try queue.start(
          "retry", "job", "--edit", on: terminal, adding: ["EDITOR": "sh editor"])
        #expect(try await child.exit() == status, "\(script)")
        try await offPool { _ = terminal.screen.waitForEnd(atMost: Patience.usual) }
        let text = terminal.screen.text
        let place = try queue.lines(of: "place")[0]
        let isNamed = text.contains("the edited command is kept in \(place)")
        #expect(isNamed == kept, "\(script): \(text)")
        #expect(FileManager.default.fileExists(atPath: place) == kept, "\(script): \(text)")
        if script.hasPrefix("echo 'echo typed'") {
          #expect(try String(contentsOfFile: place, encoding: .utf8) == "echo typed\n")
        }
      }
      let dry = try await queue.run("retry", "job", "--edit", "--dry-run")
      #expect(dry.status == 64 && dry.errors.contains("can't be combined with --dry-run"), "\(dry)")
    }

    @Test func `^C in the editor is the editor's`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "exit 4")
      try await queue.drain()
      try queue.write(
        """
        trap 'echo "echo typed > out" > "$1"; exit 0' INT
        echo ready; while :; do sleep 0.01; done
        """, to: "editor")
      let terminal = try Terminal(columns: 80)
      let child = try queue.start(
        "retry", "job", "--edit", on: terminal, adding: ["EDITOR": "sh editor"])
      try await terminal.shows("ready")
      terminal.type("\u{3}")
      #expect(try await child.exit() == 0, "\(terminal.screen.text)")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["typed"])
    }

    @Test func `rerun enqueues a new job like an old one, called after it`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "--queue", "q", "--priority", "4", "--timeout", "1m", "--env",
        "A=x", "--max-retries", "1", "echo $A >> out")
      try await queue.drain()
      #expect(try await queue.succeed("rerun", "job") == "job.2\n")
      let changed = try await queue.succeed("rerun", "job.2", "--env", "A=y", "--delay", "1h")
      #expect(changed == "job.3\n")
      let named = try await queue.succeed("rerun", "job", "--id", "mine", "--command", "true")
      #expect(named == "mine\n")
      let copy = try await queue.job("job.2")
      #expect(copy.command == "echo $A >> out" && copy.queue == "q" && copy.priority == 4)
      #expect(copy.timeout == 60 && copy.env == ["A": "x"] && copy.maxRetries == 1)
      #expect(copy.state == "pending" && copy.runAt == nil)
      let later = try await queue.job("job.3")
      #expect(later.env == ["A": "y"] && later.runAt != nil)
      let taken = try await queue.run("rerun", "job", "--id", "mine")
      #expect(taken.status == 1 && taken.errors.contains(#"job "mine" already exists"#), "\(taken)")
      let wrong = try await queue.run("rerun", "job", "--id", "a b")
      #expect(wrong.status == 64 && wrong.errors.contains("--id must"), "\(wrong)")
      let unknown = try await queue.run("rerun", "nosuch")
      #expect(unknown.status == 1 && unknown.errors.contains("no job is called"), "\(unknown)")
      try await queue.succeed("cancel", "job.3", "mine")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["x", "x"])
      #expect(try await queue.job("job").state == "completed")
    }

    @Test func `a job that holds its key is not run twice at once`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--unique", "k", "true")
      let taken = try await queue.run("rerun", "job")
      #expect(taken.status == 1, "\(taken)")
      #expect(taken.errors.contains(#"unfinished job "job" has the key "k": wait for it"#))
      #expect(try await queue.succeed("rerun", "job", "--unique", "other") == "job.2\n")
    }

    @Test func `remove takes ended jobs by id, all or none`() async throws {
      for id in ["done", "dead", "waits"] {
        try await queue.succeed(
          "enqueue", "--id", id, "--max-retries", "0", "--delay", id == "waits" ? "1h" : "0",
          id == "dead" ? "exit 1" : "echo \(id)")
      }
      let workers = try await queue.startWorkers()
      _ = try await queue.run("wait", "done", "dead")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
      let refused = try await queue.run("remove", "done", "waits")
      #expect(refused.status == 1, "\(refused)")
      #expect(
        refused.errors.contains(
          #"job "waits" is pending: it must be completed, dead or cancelled"#), "\(refused)")
      #expect(try await queue.jobs().count == 3)
      let dry = try await queue.succeed("remove", "done", "dead", "--dry-run")
      #expect(dry == "would remove 2 jobs:\n  done\n  dead\n")
      #expect(try await queue.succeed("remove", "done", "dead") == "removed 2 jobs\n")
      #expect(try await queue.jobs().map(\.id) == ["waits"])
      let gone = try await queue.run("remove", "done")
      #expect(gone.status == 1 && gone.errors.contains("no job is called"), "\(gone)")
    }

    @Test func `queue forget refuses a queue with jobs, a limit or a pause`() async throws {
      try await queue.succeed("enqueue", "--id", "a", "--queue", "mail", "true")
      let jobs = try await queue.run("queue", "forget", "mail")
      #expect(
        jobs.status == 1 && jobs.errors.contains("mail has 1 job: cancel or remove them first"))
      try await queue.succeed("cancel", "a")
      try await queue.succeed("remove", "a")
      try await queue.succeed("queue", "limit", "mail", "2")
      let limit = try await queue.run("queue", "forget", "mail")
      #expect(limit.errors.contains(#"mail has a limit: "queuectl queue limit mail none""#))
      try await queue.succeed("queue", "limit", "mail", "none")
      try await queue.succeed("queue", "pause", "mail")
      let paused = try await queue.run("queue", "forget", "mail")
      #expect(paused.errors.contains(#"mail is paused: "queuectl queue resume mail""#))
      try await queue.succeed("queue", "resume", "mail")
      #expect(try await queue.succeed("queue", "forget", "mail") == "forgot mail\n")
      let unknown = try await queue.run("queue", "forget", "mail")
      #expect(unknown.status == 1 && unknown.errors.contains("no queue is called"), "\(unknown)")
    }

    @Test(
      arguments: [
        ([], 64, "Give the change"),
        (["--delay", "1", "--at", "+1m"], 64, "--delay can't be combined with --at"),
        (["--at", "never"], 64, "--at takes"), (["--delay", "-1"], 64, "--delay takes"),
        (["--priority", "99999999"], 64, "--priority must be from"),
        (["--command", " "], 64, "--command must not be blank"),
        (["--max-retries", "-1"], 64, "--max-retries must be"),
        (["--queue", "a b"], 64, #"--queue must not contain a space: "a b""#),
        (["--timeout", "0"], 64, "--timeout must be more than 0, not 0s"),
        (["--cpus", "x"], 64, "CPU limit, 0.01 to 1000 CPUs"),
        (["--max-retries", "x"], 64, "0 to 10000"),
        (["--priority", "x"], 64, "-1000000 to 1000000"),
        (["--backoff-base", "x"], 64, "0.1 to 1000"),
        (["--env", "NOSUCH"], 64, "--env takes"), (["--backoff-base", "0"], 64, "--backoff-base"),
        (["--nice", "20"], 64, "--nice must be from -20 to 19, not 20"),
        (["--memory", "1"], 64, "--memory must be from 1MB to 1024TB, not 1B"),
        (["--memory", "much"], 64, #"from 1MB to 1024TB, not "much""#),
        (["--cpus", "0"], 64, "--cpus must be from 0.01 to 1000, not 0"),
      ] as [([String], Int, String)])
    func `invalid values are refused`(words: [String], status: Int, message: String) async throws {
      try await queue.succeed("enqueue", "--id", "job1", "true")
      let before = try await queue.succeed("list", "--json")
      let result = try await queue.run(["edit", "job1"] + words)
      #expect(result.status == status, "\(result)")
      #expect(result.errors.contains(message), "\(result)")
      #expect(try await queue.succeed("list", "--json") == before)
    }
  }
}
