import Glibc
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost
@testable import QueueWorker

/// A housekeeper with a manual clock, over logs in a temporary directory.
@Suite struct `Keeping house` {
  let clock = ManualClock()
  let temporary: TemporaryDirectory
  let directory: QueueDirectory

  init() throws {
    temporary = try TemporaryDirectory()
    directory = QueueDirectory(database: temporary.file("queue.db"))
    try directory.create()
  }

  private var now: Moment { clock.now() }

  /// Keeps the stores' files.
  private final class Fixtures { var all: [StoreFixture] = [] }
  private let fixtures = Fixtures()

  private func makeStore(_ kind: StoreUnderTest) throws -> any JobStore {
    let fixture = try kind.open()
    fixtures.all.append(fixture)
    return fixture.store
  }

  private func housekeeper(for store: any JobStore) -> Housekeeper {
    Housekeeper(store: store, directory: directory) { Issue.record($0) }
  }

  /// Runs the housekeeper for this time.
  private func pass(_ time: Duration, _ housekeeper: Housekeeper, for worker: WorkerID) {
    let end = now.uptime + time
    while now.uptime < end {
      clock.advance(by: min(housekeeper.work(for: worker, at: now), end - now.uptime))
    }
    _ = housekeeper.work(for: worker, at: now)
  }

  /// Runs jobs to their end, each with a log.
  private func end(_ count: Int, _ outcome: RunEnd = .exited(0), in store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    for _ in 0..<count {
      try store.add([try NewJob(command: "true", maxRetries: 0)], at: now)
      let job = try store.claim(for: worker, at: now)
      try writeLog(of: job.run)
      try store.end(job, by: worker, outcome, at: now)
    }
    try store.deregister(worker)
  }

  private func writeLog(of run: RunID, bytes: Int = 10) throws {
    try directory.makeLogDirectory(of: run)
    let log = try RunLog(path: directory.log(of: run), limitBytes: 1 << 30)
    let text = [UInt8](repeating: 0x78, count: bytes)
    #expect(write(log.descriptor, text, bytes) == bytes)
  }

  private var logs: [Int64] {
    get throws { try directory.logFolders().flatMap { try $0.runs() }.map(\.number) }
  }

  @Test(arguments: StoreUnderTest.all)
  func `figures of past hours are folded`(kind: StoreUnderTest) throws {
    let store = try makeStore(kind)
    for _ in 1...3 {
      try store.add([try NewJob(command: "true")], at: now)
      clock.advance(by: .seconds(3600))
    }
    clock.advance(by: .seconds(2 * 3600))
    let day = try store.statistics(over: .day, at: now)
    pass(.seconds(1), housekeeper(for: store), for: try store.addWorker(at: now))
    #expect(try !store.foldStatistics(at: now), "nothing is left to pack")
    let packed = try store.statistics(over: .day, at: now)
    #expect(packed.queues == day.queues)
  }

  @Test(arguments: StoreUnderTest.all)
  func `by default completed jobs are removed after a week, and dead ones kept`(
    kind: StoreUnderTest
  ) throws {
    let store = try makeStore(kind)
    try end(2, in: store)
    try end(1, .exited(1), in: store)
    try store.add("off", at: now)
    try store.add("waits", at: now)
    _ = try store.cancel(["off"], at: now)
    let worker = try store.addWorker(at: now)
    let housekeeper = housekeeper(for: store)

    clock.advance(by: .seconds(7 * 86_400 - 120))
    pass(.seconds(60), housekeeper, for: worker)
    #expect(try store.allJobs(at: now).count == 5)
    #expect(try logs == [1, 2, 3])
    pass(.seconds(120), housekeeper, for: worker)
    #expect(try store.allJobs(at: now).map(\.state) == [.pending, .dead])
    #expect(try logs == [3])

    try store.set(try Setting.named("keep-dead"), to: "1d")
    pass(.seconds(60), housekeeper, for: worker)
    #expect(try store.allJobs(at: now).map(\.state) == [.pending])
    #expect(try logs == [])
  }

  @Test func `nothing is removed after the queue was moved, because the logs are another's`() throws
  {
    let store = InMemoryJobStore()
    try store.set(try Setting.named("keep-completed"), to: "1s")
    try end(2, in: store)
    let worker = try store.addWorker(at: now)
    try writeLog(of: RunID(900))
    store.isDisplaced = true
    pass(Housekeeper.sweepPause * 2, housekeeper(for: store), for: worker)
    #expect(try logs == [1, 2, 900])
    #expect(try store.allJobs(at: now).count == 2)
    store.isDisplaced = false
    pass(Housekeeper.sweepPause * 2, housekeeper(for: store), for: worker)
    #expect(try logs == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `dead jobs are kept until their on-dead command has run`(kind: StoreUnderTest) throws {
    let store = try makeStore(kind)
    try store.set(try Setting.named("on-dead"), to: "tell me")
    try store.set(try Setting.named("keep-dead"), to: "1s")
    try end(1, .exited(1), in: store)
    let worker = try store.addWorker(at: now)
    let housekeeper = housekeeper(for: store)
    pass(.seconds(60), housekeeper, for: worker)
    #expect(try store.allJobs(at: now).count == 1)
    let notice = try #require(try store.claimHook(for: worker, at: now))
    try store.completeHook(of: notice.job.id, by: worker)
    pass(.seconds(60), housekeeper, for: worker)
    #expect(try store.allJobs(at: now) == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `nothing is removed if everything is to be kept`(kind: StoreUnderTest) throws {
    let store = try makeStore(kind)
    try store.set(try Setting.named("keep-completed"), to: "none")
    try end(2, in: store)
    clock.advance(by: .seconds(1000 * 86_400))
    pass(.seconds(60), housekeeper(for: store), for: try store.addWorker(at: now))
    #expect(try store.allJobs(at: now).count == 2)
    #expect(try logs == [1, 2])
  }

  /// Near removed logs, new ones would be created slowly.
  @Test func `log directories are spread over the disk, where the file system supports it`() throws
  {
    let other = temporary.file("other")
    try QueueDirectory.make(other, likeTheOwnerOf: directory.logs)
    let isKnown = Self.isMarkedApart(other, marking: true)
    #expect(Self.isMarkedApart(directory.logs) == isKnown)
  }

  /// By the attribute T of chattr(1).
  private static func isMarkedApart(_ path: String, marking: Bool = false) -> Bool {
    let (getFlags, setFlags): (UInt, UInt) = (0x8008_6601, 0x4008_6602)
    let apart: CInt = 0x0002_0000
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(descriptor) }
    var flags: CInt = 0
    guard ioctl(descriptor, getFlags, &flags) == 0 else { return false }
    if marking {
      flags |= apart
      _ = ioctl(descriptor, setFlags, &flags)
      _ = ioctl(descriptor, getFlags, &flags)
    }
    return flags & apart != 0
  }

  @Test func `many jobs are removed in small steps`() throws {
    let store = InMemoryJobStore()
    try store.set(try Setting.named("keep-completed"), to: "1h")
    try end(Housekeeper.stepSize * 2 + 1, in: store)
    clock.advance(by: .seconds(3600))
    let worker = try store.addWorker(at: now)
    let housekeeper = housekeeper(for: store)
    var counts: [Int] = []
    for _ in 1...3 {
      let pause = housekeeper.work(for: worker, at: now)
      counts.append(try store.allJobs(at: now).count)
      #expect(housekeeper.work(for: worker, at: now) == pause, "not before then")
      #expect(try store.allJobs(at: now).count == counts.last)
      #expect(counts.last == 0 || pause == Housekeeper.briefPause)
      clock.advance(by: pause)
    }
    #expect(counts == [101, 1, 0])
    #expect(try logs.isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `of several workers, the first that isn't evicted keeps house`(kind: StoreUnderTest) throws {
    let store = try makeStore(kind)
    try store.set(try Setting.named("keep-completed"), to: "1s")
    try end(1, in: store)
    let workers = try (1...2).map { try store.register(.example(pid: $0), queues: [], at: now) }
    let second = housekeeper(for: store)
    pass(.seconds(60), second, for: workers[1])
    #expect(try store.allJobs(at: now).count == 1)
    #expect(try store.evict(try store.record(of: workers[0])))
    pass(.seconds(60), second, for: workers[1])
    #expect(try store.allJobs(at: now).isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `logs without a run are removed, those of running jobs are kept`(kind: StoreUnderTest) throws
  {
    let store = try makeStore(kind)
    try end(1, in: store)
    let worker = try store.addWorker(at: now)
    try store.add("runs", at: now)
    try writeLog(of: try store.claim(for: worker, at: now).run)
    for stray in [3, 4, 999, 1000, 5500] as [Int64] { try writeLog(of: RunID(stray)) }
    let housekeeper = housekeeper(for: store)
    pass(.seconds(60), housekeeper, for: worker)
    #expect(try logs == [1, 2])
    #expect(try directory.logFolders().map(\.range.lowerBound) == [0, 5000], "empty ones go, too")

    try writeLog(of: RunID(77))
    pass(.seconds(300), housekeeper, for: worker)
    #expect(try logs == [1, 2, 77], "there is time")
    pass(.seconds(400), housekeeper, for: worker)
    #expect(try logs == [1, 2])
  }

  @Test(arguments: StoreUnderTest.all)
  func `beyond the quota the oldest logs are removed, except those of running jobs`(
    kind: StoreUnderTest
  ) throws {
    let store = try makeStore(kind)
    try store.set(try Setting.named("log-quota"), to: "1MB")
    let worker = try store.addWorker(at: now)
    try store.add("runs", at: now)
    try writeLog(of: try store.claim(for: worker, at: now).run, bytes: 1 << 18)
    try end(6, in: store)
    for run in 2...7 as ClosedRange<Int64> { try writeLog(of: RunID(run), bytes: 1 << 18) }
    pass(.seconds(60), housekeeper(for: store), for: worker)
    // Four logs of 256 KB fit; each of the six is some bytes longer.
    let kept = try logs
    #expect(kept == [1, 6, 7] || kept == [1, 5, 6, 7])
    #expect(try store.allJobs(at: now).count == 7, "the jobs stay")
  }
}
