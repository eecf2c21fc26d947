import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// No action on invisible targets, or on targets that have changed since they were shown.
@Suite struct `Acting on what is seen` {
  private func ids(_ texts: String...) -> [JobID] { texts.map { JobID(trusted: $0) } }

  // MARK: Small screens

  @Test(arguments: [(38, 10), (60, 7), (15, 5)])
  func `no confirmation opens where it can't be drawn`(size: (Int, Int)) {
    for key in "rdsxP" {
      var state = ExampleQueue.state(size.0, size.1)
      #expect(state.press(.character(key)) == [], "\(key)")
      #expect(state.overlay == nil)
    }
    var state = ExampleQueue.state(80, 24)
    let bulk = BulkSelection(purpose: .discard, filter: FilterText(""))
    #expect(state.type("D") == [.gather(bulk)])
    _ = state.update(.resized(Size(width: size.0, height: size.1)))
    #expect(state.update(.heard(.gathered(bulk, ids("a"), isComplete: true))) == [])
    #expect(state.overlay == nil)
  }

  @Test func `a confirmation that no longer fits is answered no`() {
    var state = ExampleQueue.state(80, 24)
    #expect(state.type("d") == [.dropInput])
    _ = state.update(.resized(Size(width: 15, height: 5)))
    #expect(state.overlay == nil)
    #expect(state.type("y").allSatisfy { if case .act = $0 { false } else { true } })
  }

  @Test func `unknown figures aren't shown, and a single line shows the problem`() {
    var state = MonitorState(ExampleQueue.setup, now: ExampleQueue.now)
    _ = state.update(.resized(Size(width: 60, height: 7)))
    let error = StoreError(.cannotOpen, "/var/lib/queue.db can't be opened: it belongs to uid 7")
    _ = state.update(.heard(.trouble(.failed(error), ExampleQueue.now)))
    let texts = state.frame().rows.map(\.text)
    #expect(texts[0].hasPrefix("P - R - F - D - C - "), "\(texts)")
    #expect(texts.joined().contains("can't be opened: it belongs to uid 7"), "\(texts)")

    var known = ExampleQueue.state(60, 7)
    var later = ExampleQueue.now
    later.uptime += .seconds(6)
    _ = known.update(.heard(.trouble(.missing, later)))
    #expect(known.frame().rows[1].text.hasPrefix("STALE 6s  the database is missing"))
  }

  @Test func `the reason why a queue can't be opened is shown in full`() {
    var state = MonitorState(ExampleQueue.setup, now: ExampleQueue.now)
    _ = state.update(.resized(Size(width: 80, height: 24)))
    let words = Array(repeating: "word", count: 40).joined(separator: " ") + " end"
    _ = state.update(.heard(.trouble(.failed(StoreError(.newer, words)), ExampleQueue.now)))
    #expect(state.frame().rows.contains { $0.text.contains(" end") })
  }

  // MARK: Rows still to be read

  private func answer(_ state: inout MonitorState, _ jobs: [Job], hasMore: Bool = false) {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = jobs
    snapshot.list.hasMore = hasMore
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
  }

  @Test(arguments: ["/exit:127\r", "/exit:127\r\u{1B}", "/exit:1\u{07}"])
  func `keys don't act on the rows of another filter`(typed: String) {
    var state = ExampleQueue.state(80, 24)
    if typed.hasSuffix("\u{07}") {
      _ = state.type("/exit:127")
      answer(&state, [ExampleQueue.dead[2]])
      _ = state.press(.control("g"))
    } else {
      _ = state.type("/exit:127")
      _ = state.press(.enter)
      if typed.hasSuffix("\u{1B}") {
        answer(&state, [ExampleQueue.dead[2]])
        _ = state.press(.escape)
      }
    }
    #expect(state.isAwaitingRows && state.keysAwaitRows)
    #expect(state.type("r") == [])
    #expect(state.overlay == nil)
    #expect(state.notice?.text == "the jobs are still being read: nothing was done")
    _ = state.type("A ")
    #expect(state.list.marks == [])
    answer(&state, [ExampleQueue.dead[4]])
    #expect(state.type("r") == [.dropInput])
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-85777")))])
  }

  @Test func `rows stay while a filter is typed`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/zzz")
    #expect(state.isAwaitingRows && !state.keysAwaitRows)
    #expect(state.frame().rows.contains { $0.text.contains("job-86990") })
  }

  @Test func `a group's rows are awaited, too`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("e")
    var snapshot = ExampleQueue.snapshot()
    snapshot.groups = ErrorGroup.groups(of: snapshot.list.jobs, at: ExampleQueue.now)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.press(.enter)
    #expect(state.page == .lists && state.isAwaitingRows)
    _ = state.type("A")
    #expect(state.list.marks == [])
  }

  // MARK: Invalid filters

  @Test(arguments: ["exit:>x", "exit:1;7", "age:>1w", "worker:foo", "exit:abc gateway"])
  func `an invalid filter isn't kept`(text: String) {
    var state = ExampleQueue.state(40, 12)
    _ = state.type("/" + text)
    #expect(state.press(.enter) == [])
    #expect(state.overlay != nil)
    #expect(state.type("D") == [], "it is typed into the filter")
    let field = text.prefix { $0 != ":" }
    #expect(state.frame().rows[11].text.hasPrefix("\(field): takes"))
    _ = state.press(.escape)
    #expect(state.overlay == nil && state.request.filter.text.isEmpty)
  }

  @Test func `an empty filter is removed`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/id:")
    _ = state.press(.enter)
    #expect(state.overlay == nil && state.request.filter == FilterText(""))
  }

  // MARK: Changed targets

  @Test func `marks follow the jobs' states, and go with jobs that leave the list`() {
    var state = ExampleQueue.state(80, 24, tab: .all)
    state.moveCursor(.by(7))
    _ = state.type(" ")
    var died = ExampleQueue.others[0]
    died.state = .dead
    var snapshot = ExampleQueue.snapshot(.all)
    snapshot.list.jobs = [died] + ExampleQueue.dead
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.type("x") == [], "a dead job can't be cancelled")
    #expect(state.type("r") == [.dropInput])
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-88200")))])

    _ = state.type(" ")
    snapshot.list.jobs = ExampleQueue.others
    snapshot.list.hasMore = true
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.list.marks.count == 1, "it may be among those that weren't read")
    snapshot.list.hasMore = false
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.list.marks == [])
  }

  @Test func `a result is shown however rarely the queue is read`() {
    var state = ExampleQueue.state(80, 24)
    var later = ExampleQueue.now
    later.uptime += .seconds(30)
    _ = state.update(.heard(.acted(ActionResult(text: "retried 1 job"))))
    _ = state.update(.heard(.unchanged(later)))
    #expect(state.frame().rows[22].text.contains("retried 1 job"))
    later.uptime += .seconds(6)
    _ = state.update(.heard(.unchanged(later)))
    #expect(!state.frame().rows[22].text.contains("retried 1 job"))
  }

  @Test func `a result that arrives during trouble is shown afterwards`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.update(.heard(.acted(ActionResult(text: "retried 1 job"))))
    var later = ExampleQueue.now
    for _ in 1...10 {
      later.uptime += .seconds(1)
      _ = state.update(.heard(.silence(later)))
    }
    _ = state.update(.heard(.unchanged(later)))
    #expect(state.frame().rows[22].text.contains("retried 1 job"))
  }

  @Test func `only jobs shown as running are ended`() {
    var state = ExampleQueue.state(80, 24, tab: .all)
    state.moveCursor(.by(7))
    _ = state.type("x")
    #expect(state.type("y") == [.act(.jobs(.cancel(evenRunning: false), ids("job-88200")))])
    var running = ExampleQueue.others[0]
    running.state = .processing
    answer(&state, [running])
    state.moveCursor(.toFirst)
    _ = state.type("x")
    #expect(state.type("y") == [.act(.jobs(.cancel(evenRunning: true), ids("job-88200")))])
  }

  @Test func `a queue is paused only where one of its jobs is shown`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.tab)
    #expect(state.type("P") == [])
    #expect(state.overlay == nil)
    answer(&state, [])
    _ = state.press(.tab)
    #expect(state.type("P") == [])
    #expect(state.overlay == nil)
  }

  @Test func `stopping workers aren't counted among those that stay`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.tab)
    _ = state.type("s")
    #expect(state.frame().rows.contains { $0.text.contains("2 workers stay.") }, "w2 and w3")
  }

  // MARK: Quitting

  @Test func `q waits for an action in progress, and a second q quits`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("ry")
    #expect(state.type("q") == [])
    _ = state.update(.heard(.acting(ActionProgress(verb: "retrying", done: 1200, total: 3000))))
    #expect(state.frame().rows[22].text.contains("retrying 1,200 of 3,000; q again leaves at once"))
    var hasty = state
    #expect(hasty.type("q") == [.quit])
    #expect(hasty.unseenResult == "left while retrying 1,200 of 3,000")
    #expect(
      state.update(.heard(.acted(ActionResult(text: "retried 3,000 jobs")))) == [.quit])
    #expect(state.unseenResult == "retried 3,000 jobs")
  }

  @Test func `any other key cancels quitting`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("ryqj")
    #expect(state.update(.heard(.acted(ActionResult(text: "retried 1 job")))) == [])
    #expect(state.unseenResult == nil)
    #expect(state.type("q") == [.quit])
  }
}

/// A confirmed action on the queue.
@Suite struct `Doing what was confirmed` {
  private let clock = ManualClock()
  private let store = InMemoryJobStore()

  private var dependencies: MonitorDependencies {
    MonitorDependencies(
      open: { nil }, identity: { nil }, files: { DatabaseFiles() }, now: { [clock] in clock.now() },
      utcOffsetSeconds: { _ in 0 }, isGone: { _, _ in false }, bell: RecordingBell(),
      logs: RecordingShelf())
  }

  private func run(_ action: Action) -> ActionResult? {
    var runner = ActionRunner(action, dependencies: dependencies)
    return runner.advance(on: store, until: clock.now().uptime + .seconds(1))
  }

  private func claim() throws -> (WorkerID, ClaimedJob) {
    let worker = try store.register(
      ProcessIdentity(
        host: "h", site: Site(machine: "h", namespaces: "n"), boot: clock.now().boot, pid: 7,
        startTicks: 1), queues: [],
      at: clock.now())
    guard case .job(let job) = try store.claimNext(for: worker, at: clock.now()) else {
      throw StoreError(.other, "nothing was claimed")
    }
    return (worker, job)
  }

  @Test func `a job that has started since the confirmation is skipped`() throws {
    try store.add("job1", at: clock.now())
    let (worker, job) = try claim()
    let result = run(.jobs(.cancel(evenRunning: false), [job.id]))
    #expect(result?.isWarning == true)
    #expect(result?.text.hasPrefix("cancelled 0 jobs, skipped 1") == true)
    #expect(try store.renew(worker, at: clock.now()) == .known(nil))
    #expect(run(.jobs(.cancel(evenRunning: true), [job.id]))?.isWarning == false)
    #expect(try store.renew(worker, at: clock.now()) == .known(nil, cancelled: job.run))
  }

  @Test func `a worker that has another job since the confirmation is skipped`() throws {
    try store.add("job1", at: clock.now())
    let (worker, job) = try claim()
    let other = RunID(job.run.number + 1)
    #expect(run(.stop([worker], .endJob, during: other))?.isWarning == true)
    #expect(try store.renew(worker, at: clock.now()) == .known(nil))
    #expect(run(.stop([worker], .endJob, during: job.run))?.isWarning == false)
    #expect(try store.renew(worker, at: clock.now()) == .known(.endJob))
  }

  @Test func `an action runs in slices, and reports its progress`() throws {
    let names = (1...600).map { "job\($0)" }
    for name in names { try store.add(name, at: clock.now()) }
    let action = Action.jobs(.cancel(evenRunning: false), names.map { JobID(trusted: $0) })
    var runner = ActionRunner(action, dependencies: dependencies)
    for done in [250, 500] {
      #expect(runner.advance(on: store, until: .zero) == nil)
      #expect(runner.progress?.text == "cancelling \(done) of 600")
    }
    #expect(runner.advance(on: store, until: .zero)?.text == "cancelled 600 jobs")
  }

  @Test func `one that is stopped leaves the rest as it was, and says how much that is`() throws {
    for number in 1...500 { try store.add("job\(number)", at: clock.now()) }
    let ids = (1...500).map { JobID(trusted: "job\($0)") }
    var runner = ActionRunner(
      .jobs(.cancel(evenRunning: false), ids), dependencies: dependencies)
    #expect(runner.advance(on: store, until: .zero) == nil)
    let result = runner.stopped()
    #expect(result.text == "cancelled 250 jobs; stopped: 250 stay as they were")
    #expect(result.isWarning)
    #expect(try store.summary().count(.pending) == 250)
  }

  @Test func `a limit is set and removed`() throws {
    try store.add("job1", queue: "mail", at: clock.now())
    #expect(
      run(.limit(queue: "mail", 3))?.text == "queue mail runs at most 3 jobs at a time")
    #expect(try store.queueControls().queues.first { $0.name == "mail" }?.runningLimit == 3)
    #expect(run(.limit(queue: "mail", nil))?.text == "queue mail has no limit now")
    #expect(try store.queueControls().queues.first { $0.name == "mail" }?.runningLimit == nil)
  }
}
