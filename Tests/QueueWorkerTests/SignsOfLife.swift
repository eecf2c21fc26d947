import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost
@testable import QueueWorker

@Suite struct `Signs of life` {
  let temporary: TemporaryDirectory
  let directory: QueueDirectory
  let this: ProcessIdentity

  init() throws {
    this = try LocalHost.thisProcess()
    temporary = try TemporaryDirectory()
    directory = QueueDirectory(database: temporary.file("queue.db"))
    try directory.create()
  }

  private func locks() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.locks)
  }

  @Test func `FAULT 72: supervisors that can't be read don't count as missing`() throws {
    #expect(try directory.supervisors() == [])
    let record = directory.supervisorLock(of: this)
    let expected = SupervisorRecord(
      process: this, begun: .seconds(1), startedAt: ManualClock.start.wall, count: 2, queues: ["q"],
      drains: true)
    let lock = try SupervisorLock(expected, in: directory)
    let found = try directory.supervisors()
    withExtendedLifetime(lock) { #expect(found == [expected]) }
    // A directory can't be read as a file, nor a file as a directory, not even by root.
    unlink(record)
    try #require(mkdir(record, 0o700) == 0)
    #expect(throws: SystemError("read \(record)", code: EISDIR)) { try directory.supervisors() }
    let locks = directory.locks
    try FileManager.default.removeItem(atPath: locks)
    #expect(try directory.supervisors() == [], "a folder that is missing proves that none is left")
    try #require(FileManager.default.createFile(atPath: locks, contents: nil))
    #expect(throws: SystemError("list \(locks)", code: ENOTDIR)) { try directory.supervisors() }
  }

  @Test func `a held lock shows that its process lives`() throws {
    var other = this
    other.startTicks += 1
    #expect(WorkerLock.isHeld(by: other, in: directory) == .no)
    do {
      let lock = try WorkerLock(for: other, in: directory)
      withExtendedLifetime(lock) { #expect(WorkerLock.isHeld(by: other, in: directory) == .yes) }
    }
    #expect(WorkerLock.isHeld(by: other, in: directory) == .no)
    #expect(try locks() == [])
  }

  @Test func `a lock file has the worker's latest heartbeat, without a database`() throws {
    let lock = try WorkerLock(for: this, in: directory)
    #expect(try WorkerLock.latestSign(of: this, in: directory) == nil)
    for time in [Duration.milliseconds(12_345), .seconds(1_000_000)] {
      lock.sign(at: time)
      #expect(try WorkerLock.latestSign(of: this, in: directory) == time)
    }
    #expect(WorkerLock.isHeld(by: this, in: directory) == .yes)
  }

  @Test func `a running process is alive, even without its lock file`() throws {
    let lock = try WorkerLock(for: this, in: directory)
    try FileManager.default.removeItem(atPath: directory.lock(of: this))
    withExtendedLifetime(lock) { #expect(WorkerLock.isHeld(by: this, in: directory) == .yes) }
  }

  @Test func `a zombie isn't running`() throws {
    let child = try Spawn(
      program: "/bin/true", arguments: ["true"], environment: [], input: nil, control: nil
    ).start()
    defer { close(child.descriptor) }
    var ended = this
    ended.pid = child.pid
    ended.startTicks = try #require(try ProcessTable.Entry(pid: child.pid)?.startTicks)
    Poll.wait(for: [child.descriptor], atMost: .seconds(60))
    #expect(
      try ProcessTable.Entry(pid: child.pid)?.startTicks == ended.startTicks, "it is still known")
    #expect(LocalHost.isRunning(ended) == .no)
    var status: Int32 = 0
    #expect(waitpid(child.pid, &status, 0) == child.pid)
  }

  @Test func `cleaning up removes stale lock files, not held ones`() throws {
    let lock = try WorkerLock(for: this, in: directory)
    try Data().write(to: URL(filePath: "\(directory.locks)/999999-1.lock"))
    WorkerLock.clearAway(in: directory, but: [])
    let left = try locks()
    let isHeld = WorkerLock.isHeld(by: this, in: directory)
    withExtendedLifetime(lock) {}
    #expect(left == ["\(this.pid)-\(this.startTicks).lock"])
    #expect(isHeld == .yes)
  }

  @Test func `FAULT 8: a process is identified by its start and boot, not by its pid alone`() {
    #expect(LocalHost.isRunning(this) == .yes)
    var other = this
    other.startTicks += 1
    #expect(LocalHost.isRunning(other) == .no)
    other = this
    other.boot = BootID("another")
    #expect(LocalHost.isRunning(other) == .no)
  }

  @Test func `the doorbell wakes a listener once for many touches`() throws {
    let bell = try Doorbell(listeningTo: directory.doorbell)
    #expect(!bell.wasRung())
    Doorbell.ring(directory.doorbell)
    Doorbell.ring(directory.doorbell)
    #expect(bell.wasRung())
    #expect(!bell.wasRung())
  }

  @Test func `each end of a control socket detects the other's exit`() throws {
    var ends: (ControlChannel, ControlChannel)? = try ControlChannel.pair()
    let ours = try #require(ends?.0)
    ends?.1.send(.ready)
    ends = nil
    #expect(ours.receive() == .ready)
    // A process that another test is just starting may hold the other end until exec.
    Poll.wait(for: [ours.descriptor], atMost: .seconds(60))
    #expect(ours.receive() == .peerGone)
    #expect(ours.receive() == nil)
    ours.send(.endJob)  // The other end is closed; that is no error and no signal.
  }
}
