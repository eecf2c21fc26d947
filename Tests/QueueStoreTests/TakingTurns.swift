import Foundation
import QueueCore
import QueueHost
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStoreSQLite

/// The writer queue.
@Suite struct `Taking turns` {
  let directory: TemporaryDirectory
  let clock = ManualClock()
  private var place: String { directory.file("line") }

  init() throws { directory = try TemporaryDirectory() }

  @Test func `a worker with a run waits for other writers only briefly`() throws {
    let path = directory.file("queue.db")
    let store = try #require(try SQLiteJobStore.open(path, creating: true, line: place))
    let other = try #require(try SQLiteJobStore.open(path, creating: false))
    try other.connection.execute("BEGIN IMMEDIATE")
    store.busyTimeout = .whileRunning
    let before = ContinuousClock.now
    let error = #expect(throws: StoreError.self) { try store.addWorker(at: clock.now()) }
    #expect(error?.code == .busy)
    #expect(ContinuousClock.now - before < .seconds(30))
    try other.connection.execute("ROLLBACK")
    _ = try store.addWorker(at: clock.now())
  }

  /// A frozen process would keep a lock for as long as its job is paused.
  @Test func `a run is frozen while no other process has the turn or the lock`() throws {
    let path = directory.file("queue.db")
    let store = try #require(try SQLiteJobStore.open(path, creating: true, line: place))
    let other = try #require(try SQLiteJobStore.open(path, creating: false))
    let line = try line()
    let worker = try store.addWorker(at: clock.now())
    try store.add("job", at: clock.now())
    let run = try store.claim(for: worker, at: clock.now()).run
    try store.setPaused(true, runOf: "job", at: clock.now())
    store.busyTimeout = .whileRunning
    other.busyTimeout = .whileRunning
    var freezes = 0

    guard case .ours = line.enter(atMost: .zero) else { throw StoreError(.other, "no turn") }
    let error = #expect(throws: StoreError.self) {
      try store.setFrozen(clock.now().wall, run) { freezes += 1 }
    }
    #expect(error?.code == .busy)
    line.leave()
    #expect(freezes == 0)
    #expect(try store.job("job", at: clock.now()).latestRun?.freeze == .requested)

    let isTold = try store.setFrozen(clock.now().wall, run) {
      freezes += 1
      #expect(throws: StoreError.self) { try other.addWorker(at: clock.now()) }
      if case .ours = line.enter(atMost: .zero) { Issue.record("another process has the turn") }
    }
    #expect(isTold && freezes == 1)
    #expect(try other.job("job", at: clock.now()).frozenSince == clock.now().wall)
  }

  private func line() throws -> WriterQueue { try #require(WriterQueue(at: place, beside: place)) }

  /// The number of waiting writers, from the kernel's list of locks.
  private func waiting() throws -> Int {
    var status = stat()
    guard stat(place, &status) == 0 else { throw StoreError(.other, "no \(place)") }
    return try String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n")
      .count { $0.contains("-> FLOCK") && $0.contains(":\(status.st_ino) ") }
  }

  /// Polls, because the kernel doesn't notify of waiters.
  private func wait(until count: Int) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try waiting() < count {
      guard ContinuousClock.now < deadline else {
        throw StoreError(.other, "\(try waiting()) wait, not \(count)")
      }
      usleep(1000)
    }
  }

  /// Runs a closure on a thread of its own; the result waits for its end.
  private func start(_ body: @escaping @Sendable () throws -> Void) -> () throws -> Void {
    let result = Shared(Mutex<Result<Void, any Error>?>(nil))
    let over = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      result.value.withLock { $0 = Result(catching: body) }
      over.signal()
    }
    return {
      over.wait()
      try result.value.withLock { try $0?.get() }
    }
  }

  @Test func `writers are served in order of arrival`() throws {
    let order = Shared(Mutex<[Int]>([]))
    let holder = try line()
    #expect(holder.enter(atMost: .zero) == .ours)
    var ends: [() throws -> Void] = []
    for number in 1...6 {
      let place = place
      ends.append(
        start {
          let line = try #require(WriterQueue(at: place, beside: place))
          #expect(line.enter(atMost: .seconds(60)) == .ours)
          order.value.withLock { $0.append(number) }
          line.leave()
        })
      try wait(until: number)
    }
    holder.leave()
    for end in ends { try end() }
    #expect(order.value.withLock { $0 } == [1, 2, 3, 4, 5, 6])
  }

  @Test func `a writer gets its timeout in time`() throws {
    let holder = try line()
    let other = try line()
    #expect(holder.enter(atMost: .seconds(60)) == .ours)
    #expect(other.enter(atMost: .zero) == .notInTime)
    let start = ContinuousClock.now
    #expect(other.enter(atMost: .milliseconds(30)) == .notInTime)
    #expect(ContinuousClock.now - start >= .milliseconds(30))
    holder.leave()
    #expect(other.enter(atMost: .zero) == .ours)
  }

  @Test func `a killed writer blocks no other`() async throws {
    let place = place
    await #expect(processExitsWith: .signal(SIGKILL)) { [place = place as String] in
      let line = try #require(WriterQueue(at: place, beside: place))
      try #require(line.enter(atMost: .zero) == .ours)
      kill(getpid(), SIGKILL)
    }
    #expect(try line().enter(atMost: .zero) == .ours)
  }

  @Test func `a write waits for its turn, a checkpoint for another occasion`() throws {
    let path = directory.file("queue.db")
    let place = place
    let now = clock.now()
    _ = try SQLiteJobStore.open(path, creating: true)
    let holder = try line()
    #expect(holder.enter(atMost: .zero) == .ours)
    let end = start {
      let store = try #require(try SQLiteJobStore.open(path, creating: false, line: place))
      try store.add("a", at: now)
    }
    try wait(until: 1)
    let store = try #require(try SQLiteJobStore.open(path, creating: false, line: place))
    #expect(try store.summary().count(.pending) == 0, "reads don't wait")
    try store.checkpointer.checkpoint()
    #expect(try waiting() == 1)
    holder.leave()
    try end()
    #expect(try store.summary().count(.pending) == 1)
  }

  /// A checkpoint after its turn would always find the next writer active.
  @Test func `a long WAL is checkpointed although other writers wait`() throws {
    let path = directory.file("queue.db")
    let place = place
    let now = clock.now()
    let store = try #require(try SQLiteJobStore.open(path, creating: true, line: place))
    var end: (() throws -> Void)?
    try store.changeRethrowing {
      end = start {
        let other = try #require(try SQLiteJobStore.open(path, creating: false, line: place))
        try other.add("a", at: now)
      }
      try wait(until: 1)
      let value = String(repeating: "x", count: DatabaseFile.pageSize)
      for key in 1...Checkpointer.aloneLimit * 2 {
        try store.connection.run("INSERT INTO meta VALUES (?, ?)", "key\(key)", value)
      }
    }
    #expect(store.connection.walPages < Checkpointer.aloneLimit)
    try end?()
    #expect(try store.summary().count(.pending) == 1)
  }

  @Test func `a worker without a job waits for no writer`() throws {
    let path = directory.file("queue.db")
    let store = try #require(try SQLiteJobStore.open(path, creating: true, line: place))
    let now = clock.now()
    let worker = try store.addWorker(at: now)
    try store.add(
      [try NewJob(id: JobID("later"), command: "true", runAt: now.wall + .seconds(9))], at: now)
    // The first claim of a boot writes, because it fixes queue time.
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(9)))
    let writer = try Connection(path: path)
    try writer.execute("BEGIN IMMEDIATE")
    let answer = try store.claimNext(for: worker, at: now)
    try writer.execute("ROLLBACK")
    #expect(answer == .nothing(nextDue: .seconds(9)))
  }

  @Test func `writers work without a writer queue`() throws {
    let path = directory.file("queue.db")
    let store = try #require(
      try SQLiteJobStore.open(path, creating: true, line: path + "/no-directory"))
    try store.add("a", at: clock.now())
    #expect(try store.summary().count(.pending) == 1)
  }

  @Test func `readers don't create the writer queue`() throws {
    let path = directory.file("queue.db")
    let store = try #require(try SQLiteJobStore.open(path, creating: true, line: place))
    _ = try store.summary()
    #expect(!FileManager.default.fileExists(atPath: place))
  }
}
