import Foundation
import Testing

extension EndToEnd {
  /// `queue`: pausing, resuming, limiting.
  @Suite struct Queues {
    let queue = TestQueue.current

    @Test func `a paused queue waits, and continues at once when resumed`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      #expect(try await queue.succeed("queue", "pause", "mail") == "paused mail\n")
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers("--count", "2")
      try await queue.succeed("enqueue", "--id", "mail", "--queue", "mail", held.command)
      try await queue.succeed("enqueue", "--id", "free", held.command)
      #expect(try await held.nextStart().id == "free")
      #expect(try await queue.job("mail").state == "pending")
      let ring = try queue.lastRing()
      #expect(try await queue.succeed("queue", "resume", "mail") == "resumed mail\n")
      #expect(try queue.lastRing() != ring)
      #expect(try await held.nextStart().id == "mail")
      held.release(2)
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    @Test func `a queue without jobs is paused, and the note says that it was`() async throws {
      try await queue.succeed("queue", "pause", "mail")
      let typo = try await queue.run("queue", "pause", "mial")
      #expect(typo.status == 0 && typo.output == "paused mial\n", "\(typo)")
      #expect(
        typo.errors
          == "queuectl: queue \"mial\" has had no jobs yet: new ones will wait; "
          + "did you mean \"mail\"?\n", "\(typo)")
    }

    @Test func `resume and limit refuse unknown queues`() async throws {
      try await queue.succeed("queue", "pause", "held")
      for words in [["resume", "heldd"], ["limit", "heldd", "none"]] {
        let result = try await queue.run(["queue"] + words)
        #expect(result.status == 1, "\(result)")
        #expect(
          result.errors == "queuectl: no queue is called \"heldd\"; did you mean \"held\"?\n")
      }
      let names = try JSON.objects(try await queue.succeed("queue", "list", "--json"))
        .compactMap { $0["name"] as? String }
      #expect(!names.contains("heldd"), "\(names)")
    }

    @Test func `starting workers report paused queues`() async throws {
      try await queue.succeed("queue", "pause", "held")
      let drained = try await queue.run("worker", "start", "--drain")
      #expect(drained.status == 0 && drained.errors == "queuectl: paused: held\n", "\(drained)")
    }

    @Test func `a pause of all queues is reported wherever it matters`() async throws {
      try await queue.succeed("enqueue", "true")
      #expect(try await queue.succeed("queue", "pause", "--all") == "paused everything\n")
      try await queue.succeed("queue", "pause", "default")
      let note = "everything is paused: \"queuectl queue resume --all\" resumes it"
      #expect(try await queue.run("queue", "list").errors.contains(note))
      #expect(try await queue.run("status").errors.contains(note))
      #expect(try await queue.run("queue", "resume", "default").errors.contains(note))
      try await queue.succeed("queue", "pause", "default")
      let resumed = try await queue.run("queue", "resume", "--all")
      #expect(resumed.errors.contains("still paused by name: default"), "\(resumed)")
      #expect(try await queue.run("status").errors.contains("paused: default"))
      try await queue.succeed("queue", "resume", "default")
      try await queue.succeed("queue", "limit", "default", "0")
      let closed = try await queue.run("queue", "resume", "--all")
      #expect(
        closed.errors == """
          queuectl: default stays paused because its limit is 0: "queuectl queue limit default 1"

          """, "\(closed)")
    }

    @Test func `a limit is never exceeded, and the next job starts when one has ended`()
      async throws
    {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await queue.succeed("queue", "limit", "render", "2")
      let typo = try await queue.run("queue", "limit", "rendr", "2")
      #expect(typo.errors.contains(#"did you mean "render"?"#), "\(typo)")
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers("--count", "4")
      for number in 1...5 {
        try await queue.succeed("enqueue", "--id", "r\(number)", "--queue", "render", held.command)
      }
      for started in [2, 3, 4, 5] {
        if started == 2 { _ = try await held.nextStart() }
        _ = try await held.nextStart()
        #expect(try await queue.jobs("--state", "processing").count == 2)
        held.release()
      }
      held.release()
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
      #expect(try await queue.jobs("--state", "completed").count == 5)
    }

    @Test func `queue list shows limits, pauses and jobs by state`() async throws {
      try await queue.succeed("enqueue", "--queue", "render", "true")
      #expect(
        try await queue.succeed("queue", "limit", "render", "3") == "at most 3 of render at once\n")
      try await queue.succeed("queue", "pause", "mail", "web")
      let lines = try await queue.run("queue", "list").lines.map {
        $0.split(separator: " ").joined(separator: " ")
      }
      #expect(
        lines == [
          "QUEUE STATE LIMIT PENDING PROCESSING COMPLETED FAILED DEAD CANCELLED",
          "mail paused - 0 0 0 0 0 0", "render open 3 1 0 0 0 0 0", "web paused - 0 0 0 0 0 0",
        ])
      let objects = try JSON.objects(try await queue.succeed("queue", "list", "--json"))
      #expect(objects.compactMap { $0["name"] as? String } == ["mail", "render", "web"])
      #expect(objects.compactMap { $0["paused"] as? Bool } == [true, false, true])
      #expect(objects.compactMap { $0["limit"] as? Int } == [3])
      #expect(
        try await queue.succeed("queue", "limit", "render", "none") == "no limit for render\n")
    }

    @Test(arguments: [
      ["queue", "limit", "render", "-1"], ["queue", "limit", "render", "two"],
      ["queue", "limit", "render", "99999999999999999999"], ["queue", "pause"],
      ["queue", "resume"], ["queue", "pause", "a", "--all"], ["queue", "limit", "a b", "1"],
      ["queue", "pause", "../x"], ["queue", "pause", "\u{1B}[2J"], ["queue", "limit", "", "1"],
    ])
    func `FAULT 45: invalid names and limits are refused`(words: [String])
      async throws
    {
      let result = try await queue.run(words)
      #expect(result.status == 1 || result.status == 64, "\(result)")
      #expect(!result.errors.isEmpty && !result.errors.contains("\u{1B}"), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.database), "nothing was made")
    }

    @Test func `a limit of 0 is a pause, and reported as one`() async throws {
      #expect(
        try await queue.succeed("queue", "limit", "mail", "0")
          == "paused mail: at most 0 at once\n")
      let list = try await queue.succeed("queue", "list")
      #expect(list.contains(/mail +paused +0/), "\(list)")
      #expect(try await queue.succeed("queue", "list", "--json").contains(#""paused":true"#))
      #expect(try await queue.run("status").errors.contains("paused: mail (limit 0)"))
      let resumed = try await queue.run("queue", "resume", "mail")
      #expect(resumed.errors.contains("mail stays paused because its limit is 0"), "\(resumed)")
      let workers = try queue.start("worker", "start", "--drain")
      try await workers.line(containing: "paused: mail (limit 0)")
      #expect(try await workers.exit() == 0)
    }
  }
}
