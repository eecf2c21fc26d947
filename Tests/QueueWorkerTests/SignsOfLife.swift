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

  @Test func `FAULT 72: supervisors that can't be read aren't taken for none`() throws {
    #expect(try directory.supervisors() == [])
    let record = directory.supervisorLock(of: this)
    let expected = SupervisorRecord(
      process: this, begun: .seconds(1), startedAt: ManualClock.start.wall, count: 2, queues: ["q"])
    let lock = try SupervisorLock(expected, in: directory)
    let found = try directory.supervisors()
    withExtendedLifetime(lock) { #expect(found == [expected]) }
    // A directory can't be read as a file, nor a file as a directory, by root neither.
    unlink(record)
    try #require(mkdir(record, 0o700) == 0)
    #expect(throws: SystemError("read \(record)", code: EISDIR)) { try directory.supervisors() }
    let locks = directory.locks
    try FileManager.default.removeItem(atPath: locks)
    #expect(try directory.supervisors() == [], "a folder that is missing proves that none is left")
    try #require(FileManager.default.createFile(atPath: locks, contents: nil))
    #expect(throws: SystemError("list \(locks)", code: ENOTDIR)) { try directory.supervisors() }
  }

  @Test func `a lock says that its process lives, for as long as it is held`() throws {
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

  @Test func `a lock has the latest sign of its worker, which needs no database`() throws {
    let lock = try WorkerLock(for: this, in: directory)
    #expect(try WorkerLock.latestSign(of: this, in: directory) == nil)
    for time in [Duration.milliseconds(12_345), .seconds(1_000_000)] {
      lock.sign(at: time)
      #expect(try WorkerLock.latestSign(of: this, in: directory) == time)
    }
    #expect(WorkerLock.isHeld(by: this, in: directory) == .yes)
  }

  @Test func `a process that runs lives, though its lock was cleared away`() throws {
    let lock = try WorkerLock(for: this, in: directory)
    try FileManager.default.removeItem(atPath: directory.lock(of: this))
    withExtendedLifetime(lock) { #expect(WorkerLock.isHeld(by: this, in: directory) == .yes) }
  }

  @Test func `a process that has ended doesn't run, though nobody has waited for it`() throws {
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

  @Test func `clearing away takes what is left behind, not what is held`() throws {
    let lock = try WorkerLock(for: this, in: directory)
    try Data().write(to: URL(filePath: "\(directory.locks)/999999-1.lock"))
    WorkerLock.clearAway(in: directory, but: [])
    let left = try locks()
    let isHeld = WorkerLock.isHeld(by: this, in: directory)
    withExtendedLifetime(lock) {}
    #expect(left == ["\(this.pid)-\(this.startTicks).lock"])
    #expect(isHeld == .yes)
  }

  @Test func `FAULT 8: a process is known by its start and its boot, not by its number alone`() {
    #expect(LocalHost.isRunning(this) == .yes)
    var other = this
    other.startTicks += 1
    #expect(LocalHost.isRunning(other) == .no)
    other = this
    other.boot = BootID("another")
    #expect(LocalHost.isRunning(other) == .no)
  }

  @Test func `the doorbell is heard by who listens, once for many rings`() throws {
    let bell = try Doorbell(listeningTo: directory.doorbell)
    #expect(!bell.wasRung())
    Doorbell.ring(directory.doorbell)
    Doorbell.ring(directory.doorbell)
    #expect(bell.wasRung())
    #expect(!bell.wasRung())
  }

  @Test func `each end of a control line notices that the other is gone`() throws {
    var ends: (ControlChannel, ControlChannel)? = try ControlChannel.pair()
    let ours = try #require(ends?.0)
    ends?.1.send(.ready)
    ends = nil
    #expect(ours.receive() == .ready)
    // A process that another test is just starting may have the other end until it has its program.
    Poll.wait(for: [ours.descriptor], atMost: .seconds(60))
    #expect(ours.receive() == .peerGone)
    #expect(ours.receive() == nil)
    ours.send(.endJob)  // Nobody is there; that is no error and no signal.
  }
}
