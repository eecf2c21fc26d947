import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueOperations
@testable import QueueTop

/// From the screen's requests to its snapshots.
@Suite struct `Reading the queue` {
  private let clock = ManualClock()

  private func dependencies(
    now: (@Sendable () -> Moment)? = nil, whileReading: @escaping @Sendable () -> Void = {}
  ) -> MonitorDependencies {
    let clock = clock
    return MonitorDependencies(
      open: { () throws(StoreError) in nil }, identity: { nil }, files: { DatabaseFiles() },
      now: now ?? { clock.now() },
      utcOffsetSeconds: { _ in
        whileReading()
        return 0
      },
      isGone: { _, _ in false }, bell: RecordingBell(), logs: RecordingShelf())
  }

  /// Jobs that died in order of their names, enqueued in reverse.
  private func fill(_ store: any JobStore) throws {
    let worker = try store.addWorker(at: clock.now())
    for id in ["e", "d", "c", "b", "a"] {
      try store.add(
        id, command: "do \(id)", priority: 200 - Int(Array(id.utf8)[0]), maxRetries: 0,
        at: clock.now())
    }
    for _ in 1...5 {
      clock.advance(by: .seconds(1))
      try store.runNext(for: worker, .exited(1), lastLine: "no 7 left", at: clock.now())
    }
  }

  private func ids(_ list: JobRows) -> String { list.jobs.map(\.id.text).joined() }

  /// A job with that many runs in another queue.
  private func add(_ id: String, runs count: Int, to store: any JobStore) throws {
    let now = clock.now()
    try store.add(id, at: now)
    var job = try #require(try store.exportPage(limit: 1, after: nil, at: now).jobs.first)
    _ = try store.cancel([id], at: now)
    _ = try store.remove(
      .all([.cancelled]), limit: 1, after: nil, dryRun: false, at: now)
    job.runs = (1...count).map { number in
      Run(id: RunID(Int64(number)), attempt: 1, worker: WorkerID(1), startedAt: now.wall)
        .ended(RunReport(end: .exited(1), elapsed: .zero), at: now.wall)
    }
    var rest = [job]
    try store.importJobs(at: now, next: { rest.popLast() }, each: { _ in })
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 79: of a job with 100,000 runs its page reads the newest`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try add("job", runs: 100_000, to: store)
    let newest = try #require(try store.runs(of: "job", limit: 1, before: nil).first)
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    request.detail = JobID(trusted: "job")
    let detail = try #require(try reader.read(request).detail)
    #expect(detail.runs.count == SnapshotReader.mostRuns)
    #expect(detail.runs.first == newest)
    #expect(detail.hasMoreRuns)
  }

  @Test(arguments: StoreUnderTest.all)
  func `sorted by age, the reverse begins at the other end of all jobs`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try fill(store)
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    request.tab = .dead
    request.limit = 2
    #expect(ids(try reader.read(request).list) == "ed", "those that died last")
    request.sort.isReversed = true
    let list = try reader.read(request).list
    #expect(ids(list) == "ab" && list.hasMore)
    #expect(list.order == JobOrder(.updated, isReversed: true))
    request.tab = .all
    #expect(ids(try reader.read(request).list) == "ed", "those that were enqueued first")
    request.tab = .dead
    request.sort.key = .priority
    #expect(ids(try reader.read(request).list) == "ed")
    request.sort.isReversed = false
    #expect(ids(try reader.read(request).list) == "ab")
  }

  @Test(arguments: StoreUnderTest.all)
  func `with a filter, pending jobs are in the order in which they run, too`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    for id in ["a", "b", "c"] { try store.add(id, at: clock.now()) }
    let soon = clock.now().wall + .seconds(60)
    try store.add("y", priority: 9, runAt: soon + .seconds(1), at: clock.now())
    try store.add("x", runAt: soon, at: clock.now())
    try store.add("d", priority: 3, at: clock.now())
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    for (tab, expected) in [(JobTab.pending, "dabcxy"), (.later, "xy")] {
      (request.tab, request.sort) = (tab, JobSort(of: tab))
      for filter in ["", "cmd:true"] {
        request.filter = FilterText(filter)
        request.sort.isReversed = false
        #expect(ids(try reader.read(request).list) == expected)
        request.sort.isReversed = true
        #expect(ids(try reader.read(request).list) == String(expected.reversed()))
      }
    }
  }

  @Test func `an order without an index reads the maximum number of rows`() throws {
    let store = InMemoryJobStore()
    try fill(store)
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    request.limit = 2
    request.sort.key = .command
    let list = try reader.read(request).list
    #expect(ids(list) == "abcde" && list.order == nil)
  }

  @Test func `an order that the store can't sort so many jobs by reads the most rows, too`() {
    var request = ViewRequest()
    (request.tab, request.limit) = (.dead, 2)
    #expect(request.rowLimit(of: 1_000_000) == 2, "dead jobs are kept in order of age")
    request.sort.key = .attempts
    #expect(request.rowLimit(of: 2000) == 2)
    #expect(request.rowLimit(of: 2001) == ViewRequest.mostRows)
  }

  @Test func `ends are ordered as numbers, and missing numbers come last`() throws {
    let store = InMemoryJobStore()
    let worker = try store.addWorker(at: clock.now())
    for (id, outcome) in [
      ("a", RunEnd.exited(127)), ("b", .signaled(9)), ("c", .exited(3)), ("d", .exited(1)),
    ] {
      try store.add(id, maxRetries: 0, at: clock.now())
      try store.runNext(for: worker, outcome, at: clock.now())
    }
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    request.sort.key = .exit
    #expect(ids(try reader.read(request).list) == "dcab")
  }

  @Test(arguments: StoreUnderTest.all)
  func `all matches are counted, and as many read as requested`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try fill(store)
    try store.add("other", at: clock.now())
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    request.filter = FilterText("do exit:1")
    request.limit = 2
    let list = try reader.read(request).list
    #expect(ids(list) == "ab" && list.found == 5 && list.hasMore && list.searched == nil)
    request.filter = FilterText("other")
    #expect(try reader.read(request).list.found == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a search ends with its time, and reports its progress`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let jobs = try (1...7000).map { try NewJob(id: JobID("job-\($0)"), command: "true") }
    _ = try store.add(jobs, at: clock.now())
    let clock = clock
    let impatient = dependencies(now: {
      clock.advance(by: .milliseconds(60))
      return clock.now()
    })
    var reader = SnapshotReader(dependencies: impatient, store: store)
    var request = ViewRequest()
    request.filter = FilterText("job-7 !job-70")
    request.searchTime = .milliseconds(50)
    let list = try reader.read(request).list
    #expect(list.searched == 5000)
    // From job-7000 back to job-2001.
    #expect(list.found == 0)
    request.searchTime = .seconds(1)
    let all = try reader.read(request).list
    #expect(all.searched == nil && all.found == 1 + 9 + 90)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the jobs of a group are found whatever their numbers`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: clock.now())
    for (id, line) in [("a", "order 7 lost"), ("b", "order 88 lost"), ("c", "order x lost")] {
      try store.add(id, maxRetries: 0, at: clock.now())
      try store.runNext(for: worker, .exited(1), lastLine: line, at: clock.now())
    }
    var reader = SnapshotReader(dependencies: dependencies(), store: store)
    var request = ViewRequest()
    request.tab = .dead
    request.wantsGroups = true
    let groups = try #require(try reader.read(request).groups)
    request.group = try #require(groups.first { $0.count == 2 }).key
    let list = try reader.read(request).list
    #expect(ids(list) == "ba" && list.found == 2)
    let bulk = BulkSelection(purpose: .retry, filter: FilterText(""), group: request.group)
    #expect(
      try RowReader(dependencies: dependencies(), store: store).gather(bulk).ids.map(\.text) == [
        "b", "a",
      ])
  }

  @Test(arguments: StoreUnderTest.all)
  func `all figures of a snapshot are of one moment`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    try fixture.store.add("before", at: clock.now())
    let other = Handle(store: try fixture.anotherHandle())
    let clock = clock
    var reader = SnapshotReader(
      dependencies: dependencies(whileReading: {
        try? other.store.add("meanwhile", at: clock.now())
      }),
      store: fixture.store)
    let snapshot = try reader.read(ViewRequest())
    #expect(snapshot.summary.count(.pending) == 1)
    #expect(ids(snapshot.list) == "before")
    #expect(ids(try fixture.store.jobs(JobQuery(), limit: 9, after: nil, at: clock.now())) == 2)
  }

  /// Used on one thread only, like every store.
  private struct Handle: @unchecked Sendable { let store: any JobStore }

  private func ids(_ page: JobPage) -> Int { page.jobs.count }
}
