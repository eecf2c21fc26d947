import Foundation
import Testing

extension EndToEnd {
  /// `explain`: why a job isn't running. Unit tests cover all reasons; here they come from a real
  /// queue.
  @Suite struct Explanations {
    let queue = TestQueue.current

    private func reasons(for id: String) async throws -> [String] {
      let object = try JSON.object(try await queue.succeed("explain", id, "--json"))
      #expect(
        Set(object.keys) == [
          "id", "state", "schedule", "scheduled_for", "reasons", "hindrance",
        ])
      let reasons = try #require(object["reasons"] as? [[String: Any]])
      for reason in reasons { #expect(Set(reason.keys) == ["reason", "text", "try"]) }
      return reasons.compactMap { $0["reason"] as? String }
    }

    @Test func `a job's reasons follow its changes`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "exit 1", "--max-retries", "0")
      try await queue.succeed("enqueue", "--id", "second", "true", "--after", "first")
      try await queue.succeed("enqueue", "--id", "later", "true", "--delay", "1h")
      try await queue.succeed("enqueue", "--id", "mail", "true", "--queue", "mail")
      #expect(try await reasons(for: "first") == ["no_worker"])
      #expect(try await reasons(for: "second") == ["prerequisite", "no_worker"])
      #expect(try await reasons(for: "later") == ["scheduled", "no_worker"])
      try await queue.succeed("queue", "pause", "mail")
      try await queue.succeed("queue", "limit", "mail", "0")
      #expect(try await reasons(for: "mail") == ["queue_paused", "queue_paused", "no_worker"])
      let workers = try await queue.startWorkers("--queue", "default")
      try await workers.line(containing: "first failed")
      #expect(try await reasons(for: "first") == ["dead"])
      #expect(try await reasons(for: "second") == ["prerequisite"])
      try await queue.succeed("enqueue", "--id", "third", "true", "--after", "second")
      let third = try JSON.object(try await queue.succeed("explain", "third", "--json"))
      let hindrance = try #require(third["hindrance"] as? [String: Any])
      #expect(hindrance["job"] as? String == "second")
      #expect(hindrance["try"] as? String == "queuectl retry first")
      let text = try await queue.succeed("explain", "third")
      #expect(
        text.contains(
          #"second can't run: it waits for the success of "first", which is dead"#), "\(text)")
      #expect(
        try await reasons(for: "mail") == ["queue_paused", "queue_paused", "no_worker_for_queue"])
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a run that its timeout ended is explained, and the remedy works`() async throws {
      try queue.write("test -e slow || { echo > slow; exec sleep 300; }\n", to: "slow.sh")
      try await queue.succeed(
        "enqueue", "--id", "slow", "--max-retries", "0", "--timeout", "2s", "sh slow.sh")
      try await queue.succeed("enqueue", "--id", "none", "--max-retries", "0", "no-such-program")
      try await queue.drain()
      #expect(try await reasons(for: "slow") == ["dead", "timed_out"])
      let text = try await queue.succeed("explain", "slow")
      #expect(text.contains("  its timeout ended the last run after 2."), "\(text)")
      #expect(text.hasSuffix("    $ queuectl edit slow --timeout 4s\n"), "\(text)")
      let shown = try await queue.succeed("show", "slow")
      #expect(shown.contains("\ncause         its timeout ended the last run after 2."), "\(shown)")
      #expect(shown.contains("\ntry           queuectl edit slow --timeout 4s\n"), "\(shown)")
      try await queue.shell("queuectl edit slow --timeout 4s && queuectl retry slow")
        .expectSuccess()
      #expect(try await reasons(for: "none") == ["dead", "command_not_found"])
      try queue.write("#!/bin/sh\n", to: "no-such-program")
      try await queue.shell(
        "chmod +x no-such-program; PATH=$PWD:$PATH; "
          + "queuectl edit none --env PATH && queuectl retry none"
      ).expectSuccess()
      try await queue.drain()
      for id in ["slow", "none"] { #expect(try await reasons(for: id) == ["completed"]) }
    }

    @Test func `suggested commands are quoted for a shell`() async throws {
      try await queue.succeed("enqueue", "--id", "a;b", "--queue", "web&api", "true")
      try await queue.succeed("queue", "pause", "web&api")
      try await queue.succeed("cancel", "a;b")
      #expect(try await queue.succeed("explain", "a;b").contains("$ queuectl retry 'a;b'"))
      try await queue.shell("queuectl retry 'a;b'").expectSuccess()
      let text = try await queue.succeed("explain", "a;b")
      #expect(text.contains("$ queuectl queue resume 'web&api'"), "\(text)")
    }

    @Test func `a running job is explained by its worker, waiting ones by the jobs before them`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "busy", held.command)
      for id in ["a", "b", "c"] { try await queue.succeed("enqueue", "--id", id, "true") }
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      #expect(try await reasons(for: "busy") == ["running"])
      #expect(try await reasons(for: "c") == ["workers_busy", "behind"])
      let text = try await queue.run("explain", "c")
      #expect(
        text.lines == [
          "c is pending", "  the one worker for it is busy", "    $ queuectl worker start",
          "  2 jobs of its queue come before it",
        ], "\(text)")
      #expect(try await queue.succeed("show", "c").contains("2 jobs of its queue come before it"))
      held.release()
      try await workers.line(containing: "c completed")
      #expect(try await reasons(for: "c") == ["completed"])
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      let unknown = try await queue.run("explain", "nosuch")
      #expect(unknown.status == 1, "\(unknown)")
      #expect(
        unknown.errors == "queuectl: no job or schedule is called \"nosuch\"\n", "\(unknown)")
    }
  }
}
