import Foundation
import Testing

extension EndToEnd {
  /// `status`, `list`, `worker list`: as tables and as JSON, on terminals and in pipes.
  @Suite struct Looking {
    let queue = TestQueue.current

    /// Jobs in several states: a and b completed, c dead, d failed, e and f pending.
    private func fill() async throws {
      try await queue.succeed("config", "set", "backoff-base", "1000")
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"id":"a","command":"echo alpha"}
          {"id":"b","command":"true","queue":"mail"}
          {"id":"c","command":"exit 3","max_retries":0}
          {"id":"d","command":"exit 4"}
          """)
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "d failed after")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      try await queue.succeed("enqueue", "--id", "e", "--queue", "mail", "true")
      try await queue.succeed("enqueue", "--id", "f", "--delay", "1h", "true")
    }

    @Test func `status shows the count of every state, and the workers`() async throws {
      try await fill()
      let text = try await queue.run("status")
      #expect(text.status == 0)
      let counts = [
        "pending": 2, "processing": 0, "completed": 2, "failed": 1, "dead": 1, "cancelled": 0,
      ]
      for (state, count) in counts {
        let line = text.lines.first { $0.hasPrefix(state) }
        #expect(line?.split(separator: " ").last == "\(count)", "\(text)")
      }
      #expect(text.lines.contains("workers: 0 (0 busy)"), "\(text)")
      #expect(text.errors.contains("no worker runs"), "\(text)")

      let json = try JSON.object(try await queue.succeed("status", "--json"))
      #expect(
        Set(json.keys) == [
          "database", "jobs", "workers", "supervisors", "on_dead_backlog", "frozen", "schedules",
        ])
      #expect(json["database"] as? String == queue.database)
      #expect(json["jobs"] as? [String: Int] == counts)
    }

    @Test func `status has a total, and fails if a condition holds`() async throws {
      let missing = try await queue.run("status", "--fail-if", "dead>0")
      #expect(missing.status == 1 && missing.errors.contains("no queue at"), "\(missing)")
      for _ in 1...2 { try await queue.succeed("enqueue", "--max-retries", "0", "exit 1") }
      let quiet = try await queue.run("status", "--fail-if", "dead>0", "--fail-if", "lost > 0")
      #expect(quiet.status == 0, "\(quiet)")
      #expect(
        quiet.lines.prefix(7) == [
          "pending:    2", "processing: 0", "completed:  0", "failed:     0", "dead:       0",
          "cancelled:  0", "total:      2",
        ])
      try await queue.drain()
      for words in [["status"], ["status", "--json"], ["status", "--watch", "100ms"]] {
        let dead = try await queue.run(words + ["--fail-if", "dead>=2", "--fail-if", "workers<1"])
        #expect(dead.status == 3 && !dead.output.isEmpty, "\(dead)")
        #expect(dead.errors.contains("queuectl: dead>=2: dead is 2\n"), "\(dead)")
        #expect(dead.errors.contains("queuectl: workers<1: workers is 0\n"), "\(dead)")
      }
      let wrong = try await queue.run("status", "--fail-if", "deed>0")
      #expect(wrong.status == 64, "\(wrong)")
      #expect(wrong.errors.contains(#"not "deed>0"; it can compare "#), "\(wrong)")
    }

    @Test func `list notes why a job waits, and COMMAND stays readable`() async throws {
      let long = "echo " + String(repeating: "x", count: 60)
      try await queue.succeed("enqueue", "--id", "first", "--queue", "a-long-name", long)
      try await queue.succeed(
        "enqueue", "--id", "next", "--after", "first", "--priority", "5", "exit 7 \(long)",
        "--max-retries", "0")
      try await queue.succeed("queue", "pause", "a-long-name")
      let notes = try await queue.run("list")
      #expect(notes.lines.first?.hasSuffix("  NOTE") == true, "\(notes)")
      #expect(notes.lines.contains { $0.hasSuffix("  queue paused") }, "\(notes)")
      #expect(notes.lines.contains { $0.hasSuffix("  after first") }, "\(notes)")
      for (columns, title) in [(80, "QUEUE"), (60, "PRI"), (60, "NOTE")] as [(UInt16, String)] {
        let screen = try await queue.screen(["list", "--no-color"], columns: columns)
        let lines = screen.replacing("\r\n", with: "\n").split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= Int(columns) }, "\(screen)")
        #expect(!lines[0].contains(title), "\(screen)")
        #expect(lines.contains { $0.contains("echo xxxxxxxxxxxxxxxxxx") }, "\(screen)")
      }
      try await queue.succeed("queue", "resume", "a-long-name")
      try await queue.drain()
      #expect(try await queue.run("list").lines.contains { $0.hasSuffix("  exit status 7") })
    }

    @Test func `status and worker list show each worker's job`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "busy", held.command)
      let workers = try await queue.startWorkers(
        "--count", "3", "--queue", "default", "--queue", "mail")
      let start = try await held.nextStart()
      #expect(try await queue.succeed("status").contains("workers: 3 (1 busy)"))
      let objects = try JSON.objects(try await queue.succeed("worker", "list", "--json"))
      #expect(objects.count == 4)
      for object in objects.dropLast() { #expect(Set(object.keys) == WorkerRecordJSON.fields) }
      let records = try await queue.workers()
      #expect(records.map(\.state).sorted() == ["busy", "idle", "idle"])
      let busy = try #require(records.first { $0.state == "busy" })
      #expect(busy.job == "busy")
      #expect(busy.pid == start.worker)
      #expect(records.allSatisfy { $0.queues == ["default", "mail"] })
      let table = try await queue.run("worker", "list")
      #expect(table.lines.count == 5, "\(table)")
      #expect(table.lines.contains { $0.hasPrefix(busy.id) && $0.contains(" busy ") }, "\(table)")
      let job = try await queue.job("busy")
      #expect(job.state == "processing")
      #expect(job.worker == busy.id)
      #expect(job.startedAt != nil && job.finishedAt == nil)

      held.release()
      try await workers.line(containing: "busy completed")
      #expect(try await queue.workers().map(\.completed).reduce(0, +) == 1)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      let none = try await queue.run("worker", "list")
      #expect(none.status == 0 && none.output == "", "\(none)")
      #expect(none.errors.contains("no workers"), "\(none)")
      #expect(try await queue.succeed("worker", "list", "--json") == "[]\n")
    }

    @Test func `list filters by state, queue and text, newest first`() async throws {
      try await fill()
      #expect(try await queue.jobs().map(\.id) == ["f", "e", "d", "c", "b", "a"])
      #expect(try await queue.jobs("--state", "pending").map(\.id) == ["f", "e"])
      #expect(try await queue.jobs("--state", "dead", "--state", "failed").map(\.id) == ["d", "c"])
      #expect(try await queue.jobs("--state", "PENDING").map(\.id) == ["f", "e"])
      #expect(try await queue.jobs("--queue", "mail").map(\.id) == ["e", "b"])
      #expect(try await queue.jobs("--queue", "mail", "--state", "completed").map(\.id) == ["b"])
      #expect(try await queue.jobs("--queue", "nosuchqueue").isEmpty)
      #expect(try await queue.jobs("--search", "ALPHA").map(\.id) == ["a"], "in the command")
      #expect(try await queue.jobs("--search", "status 3").map(\.id) == ["c"], "in the error")
      #expect(try await queue.jobs("--search", "%").isEmpty, "% is a character like any other")
      #expect(try await queue.jobs("--limit", "2").map(\.id) == ["f", "e"])
      #expect(try await queue.jobs("--limit", "0").count == 6)
      #expect(try await queue.jobs("--state", "processing").isEmpty)
    }

    @Test func `list sorts, and filters by age and exit status`() async throws {
      try await fill()
      #expect(try await queue.jobs("--exit", "3").map(\.id) == ["c"])
      #expect(try await queue.jobs("--exit", "9").isEmpty)
      #expect(try await queue.jobs("--older-than", "1h").isEmpty)
      #expect(try await queue.jobs("--newer-than", "1h").count == 6)
      #expect(try await queue.jobs("--older-than", "0").count == 6)
      #expect(try await queue.jobs("--reverse").map(\.id) == ["a", "b", "c", "d", "e", "f"])
      try await queue.succeed("enqueue", "--id", "g", "--priority", "7", "true")
      #expect(try await queue.jobs("--sort", "priority").first?.id == "g")
      #expect(try await queue.jobs("--sort", "attempts", "--reverse").first?.id == "e")
      #expect(
        try await queue.jobs("--state", "completed", "--sort", "UPDATED", "--limit", "1").count == 1
      )
      for flags in [
        ["--sort", "id"], ["--sort", ""], ["--older-than", "soon"], ["--newer-than", "-5"],
        ["--exit", "x"], ["--sort", "\u{1B}[2J"],
      ] {
        let result = try await queue.run(["list"] + flags)
        #expect(result.status == 64, "\(result)")
        #expect(!result.errors.contains("\u{1B}"))
      }
      #expect(try await queue.run("list", "--sort", "prioritty").errors.contains("\"priority\"?"))
    }

    @Test func `a sort that would take too long is refused with the reason`() async throws {
      try await queue.succeed(
        "enqueue", "-", input: String(repeating: "{\"command\":\"true\"}\n", count: 10_001))
      let result = try await queue.run("list", "--sort", "runtime")
      #expect(result.status == 1 && result.output == "", "\(result)")
      #expect(result.errors.contains("10001 jobs are too many to sort by runtime"), "\(result)")
      #expect(try await queue.jobs("--sort", "runtime", "--state", "dead").isEmpty)
      #expect(try await queue.jobs("--sort", "updated", "--state", "dead").isEmpty)
      #expect(try await queue.jobs("--reverse", "--limit", "3").count == 3)
    }

    @Test func `a table is plain when piped, with its notes on standard error`() async throws {
      try await fill()
      let result = try await queue.run("list", adding: ["TERM": "xterm"])
      #expect(result.status == 0)
      #expect(result.lines.count == 7, "\(result)")
      #expect(result.lines.first?.hasPrefix("ID ") == true, "\(result)")
      #expect(!result.output.contains("\u{1B}"), "\(result)")
      #expect(result.errors == "", "\(result)")
      #expect(result.lines.allSatisfy { $0.last != " " }, "\(result)")
      let empty = try await queue.run("list", "--state", "cancelled")
      #expect(empty.status == 0 && empty.output == "", "\(empty)")
      #expect(empty.errors.contains("no matching jobs"), "\(empty)")
    }

    @Test func `a long list says how many more jobs exist, and JSON has all`() async throws {
      try await queue.succeed(
        "enqueue", "-", input: String(repeating: "{\"command\":\"true\"}\n", count: 1234))
      let table = try await queue.run("list")
      #expect(table.lines.count == 101)
      #expect(table.errors.contains("100 of 1234"), "\(table.errors)")
      #expect(try await queue.run("list", "--limit", "0").lines.count == 1235)
      let limited = try await queue.run("list", "--limit", "5")
      #expect(limited.lines.count == 6)
      #expect(limited.errors.contains("5 of 1234"), "\(limited)")
      let jobs = try await queue.jobs()
      #expect(jobs.count == 1234)
      #expect(Set(jobs.map(\.id)).count == 1234)
      #expect(try await queue.jobs("--limit", "7").count == 7)
    }

    @Test(arguments: [
      ["list"], ["status"], ["worker", "list"], ["dlq", "list"], ["config", "list"], ["stats"],
    ])
    func `FAULT 45: --json prints JSON only, even without a queue`(
      command: [String]
    ) async throws {
      let empty = try await queue.run(command + ["--json"])
      #expect(empty.status == 0, "\(empty)")
      #expect(empty.errors.contains("no queue yet at \(queue.database)"), "\(empty)")
      _ = try JSONSerialization.jsonObject(with: Data(empty.outputBytes))
      if command.last == "list" && command != ["config", "list"] {
        #expect(empty.output == "[]\n")
      }
      let text = try await queue.run(command)
      #expect(text.status == 0, "\(text)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")), "a reader made a queue")

      try await fill()
      let full = try await queue.run(command + ["--json"])
      #expect(full.status == 0 && full.errors == "", "\(full)")
      _ = try JSONSerialization.jsonObject(with: Data(full.outputBytes))
      let screen = try await queue.screen("list", "--json")
      #expect(!screen.contains("\u{1B}"), "JSON has no colours, on a terminal either")
    }

    @Test func `colours are used only on terminals that accept them`() async throws {
      try await fill()
      for command in [["list"], ["status"], ["dlq", "list"]] {
        let plain: [([String], [String: String?])] = [
          (["--no-color"], [:]), ([], ["NO_COLOR": "1"]), ([], ["TERM": "dumb"]),
        ]
        for (flags, variables) in plain {
          let screen = try await queue.screen(command + flags, adding: variables)
          #expect(!screen.contains("\u{1B}"), "\(command) \(flags) \(variables): \(screen)")
        }
      }
      #expect(try await queue.screen(["list"]).contains("\u{1B}["), "no colours on a terminal")
      #expect(try await queue.screen(["status"], adding: ["NO_COLOR": ""]).contains("\u{1B}["))
    }

    @Test(arguments: [60, 80, 120] as [UInt16])
    func `a table fits the terminal`(columns: UInt16) async throws {
      try await queue.succeed(
        "enqueue", "--id", "wide", "echo \(String(repeating: "日本語 wide ", count: 30))")
      try await queue.succeed(
        "enqueue", "--id", "long", "echo \(String(repeating: "x", count: 300))")
      let screen = try await queue.screen(["list", "--no-color"], columns: columns)
      for line in screen.split(separator: "\n") {
        let width = line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
        #expect(width <= Int(columns), "\(width) columns: \(line)")
      }
      #expect(screen.contains("…"), "\(screen)")
      #expect(
        try await queue.succeed("list").contains(String(repeating: "x", count: 300)),
        "not cut in a pipe")
    }

    @Test func `a long id is cut if the table would not fit, and never in a pipe`()
      async throws
    {
      let id = "nightly-backup-of-customer-database-eu-west-1-2026-11-26"
      try await queue.succeed("enqueue", "--id", id, "--queue", "customers", "true")
      try await queue.succeed("enqueue", "--id", "p1", "echo hello")
      let screen = try await queue.screen(["list", "--no-color"], columns: 60)
      #expect(screen.split(separator: "\n").allSatisfy { $0.count <= 60 }, "\(screen)")
      #expect(screen.contains("echo h") && screen.contains("nightly-"), "\(screen)")
      #expect(try await queue.succeed("list").contains(id))
    }

    @Test func `other columns go before an id is cut, and then its middle is`() async throws {
      let ids = ["compress-2026-12-01", "compress-2026-12-02"]
      let command = "exit 7 \(String(repeating: "x", count: 60))"
      for id in ids + ["compress-the-archives-of-all-customers-in-europe-2026-12-03"] {
        try await queue.succeed(
          "enqueue", "--id", id, "--tag", "nightly", "--max-retries", "0", command)
      }
      func expectWholeIDs(_ words: String...) async throws {
        let screen = try await queue.screen(words + ["--no-color"], columns: 80)
        let lines = screen.replacing("\r\n", with: "\n").split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(screen)")
        for id in ids { #expect(lines.contains { $0.hasPrefix("\(id)  ") }, "\(screen)") }
        let long = lines.first { $0.hasPrefix("compress-the-") }
        #expect(long?.contains("…") == true && long?.contains("-2026-12-03 ") == true, "\(screen)")
        #expect(lines.count { $0.contains("exit 7 xxxxxxxxxxxxxxxx") } == 3, "\(screen)")
      }
      try await expectWholeIDs("list")
      try await queue.drain()
      try await expectWholeIDs("dlq", "list")
    }

    @Test func `in a pipe one long command doesn't widen the other rows`() async throws {
      let long = "exit 3; echo \(String(repeating: "x", count: 5000))"
      try await queue.succeed("enqueue", "--id", "long", "--max-retries", "0", long)
      try await queue.succeed("enqueue", "--id", "short", "--max-retries", "0", "exit 4")
      try await queue.drain()
      let lines = try await queue.run("list").lines
      #expect(lines.count == 3)
      #expect(lines[1].contains("exit status 4") && lines[1].count < 200, "\(lines[1])")
      #expect(lines[2].contains(long + "  exit status 3"))
    }

    @Test func `waiting for an unknown job creates nothing`() async throws {
      #expect(try await queue.run("wait", "nobody").status == 127)
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")))
    }

    @Test func `doctor doesn't take a missing queue for a healthy one`() async throws {
      let result = try await queue.run("doctor")
      #expect(result.status == 1, "\(result)")
      #expect(result.output == "", "\(result)")
      #expect(result.errors.contains("no queue at \(queue.database)"), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")))
    }

    @Test func `--db must name an existing database, except for commands that create it`()
      async throws
    {
      let path = queue.file("typed.db")
      for command in [
        ["status"], ["list"], ["dlq", "list"], ["config", "list"], ["worker", "list"],
        ["worker", "stop"], ["dlq", "retry", "--all"],
      ] {
        let result = try await queue.run(command + ["--db", path])
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains("no queue at \(path)"), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: path))
      }
      try await queue.succeed("enqueue", "--db", "typed.db", "--id", "typed", "true")
      #expect(try await queue.succeed("list", "--db", path).contains("typed"))
      #expect(!FileManager.default.fileExists(atPath: queue.database), "QUEUECTL_DB was used")
    }

    @Test func `the default queue is in the user's data directory`() async throws {
      let none: [String: String?] = ["QUEUECTL_DB": nil]
      try await queue.run(["enqueue", "true"], adding: none).expectSuccess()
      let home = queue.file(".local/share/queuectl/queue.db")
      #expect(FileManager.default.fileExists(atPath: home))
      #expect(try FileContents.mode(queue.file(".local/share/queuectl")).mode == 0o700)
      let xdg = none.merging(["XDG_DATA_HOME": queue.file("xdg")]) { _, given in given }
      try await queue.run(["config", "set", "max-retries", "1"], adding: xdg).expectSuccess()
      #expect(FileManager.default.fileExists(atPath: queue.file("xdg/queuectl/queue.db")))
    }

    @Test(arguments: [40, 60] as [UInt16])
    func `tables fit a narrow terminal, and keep the most important columns`(columns: UInt16)
      async throws
    {
      let command = String(repeating: "long ", count: 20)
      try await queue.succeed(
        "enqueue", "--id", "a-rather-long-name-of-a-job", "--queue", "a-queue-of-a-long-name",
        "--priority", "5", "--max-retries", "0", "--", "sh", "-c", "exit 3", command)
      try await queue.drain()
      for words in [["list"], ["dlq", "list"], ["queue", "list"]] {
        let screen = try await queue.screen(words, columns: columns, adding: ["NO_COLOR": "1"])
        let lines = screen.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= Int(columns) }, "\(words):\n\(screen)")
        let (start, end) = words == ["queue", "list"] ? ("a-queu", "-name") : ("a-rath", "a-job")
        #expect(screen.contains(start) && screen.contains(end), "\(words):\n\(screen)")
      }
    }
  }
}
