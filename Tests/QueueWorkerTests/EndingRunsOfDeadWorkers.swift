import CLinux
import Glibc
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost
@testable import QueueWorker

/// What a supervisor does when a worker dies while the server is out of reach.
@Suite struct `Ending runs of dead workers` {
  private let temporary: TemporaryDirectory
  private let directory: QueueDirectory
  /// As a worker's that has died: no process has its pid.
  private let worker: ProcessIdentity
  private let lock: WorkerLock

  init() throws {
    temporary = try TemporaryDirectory()
    directory = QueueDirectory(of: "postgres://h/d", at: temporary.file("k7"))
    try directory.create()
    var worker = try LocalHost.thisProcess(locks: directory.locksID)
    worker.pid = pid_t.max
    self.worker = worker
    lock = try WorkerLock(for: worker, in: directory)
  }

  private func startRun() throws -> (pid: pid_t, descriptor: Int32) {
    var spawn = Spawn(
      program: "/bin/sleep", arguments: ["sleep", "600"],
      environment: ["QUEUECTL_RUN_ID=k7-7"], input: nil, control: nil)
    spawn.trail = (lock.trail.descriptor, lock.trail.offset, RunID(7))
    return try spawn.start()
  }

  private func runner(_ directory: QueueDirectory) -> ProcessRunner {
    ProcessRunner(directory: directory, environment: [])
  }

  @Test func `FAULT 106: the run that the dead worker's lock file names is killed`() throws {
    let run = try startRun()
    defer { close(run.descriptor) }
    #expect(runner(directory).endRun(ofDeadWorker: 4711) == nil)
    #expect(kill(run.pid, 0) == 0)
    #expect(runner(directory).endRun(ofDeadWorker: worker.pid) == Leftovers.none)
    var status: Int32 = 0
    #expect(waitpid(run.pid, &status, 0) == run.pid && status == SIGKILL)
  }

  @Test func `once its end is recorded, processes that a run left behind live on`() throws {
    let run = try startRun()
    lock.noteNoRun()
    #expect(runner(directory).endRun(ofDeadWorker: worker.pid) == nil)
    #expect(kill(run.pid, SIGKILL) == 0 && waitpid(run.pid, nil, 0) == run.pid)
    close(run.descriptor)
  }

  @Test func `a queue in a file is left alone: no other host reaches it`() throws {
    let directory = QueueDirectory(database: temporary.file("queue.db"))
    try directory.create()
    let lock = try WorkerLock(for: worker, in: directory)
    var spawn = Spawn(
      program: "/bin/true", arguments: ["true"], environment: [], input: nil, control: nil)
    spawn.trail = (lock.trail.descriptor, lock.trail.offset, RunID(7))
    let run = try spawn.start()
    defer { close(run.descriptor) }
    #expect(waitpid(run.pid, nil, 0) == run.pid)
    #expect(runner(directory).endRun(ofDeadWorker: worker.pid) == nil)
  }
}
