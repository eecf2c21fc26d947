import CLinux
import Glibc
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost
@testable import QueueWorker

/// The processes of a run, decided from a made-up process table.
@Suite struct `Trails of runs` {
  /// The supervisor 10 with its worker 11, which started the run's first process 100 at 50 s of
  /// uptime; another worker is 12.
  private static let others = [
    entry(1, parent: 0, session: 1, at: 1), entry(10, parent: 1, session: 10, at: 40),
    entry(11, parent: 10, session: 10, at: 41), entry(12, parent: 10, session: 10, at: 41),
  ]
  private static let first = entry(100, parent: 11, session: 100, at: 50)
  private var trail = RunTrail(
    runName: "db-7",
    leader: RunTrail.Leader(pid: 100, started: .seconds(50)...(.milliseconds(50_010))),
    keepers: [
      RunTrail.Keeper(pid: 11, startTicks: ticks(41)),
      RunTrail.Keeper(pid: 10, startTicks: ticks(40)),
    ])

  private static func ticks(_ seconds: Int64) -> Int64 { seconds * ProcessTable.ticksPerSecond }

  private static func entry(
    _ pid: pid_t, parent: pid_t, session: pid_t, at seconds: Int64
  ) -> ProcessTable.Entry {
    ProcessTable.Entry(
      pid: pid, parent: parent, group: session, session: session, startTicks: ticks(seconds))
  }

  private func membership(
    of entry: ProcessTable.Entry, among others: [ProcessTable.Entry] = [first] + others,
    shows variables: [String]? = nil, writingTo outputs: [FileIdentity] = [],
    in cgroup: String? = nil
  ) -> RunTrail.Membership {
    trail.membership(of: entry, in: ProcessTable(others + [entry])) { _ in
      guard variables != nil || cgroup != nil else { return nil }
      return RunTrail.Inside(
        environment: variables?.map { Array($0.utf8) }, outputs: outputs, cgroup: cgroup)
    }
  }

  @Test func `FAULT 15: a process of the run's session belongs to it, whatever it hides`() {
    let process = Self.entry(101, parent: 100, session: 100, at: 60)
    #expect(membership(of: process, shows: []) == .member)
    #expect(membership(of: process) == .member, "it is hidden")
    #expect(membership(of: process, among: Self.others) == .member, "its leader has ended")
    #expect(membership(of: Self.first) == .member)
  }

  @Test func `a process in the run's cgroup belongs to it, whatever else it shows`() {
    let process = Self.entry(200, parent: 1, session: 200, at: 60)
    for cgroup in ["/a/queuectl-run-db-7", "/queuectl-run-db-7/below"] {
      #expect(membership(of: process, in: cgroup) == .member, "its environment is hidden")
      #expect(
        membership(of: process, shows: ["QUEUECTL_RUN_ID=db-8"], in: cgroup) == .member)
    }
    for cgroup in ["/a/queuectl-run-db-71", "/a", "/"] {
      #expect(membership(of: process, shows: [], in: cgroup) == .stranger)
    }
  }

  @Test func `a reused session number belongs to another run`() {
    let later = Self.entry(100, parent: 1, session: 100, at: 70)
    let process = Self.entry(101, parent: 100, session: 100, at: 71)
    #expect(membership(of: process, among: Self.others + [later]) == .stranger)
    #expect(membership(of: later, among: Self.others) == .stranger)
  }

  @Test func `a process older than the run belongs to another`() {
    let process = Self.entry(90, parent: 11, session: 90, at: 49)
    #expect(membership(of: process, shows: ["QUEUECTL_RUN_ID=db-7"]) == .stranger)
  }

  @Test func `FAULT 15: the environment names a process's run, wherever it is`() {
    let process = Self.entry(101, parent: 1, session: 101, at: 60)
    #expect(membership(of: process, shows: ["A=1", "QUEUECTL_RUN_ID=db-7"]) == .member)
    #expect(membership(of: process, shows: ["QUEUECTL_RUN_ID=db-70"]) == .stranger)
    #expect(membership(of: process, shows: ["A=1"]) == .stranger)
    #expect(membership(of: process, shows: []) == .stranger)
    #expect(membership(of: process) == .stranger, "it is hidden")
  }

  @Test func `FAULT 15: an unreadable process is found below the worker that adopted it`() {
    let process = Self.entry(101, parent: 11, session: 101, at: 60)
    #expect(membership(of: process, shows: []) == .member)
    #expect(membership(of: process) == .member, "it is hidden")
    let child = Self.entry(102, parent: 101, session: 102, at: 61)
    #expect(membership(of: child, among: Self.others + [process]) == .member)
    #expect(
      membership(of: process, shows: ["QUEUECTL_RUN_ID=db-6"]) == .stranger, "an earlier run's")
  }

  @Test func `FAULT 15: after the worker's death it is found below the supervisor`() {
    let left = Self.others.filter { $0.pid != 11 }
    let process = Self.entry(101, parent: 10, session: 101, at: 60)
    #expect(membership(of: process, among: left) == .member)
    var ended = Self.others[2]
    ended.hasEnded = true
    #expect(membership(of: process, among: left + [ended]) == .member, "not waited for yet")
    #expect(membership(of: process) == .stranger, "the worker would have it")
  }

  @Test func `another worker and its processes aren't part of the run`() {
    let left = Self.others.filter { $0.pid != 11 }
    let process = Self.entry(201, parent: 12, session: 201, at: 60)
    #expect(membership(of: process, among: left) == .stranger)
    let new = Self.entry(13, parent: 10, session: 10, at: 60)
    #expect(membership(of: new, among: left) == .stranger)
  }

  @Test func `a process started later by an earlier run's process belongs to that run`() {
    let daemon = Self.entry(90, parent: 11, session: 90, at: 45)
    let process = Self.entry(101, parent: 90, session: 101, at: 60)
    #expect(membership(of: process, among: Self.others + [daemon], shows: []) == .stranger)
  }

  @Test func `without a live worker or supervisor parents prove nothing`() {
    let process = Self.entry(101, parent: 10, session: 101, at: 60)
    var reused = Self.others.filter { $0.pid != 10 && $0.pid != 11 }
    reused.append(Self.entry(10, parent: 1, session: 10, at: 55))
    #expect(membership(of: process, among: reused) == .stranger)
  }

  @Test func `FAULT 15: a process that still writes to the run's log belongs to it`() throws {
    let log = try #require(FileIdentity("/proc/self/exe"))
    let process = Self.entry(101, parent: 1, session: 101, at: 60)
    var suite = self
    suite.trail.log = log
    #expect(suite.membership(of: process, shows: [], writingTo: [log]) == .member)
    #expect(suite.membership(of: process, shows: []) == .stranger)
  }

  @Test func `FAULT 72: temporarily unreadable details prove nothing`() {
    let process = Self.entry(101, parent: 11, session: 101, at: 60)
    let table = ProcessTable(Self.others + [process])
    let found = trail.membership(of: process, in: table) { (_) throws(SystemError) in
      throw SystemError("read it", code: EMFILE)
    }
    #expect(found == .unknown("can't read it: Too many open files"))
  }

  @Test
  func `a process during exec is checked again; zombies and kernel threads aren't`() {
    var process = Self.entry(101, parent: 1, session: 101, at: 60)
    process.isBetweenPrograms = true
    #expect(membership(of: process, shows: []) == .unknown("process 101 is still starting"))
    process.isBetweenPrograms = false
    process.isKernels = true
    #expect(membership(of: process, shows: ["QUEUECTL_RUN_ID=db-7"]) == .stranger)
    var ended = Self.entry(102, parent: 100, session: 100, at: 60)
    ended.hasEnded = true
    #expect(membership(of: ended) == .stranger)
  }

  @Test func `circular parents, possible in a non-atomic table, end the search`() {
    let one = Self.entry(101, parent: 102, session: 101, at: 60)
    let other = Self.entry(102, parent: 101, session: 101, at: 60)
    #expect(membership(of: one, among: Self.others + [other]) == .stranger)
  }
}

/// The real processes of this machine.
@Suite struct `Lists of processes` {
  @Test func `this process is listed, with its parent and session`() throws {
    let entry = try #require(try ProcessTable.now().entries[getpid()])
    #expect(entry.parent == getppid())
    #expect(entry.session == getsid(0))
    #expect(entry.group == getpgrp())
    #expect(!entry.hasEnded && !entry.isKernels)
  }

  @Test func `FAULT 72: a directory that can't be listed is an error, not an empty one`() {
    #expect(throws: SystemError("list /proc/self/exe", code: ENOTDIR)) {
      try FileNames.all(in: "/proc/self/exe")
    }
    #expect(throws: SystemError("list /nowhere/at/all", code: ENOENT)) {
      try FileNames.all(in: "/nowhere/at/all")
    }
  }

  @Test func `FAULT 72: a file that can't be read is an error, not an empty one`() {
    #expect(throws: SystemError("read /proc", code: EISDIR)) { try FileBytes.read("/proc") }
  }

  @Test func `the kernel reports a process's user and blocked signals`() throws {
    let status = try #require(ProcessStatus(of: getpid()))
    #expect(status.uid == geteuid())
    let child = try Spawn(
      program: "/bin/sleep", arguments: ["sleep", "600"], environment: [], input: nil, control: nil
    ).start()
    defer {
      kill(child.pid, SIGKILL)
      waitpid(child.pid, nil, 0)
      close(child.descriptor)
    }
    #expect(ProcessStatus(of: child.pid)?.blocks(SIGUSR1) == false)
  }

  @Test func `a new process writes its trail before its program begins`() throws {
    let temporary = try TemporaryDirectory()
    let directory = QueueDirectory(database: temporary.file("queue.db"))
    try directory.create()
    let lock = try WorkerLock(for: try LocalHost.thisProcess(), in: directory)
    let before = Duration.nanoseconds(clinux_uptime_nanoseconds())
    var spawn = Spawn(
      program: "/bin/true", arguments: ["true"], environment: [], input: nil, control: nil)
    spawn.trail = (lock.trail.descriptor, lock.trail.offset, RunID(7))
    let child = try spawn.start()
    let after = Duration.nanoseconds(clinux_uptime_nanoseconds())
    defer { close(child.descriptor) }
    let entry = try #require(try ProcessTable.Entry(pid: child.pid))
    let leader = try #require(try lock.notes().leader(of: RunID(7)))
    #expect(leader.pid == child.pid)
    #expect(leader.started.lowerBound >= before - .milliseconds(1))
    #expect(leader.started.upperBound <= after + .milliseconds(1))
    let ticks = { (time: Duration) in time.milliseconds * ProcessTable.ticksPerSecond / 1000 }
    #expect(
      (ticks(leader.started.lowerBound)...ticks(leader.started.upperBound))
        .contains(entry.startTicks))
    #expect(try lock.notes().leader(of: RunID(8)) == nil, "the notes are of another run")
    #expect(waitpid(child.pid, nil, 0) == child.pid)
  }
}
