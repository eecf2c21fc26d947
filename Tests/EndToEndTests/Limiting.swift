import Testing

extension EndToEnd {
  /// What a run may use: `--nice`.
  @Suite struct Limiting {
    let queue = TestQueue.current

    @Test func `a job has its niceness, and another one the worker's`() async throws {
      try await queue.succeed("enqueue", "--nice", "7", "nice > out")
      try await queue.succeed("enqueue", #"{"command":"nice > out2"}"#)
      let workers = try queue.startShell("exec nice -n 3 queuectl worker start --drain")
      #expect(try await workers.exit() == 0)
      let own = try #require(Int(try await queue.shell("printf $(nice)").output))
      #expect(try queue.lines(of: "out") == ["7"])
      #expect(try queue.lines(of: "out2").first.flatMap { Int($0) } == min(19, own + 3))
    }

    @Test(.needsRoot)
    func `a niceness that the worker has no right to is refused with the reason`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "--nice", "-20", "id")
      let workers = try queue.startShell(
        "exec setpriv --bounding-set=-sys_nice prlimit --nice=0 queuectl worker start --drain")
      #expect(try await workers.exit() == 0)
      let job = try await queue.job("job")
      #expect(job.state == "dead" && job.exitCode == 126)
      #expect(
        job.error?.hasPrefix("nice -20 needs rights that the worker lacks: it runs at nice ")
          == true)
    }

    @Test func `schedule edit removes it`() async throws {
      try await queue.succeed("schedule", "add", "night", "--every", "1d", "--nice", "5", "true")
      #expect(try await queue.succeed("schedule", "show", "night").contains("nice"))
      try await queue.succeed("schedule", "edit", "night", "--unset", "nice")
      #expect(try await !queue.succeed("schedule", "show", "night").contains("nice"))
    }
  }
}
