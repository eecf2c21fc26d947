import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// Keys and the resulting actions: nothing happens by accident.
@Suite struct Acting {
  private func ids(_ texts: String...) -> [JobID] { texts.map { JobID(trusted: $0) } }

  @Test func `a job is retried after r and y, and only then`() {
    var state = ExampleQueue.state(80, 24)
    #expect(state.type("r") == [.dropInput])
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-86990")))])
    #expect(state.overlay == nil)
  }

  @Test(arguments: [
    Key.enter, .escape, .character("n"), .character("q"), .character("Y"), .character(" "),
    .character("r"), .tab, .up, .unknown, .function(10), .control("c"),
  ])
  func `every key but y means no`(key: Key) {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("r")
    #expect(state.press(key) == [])
    #expect(state.overlay == nil)
    #expect(state.notice?.text == "nothing was done")
  }

  @Test func `marks stay when another action is taken`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type(" P")
    #expect(state.type("y").count == 1)
    #expect(state.list.marks.map(\.id.text) == ["job-86990"])
    _ = state.type("r")
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-86990")))])
    #expect(state.list.marks == [])
  }

  @Test func `among the workers no job can be marked and no other log shown`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.tab)
    _ = state.type(" A")
    #expect(state.list.marks == [])
    #expect(state.type("L") == [.page(RunID(1))], "what w1 runs")
    #expect(state.type("jjL") == [])
    #expect(state.notice?.text == "there is no log here yet", "w3 is idle")
  }

  @Test(arguments: [("r", "retried"), ("d", "discarded")])
  func `an action that doesn't fit a job is refused with the one that does`(
    key: String, done: String
  ) {
    var state = ExampleQueue.state(80, 24, tab: .all)
    state.moveCursor(.toLast)
    #expect(state.type(key) == [])
    #expect(state.notice?.text.hasPrefix("only dead") == true)
    #expect(state.notice?.text.hasSuffix("jobs can be \(done)") == true)
    let status = state.frame().rows[22].text
    #expect(status.contains("jobs can be \(done)"), "the reason isn't cut on 80 columns")
  }

  @Test func `without workers the keys are for jobs`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.tab)
    #expect(state.pane == .workers)
    var snapshot = ExampleQueue.snapshot()
    snapshot.workers = []
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.pane == .jobs)
    _ = state.press(.tab)
    #expect(state.pane == .jobs)
  }

  @Test func `a confirmation keeps its jobs when the list moves`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("j r".replacing(" ", with: ""))
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.insert(
      ExampleQueue.job("job-99999", "new", 1, 0, .exited(1), nil, ago: 0), at: 0)
    moved.list.jobs.removeAll { $0.id.text == "job-86984" }
    _ = state.update(.heard(.snapshot(moved, state.request)))
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-86984")))])
  }

  @Test func `marked jobs precede the one under the cursor`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("  jr")
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-86990", "job-86984")))])
    #expect(state.list.marks.isEmpty, "they are done with")
  }

  @Test func `a mark stays with its job when the list moves`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type(" ")
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.reverse()
    _ = state.update(.heard(.snapshot(moved, state.request)))
    _ = state.type("r")
    #expect(state.type("y") == [.act(.jobs(.retry, ids("job-86990")))])
  }

  @Test func `each action applies only to jobs that it fits`() {
    // In the order of the example: seven dead, one pending, one failed and one completed.
    for (index, fitting) in [(0, "rd"), (7, "x"), (8, "rx"), (9, "")] {
      for key in "rdx" {
        var state = ExampleQueue.state(80, 24, tab: .all)
        state.moveCursor(.by(index))
        let isAsked = state.press(.character(key)) == [.dropInput]
        #expect(isAsked == fitting.contains(key), "\(key) on the job at \(index)")
      }
    }
  }

  @Test func `a failed job is retried now, a pending one cancelled`() {
    var state = ExampleQueue.state(80, 24, tab: .all)
    state.moveCursor(.by(8))
    _ = state.type("r")
    #expect(state.frame().rows.contains { $0.text.contains(" when a worker is free. ") })
    #expect(state.type("y") == [.act(.jobs(.retryNow, ids("job-88001")))])
    state.moveCursor(.by(-1))
    _ = state.type("x")
    #expect(state.type("y") == [.act(.jobs(.cancel(evenRunning: false), ids("job-88200")))])
  }

  @Test func `a completed job can't be retried`() {
    var state = ExampleQueue.state(80, 24, tab: .all)
    _ = state.press(.end)
    #expect(state.type("r") == [])
    #expect(state.overlay == nil)
    #expect(state.notice?.isWarning == true)
  }

  // MARK: All matching jobs

  private func askedAboutAll(_ count: Int) -> MonitorState {
    var state = ExampleQueue.state(80, 24)
    let bulk = BulkSelection(purpose: .retry, filter: FilterText(""))
    #expect(state.type("R") == [.gather(bulk)])
    let ids = (0..<count).map { JobID(trusted: "job-\($0)") }
    #expect(
      state.update(.heard(.gathered(bulk, ids, isComplete: true))) == [.dropInput])
    return state
  }

  @Test func `of one job that matches, the question has no number`() {
    for (count, title) in [(1, "Retry the dead job?"), (2, "Retry ALL 2 dead jobs?")] {
      guard case .dialog(let dialog) = askedAboutAll(count).overlay else {
        Issue.record("no question")
        continue
      }
      #expect(dialog.title == title)
    }
  }

  @Test func `from 20 jobs on, all are retried only if their number is typed`() {
    var state = askedAboutAll(24)
    #expect(state.type("24") == [])
    #expect(
      state.press(.enter) == [.act(.jobs(.retry, (0..<24).map { JobID(trusted: "job-\($0)") }))])
    var few = askedAboutAll(19)
    #expect(few.type("y") == [.act(.jobs(.retry, (0..<19).map { JobID(trusted: "job-\($0)") }))])
  }

  @Test func `many marked jobs also need their number`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = (1...25).map { number in
      ExampleQueue.job("job-\(number)", "true", 1, 0, .exited(1), nil, ago: number)
    }
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    _ = state.type("Ad")
    #expect(state.type("y") == [], "y is no")
    _ = state.type("Ad25")
    #expect(state.press(.enter) == [.act(.jobs(.discard, snapshot.list.jobs.map(\.id)))])
  }

  @Test(arguments: ["", "y", "0024\u{1B}"])
  func `any other answer is no`(typed: String) {
    var state = askedAboutAll(24)
    let effects = state.type(typed) + state.press(.enter)
    #expect(!effects.contains { if case .act = $0 { true } else { false } })
    #expect(state.overlay == nil)
  }

  @Test(arguments: ["2", "25", "240"])
  func `a wrong number is reported, and can be typed again`(typed: String) {
    var state = askedAboutAll(24)
    #expect(state.type(typed) + state.press(.enter) == [])
    #expect(state.frame().rows.contains { $0.text.contains("Wrong number") })
    #expect(state.type("24") + state.press(.enter) != [])
  }

  @Test func `a number can be corrected while it is typed`() {
    var state = askedAboutAll(24)
    _ = state.type("23")
    _ = state.press(.backspace)
    _ = state.type("4")
    #expect(state.press(.enter).count == 1)
  }

  @Test(arguments: ["u", "w"] as [Character])
  func `a number can be erased as a whole, as text in prompts`(key: Character) {
    var state = askedAboutAll(24)
    _ = state.type("19")
    #expect(state.press(.control(key)) == [] && state.overlay != nil)
    #expect(state.type("24") + state.press(.enter) != [])
  }

  @Test func `a confirmation about a group also names the filter`() {
    var state = ExampleQueue.state(80, 24)
    let group = ErrorGroup.groups(of: ExampleQueue.dead, at: ExampleQueue.now)[0].key
    let bulk = BulkSelection(purpose: .retry, filter: FilterText("mail"), group: group)
    _ = state.update(.heard(.gathered(bulk, ids("a", "b"), isComplete: true)))
    guard case .dialog(let dialog) = state.overlay else { return #expect(Bool(false)) }
    state.overlay = nil
    let error = String(repeating: "x", count: 100)
    let job = ExampleQueue.job("j", "true", 1, 0, .exited(1), error, ago: 1)
    state.request.group = ErrorGroup.Key(job)
    #expect(state.frame().rows[22].text.hasSuffix("xxx…"), "it is cut visibly")
    #expect(dialog.title.hasSuffix(" of \"exit 1: card gateway timeout\" matching \"mail\"?"))
  }

  @Test func `the menu acts on the job it was opened for`() {
    var state = ExampleQueue.state(80, 24)
    let id = state.targets[0].id
    _ = state.press(.function(9))
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.removeAll { $0.id == id }
    _ = state.update(.heard(.snapshot(moved, state.request)))
    #expect(state.type("r") == [.dropInput])
    #expect(state.type("y") == [.act(.jobs(.retry, [id]))])
  }

  @Test func `too many jobs are left to the command line`() {
    var state = ExampleQueue.state(80, 24)
    let bulk = BulkSelection(purpose: .retry, filter: FilterText(""))
    #expect(state.update(.heard(.gathered(bulk, ids("a"), isComplete: false))) == [])
    #expect(state.overlay == nil)
    #expect(state.notice?.text.contains("queuectl dlq retry --all") == true)
  }

  // MARK: Workers

  @Test func `y stops a worker gently, and only K ends its job`() {
    for (key, order) in [("y", StopOrder.finishJob), ("K", .endJob)] {
      var state = ExampleQueue.state(80, 24)
      _ = state.press(.tab, .down)
      #expect(state.type("s") == [.dropInput])
      let run = order == .endJob ? RunID(2) : nil
      #expect(state.type(key) == [.act(.stop([WorkerID(2)], order, during: run))])
    }
  }

  @Test func `among the jobs, s stops the worker that runs the job`() {
    var snapshot = ExampleQueue.snapshot(.processing)
    var running = ExampleQueue.dead[0]
    running.id = JobID(trusted: "job-88090")
    running.state = .processing
    snapshot.list.jobs = [running]
    var state = ExampleQueue.state(80, 24, tab: .processing, snapshot: snapshot)
    _ = state.type("s")
    #expect(state.type("y") == [.act(.stop([WorkerID(2)], .finishJob))])
    var dead = ExampleQueue.state(80, 24)
    #expect(dead.type("s") == [])
    #expect(dead.overlay == nil)
  }

  @Test func `all workers but lost ones are stopped`() {
    var state = ExampleQueue.state(80, 24)
    #expect(state.type("S") == [.dropInput])
    #expect(state.type("y") == [.act(.stop([1, 2, 3, 4].map { WorkerID($0) }, .finishJob))])
  }

  @Test(arguments: [
    (1, "Stop the only worker?", "It finishes a job first, then exits."),
    (3, "Stop ALL 3 workers?", "2 of them finish a job first, then exit."),
  ])
  func `the question about all workers is in their number`(
    count: Int, title: String, note: String
  ) {
    var snapshot = ExampleQueue.snapshot()
    snapshot.workers = Array(ExampleQueue.workers.prefix(count))
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    _ = state.type("S")
    guard case .dialog(let dialog) = state.overlay else { return #expect(Bool(false)) }
    #expect(dialog.title == title && dialog.notes.first == note)
  }

  // MARK: Queues

  @Test func `y pauses the queue of the job under the cursor, and only K all queues`() {
    for (key, queue) in [("y", "mail" as String?), ("K", nil)] {
      var state = ExampleQueue.state(80, 24, tab: .all)
      state.moveCursor(.by(7))
      #expect(state.type("P") == [.dropInput])
      #expect(state.type(key) == [.act(.pause(queue: queue, true))])
    }
  }

  @Test func `a pause is shown, and ended by the same key`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.controls = QueueControls(queues: [QueueControl(name: "default", isPaused: true)])
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.frame().rows[4].text.contains("queue default PAUSED"))
    _ = state.type("P")
    #expect(state.type("y") == [.act(.pause(queue: "default", false))])
    snapshot.controls = QueueControls(isEverythingPaused: true)
    state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.frame().rows[4].text.contains("all queues PAUSED"))
    _ = state.type("P")
    #expect(state.type("y") == [.act(.pause(queue: nil, false))])
  }

  // MARK: No action

  @Test func `pasted text only fills in the filter`() {
    var state = ExampleQueue.state(80, 24)
    let before = state
    #expect(state.update(.input(.paste("ry"))) == [])
    #expect(state == before)
    _ = state.type("r")
    #expect(state.update(.input(.paste("y"))) == [])
    #expect(state.overlay != nil, "the question still stands")
    _ = state.press(.escape)
    _ = state.type("/")
    _ = state.update(.input(.paste("two\nwords")))
    #expect(state.request.filter.text == "two words")
  }

  @Test func `an unknown key does nothing`() {
    var state = ExampleQueue.state(80, 24)
    let before = state
    #expect(state.press(.unknown, .function(7), .character("ß")) == [])
    #expect(state == before)
  }

  @Test(arguments: ["r", "R", "d", "D", "x", "P", "s", "S"])
  func `read-only mode asks for nothing`(key: String) {
    var setup = ExampleQueue.setup
    setup.isReadOnly = true
    var state = ExampleQueue.state(80, 24, setup: setup)
    #expect(state.type(key) == [])
    #expect(state.overlay == nil)
    #expect(state.notice?.text.contains("read-only") == true)
  }

  @Test(arguments: [StoreError.Code.corrupt, .newer, .cannotOpen])
  func `no action is taken on an unreadable queue`(code: StoreError.Code) {
    var state = ExampleQueue.state(80, 24)
    _ = state.update(.heard(.trouble(.failed(StoreError(code, "broken")), ExampleQueue.now)))
    #expect(state.type("r") == [])
    #expect(state.overlay == nil)
  }

  @Test func `q closes a popup before it quits; escape never quits`() {
    var state = ExampleQueue.state(80, 24)
    #expect(state.type("?q") == [])
    #expect(state.overlay == nil)
    #expect(state.press(.escape) == [])
    #expect(state.type("q") == [.quit])
    #expect(state.press(.control("c")) == [.quit])
    #expect(state.press(.function(10)) == [.quit])
  }
}
