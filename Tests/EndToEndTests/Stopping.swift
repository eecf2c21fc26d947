import Foundation
import Testing

extension EndToEnd {
  /// Stops of all kinds: the current job is finished or requeued whole, and no other is claimed.
  @Suite struct Stopping {
    let queue = TestQueue.current

    /// One worker that runs a held job, and another job that waits.
    private func workerInMidJob() async throws -> (
      held: HeldJobs, workers: ChildProcess, start: HeldJobs.Start
    ) {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "first", held.command)
      try await queue.succeed("enqueue", "--id", "second", held.command)
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      try #require(start.id == "first")
      return (held, workers, start)
    }

    private func expectFirstDoneAndSecondWaiting(_ held: HeldJobs) async throws {
      let first = try await queue.job("first")
      #expect(first.state == "completed")
      #expect(first.attempts == 1)
      let second = try await queue.job("second")
      #expect(second.state == "pending")
      #expect(second.attempts == 0)
      #expect(held.isQuiet, "another job was started after the stop")
      #expect(try await queue.workers().isEmpty)
    }

    @Test(arguments: [(SIGTERM, false), (SIGINT, false), (SIGINT, true), (SIGHUP, false)])
    func `FAULT 11: one signal lets the job finish, and no other is claimed`(
      signal: Int32, toGroup: Bool
    ) async throws {
      let (held, workers, _) = try await workerInMidJob()
      toGroup ? workers.signalGroup(signal) : workers.signal(signal)
      try await workers.line(containing: "stopping: jobs finish first")
      #expect(try await queue.job("first").state == "processing")
      held.release()
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      try await expectFirstDoneAndSecondWaiting(held)
    }

    /// Like `timeout`, which signals its command and then the command's group.
    @Test func `FAULT 11: two signals at once count as one`() async throws {
      let (held, workers, _) = try await workerInMidJob()
      // Two different signals, because the kernel merges equal ones.
      workers.signal(SIGSTOP)
      workers.signal(SIGTERM)
      workers.signal(SIGINT)
      workers.signal(SIGCONT)
      try await workers.line(containing: "stopping: jobs finish first")
      held.release()
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      #expect(!workers.transcript.text.contains("stopping now"))
      try await expectFirstDoneAndSecondWaiting(held)
    }

    /// In between, a worker that hasn't received the message yet could start another job.
    @Test(.needs(program: "strace"))
    func `FAULT 11: a stop is reported once the workers have received it`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "first", held.command)
      try await queue.succeed("enqueue", "--id", "second", held.command)
      // Only the supervisor is traced, by a process that isn't its parent. Its message is delayed.
      let workers = try queue.start(
        program: "/usr/bin/strace",
        [
          "strace", "-D", "-qq", "-o", queue.file("trace"), "-e", "trace=sendto",
          "-e", "inject=sendto:delay_enter=500ms", Binary.path, "worker", "start",
        ])
      _ = try await held.nextStart()
      workers.signal(SIGTERM)
      try await workers.line(containing: "stopping: jobs finish first")
      held.release(2)
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      #expect(try await queue.job("first").state == "completed")
      #expect(try await queue.job("second").state == "pending")
    }

    @Test func `FAULT 11: ^C at a terminal lets the job finish`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "first", held.command)
      try await queue.succeed("enqueue", "--id", "second", held.command)
      let terminal = try Terminal()
      let workers = try queue.start("worker", "start", "--count", "1", on: terminal)
      _ = try await held.nextStart()
      terminal.type("\u{3}")
      try await terminal.shows("stopping: jobs finish first")
      held.release()
      #expect(try await workers.exit() == 0)
      try await expectFirstDoneAndSecondWaiting(held)
    }

    @Test func `FAULT 11: a second signal ends the job and requeues it unspent`() async throws {
      let (held, workers, start) = try await workerInMidJob()
      workers.signal(SIGTERM)
      try await workers.line(containing: "stopping: jobs finish first")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      #expect(try await Processes.ends(start.pid, within: .zero), "the job still runs")
      for id in ["first", "second"] {
        let job = try await queue.job(id)
        #expect(job.state == "pending", "\(id)")
        #expect(job.attempts == 0, "\(id)")
      }
      held.release(2)
      try await queue.drain()
      #expect(try await held.nextStart().attempt == 1)
      #expect(try await queue.counts()["completed"] == 2)
    }

    @Test func `FAULT 11: a job that ignores TERM is killed after the grace period`() async throws {
      try await queue.succeed("config", "set", "kill-grace", "100ms")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "stubborn", held.stubbornCommand)
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      workers.signal(SIGINT)
      try await workers.line(containing: "stopping: jobs finish first")
      workers.signal(SIGINT)
      #expect(try await workers.exit() == 0)
      #expect(try await Processes.ends(start.pid, within: .zero), "the job still runs")
      let job = try await queue.job("stubborn")
      #expect(job.state == "pending")
      #expect(job.attempts == 0)
    }

    @Test func `FAULT 12: worker stop waits for the job, and keeps the rest waiting`() async throws
    {
      let (held, workers, _) = try await workerInMidJob()
      let stop = try queue.start("worker", "stop")
      try await stop.line(containing: "waiting for w1 to finish first")
      held.release()
      #expect(try await stop.exit() == 0)
      try await stop.line(containing: "1 worker stopped")
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      try await expectFirstDoneAndSecondWaiting(held)
    }

    @Test func `FAULT 12: three stops at once succeed`() async throws {
      let (held, workers, _) = try await workerInMidJob()
      let stops = try (1...3).map { _ in try queue.start("worker", "stop") }
      for stop in stops { try await stop.line(containing: "waiting for w1 to finish first") }
      held.release()
      for stop in stops { #expect(try await stop.exit() == 0, "\(stop.transcript.text)") }
      #expect(try await workers.exit() == 0)
      try await expectFirstDoneAndSecondWaiting(held)
    }

    @Test func `FAULT 12: worker stop --now ends the job and requeues it unspent`() async throws {
      let (_, workers, start) = try await workerInMidJob()
      #expect(try await queue.succeed("worker", "stop", "--now") == "1 worker stopped\n")
      #expect(try await workers.exit() == 0)
      #expect(try await Processes.ends(start.pid, within: .zero), "the job still runs")
      let job = try await queue.job("first")
      #expect(job.state == "pending")
      #expect(job.attempts == 0)
    }

    @Test func `FAULT 12: worker stop --now hastens an earlier stop`() async throws {
      let (_, workers, _) = try await workerInMidJob()
      let stop = try queue.start("worker", "stop")
      try await stop.line(containing: "waiting for w1")
      try await queue.succeed("worker", "stop", "--now")
      #expect(try await stop.exit() == 0)
      #expect(try await workers.exit() == 0)
      let job = try await queue.job("first")
      #expect(job.state == "pending", "\(job); the workers said: \(workers.transcript.text)")
    }

    @Test func `FAULT 12: worker stop --timeout gives up waiting with exit status 1`() async throws
    {
      let (held, workers, _) = try await workerInMidJob()
      let stop = try await queue.run("worker", "stop", "--timeout", "50ms")
      #expect(stop.status == 1, "\(stop)")
      #expect(stop.errors.contains("1 worker still running after --timeout 50ms"), "\(stop)")
      #expect(try await queue.workers().map(\.state) == ["stopping"])
      held.release()
      #expect(try await workers.exit() == 0)
      try await expectFirstDoneAndSecondWaiting(held)
    }

    @Test func `FAULT 12: worker stop --no-wait only sends the request`() async throws {
      let (held, workers, _) = try await workerInMidJob()
      #expect(
        try await queue.succeed("worker", "stop", "--no-wait") == "requested the stop of 1 worker\n"
      )
      #expect(try await queue.job("first").state == "processing")
      held.release()
      #expect(try await workers.exit() == 0)
      try await expectFirstDoneAndSecondWaiting(held)
    }

    @Test func `FAULT 12: worker stop ID stops that worker only`() async throws {
      let workers = try await queue.startWorkers("--count", "2")
      let ids = try await queue.workers().map(\.id)
      try #require(ids.count == 2)
      #expect(try await queue.succeed("worker", "stop", ids[0]) == "1 worker stopped\n")
      #expect(try await queue.workers().map(\.id) == [ids[1]])
      let again = try await queue.run("worker", "stop", ids[0])
      #expect(again.status == 1, "\(again)")
      #expect(again.errors.contains("no worker is called \"\(ids[0])\""), "\(again)")
      #expect(try await queue.succeed("worker", "stop") == "1 worker stopped\n")
      #expect(try await workers.exit() == 0)
    }

    @Test func `FAULT 12: worker stop without workers reports that and succeeds`() async throws {
      let fresh = try await queue.run("worker", "stop")
      #expect(fresh.status == 0)
      #expect(fresh.errors.contains("no workers are running"), "\(fresh)")
      try await queue.succeed("enqueue", "true")
      let idle = try await queue.run("worker", "stop", "--now")
      #expect(idle.status == 0)
      #expect(idle.output == "")
      #expect(idle.errors.contains("no workers are running"), "\(idle)")
    }

    @Test func `FAULT 1: worker stop reclaims the job of a dead worker`()
      async throws
    {
      let (held, workers, start) = try await workerInMidJob()
      for pid in [workers.pid, start.worker] { try await Processes.killHard(pid) }
      let stop = try await queue.run("worker", "stop")
      #expect(stop.status == 0, "\(stop)")
      #expect(stop.errors.contains("w1 is lost; its job first is requeued"), "\(stop)")
      #expect(try await Processes.ends(start.pid, within: .zero), "the job still runs")
      #expect(try await queue.workers().isEmpty)
      #expect(try await queue.job("first").state == "pending")
      #expect(held.isQuiet)
    }

    @Test func `FAULT 7: a stalled worker gets the stop request again under its new name`()
      async throws
    {
      try await queue.succeed("config", "set", "lease", "2s")
      let (held, workers, start) = try await workerInMidJob()
      // Otherwise it could claim another job first.
      try await queue.succeed("queue", "pause", "--all")
      kill(start.worker, SIGSTOP)
      let stop = try queue.start("worker", "stop")
      #expect(try await Processes.ends(start.pid, within: Patience.usual), "it isn't given up")
      kill(start.worker, SIGCONT)
      try await workers.line(containing: "was evicted as w1")
      #expect(try await stop.exit() == 0)
      try await stop.line(containing: "1 worker stopped")
      #expect(try await workers.exit() == 0)
      #expect(try await queue.job("second").state == "pending")
      #expect(held.isQuiet)
    }

    @Test func `FAULT 11: a stop during a backoff keeps the job waiting`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "1000")
      try await queue.succeed("enqueue", "--id", "fails", "false")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "fails failed after")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      let job = try await queue.job("fails")
      #expect(job.state == "failed")
      #expect(job.attempts == 1)
    }

    @Test func `FAULT 2: workers whose supervisor was killed finish their job and exit`()
      async throws
    {
      let (held, workers, start) = try await workerInMidJob()
      try await Processes.killHard(workers.pid)
      #expect(try await workers.exit() == -Int(SIGKILL))
      try await workers.line(containing: "w1 stopping: ")
      #expect(try await queue.job("first").state == "processing")
      held.release()
      try await workers.closed()
      #expect(try await Processes.ends(start.worker, within: Patience.usual))
      try await expectFirstDoneAndSecondWaiting(held)

      held.release()
      try await queue.drain()
      #expect(try await held.nextStart().id == "second")
      #expect(held.isQuiet, "a job ran twice")
      #expect(try await queue.counts()["completed"] == 2)
    }
  }
}
