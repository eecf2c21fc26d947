import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The page of a job, and the error groups.
@Suite struct `Looking closely` {
  private static let log = LogText(lines: (1...40).map { "line \($0) of what it wrote" })

  private static func detail(isGone: Bool = false) -> JobDetail {
    let job = ExampleQueue.dead[0]
    var runs = job.latestRun.map { [$0] } ?? []
    for number in [2, 1] {
      var run = runs[0]
      run.id = RunID(Int64(number))
      run.attempt = number
      runs.append(run)
    }
    return JobDetail(job: job, isGone: isGone, runs: runs)
  }

  private func page(
    _ width: Int, _ height: Int, _ detail: JobDetail = detail(), _ log: LogText = log
  ) -> MonitorState {
    var state = ExampleQueue.state(width, height)
    _ = state.press(.enter)
    answer(&state, detail, log)
    return state
  }

  private func answer(
    _ state: inout MonitorState, _ detail: JobDetail, _ log: LogText = log
  ) {
    var snapshot = ExampleQueue.snapshot()
    snapshot.detail = detail
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.update(.heard(.log(log)))
  }

  @Test(arguments: [(120, 40), (80, 24), (60, 15), (40, 8)])
  func `a job with its runs and its log, at every size`(size: (Int, Int)) throws {
    try Pictures.expect(page(size.0, size.1).frame(), "detail-\(size.0)x\(size.1)")
  }

  @Test func `on a large screen the job under the cursor is shown below the list`() throws {
    var state = ExampleQueue.state(120, 40)
    #expect(state.request.detail == state.selectedJob?.id)
    answer(&state, Self.detail())
    try Pictures.expect(state.frame(), "split-120x40")
    _ = state.type("v")
    #expect(state.request.detail == nil)
  }

  @Test func `enter opens a job and escape returns; q doesn't quit from there`() {
    var state = page(80, 24)
    #expect(state.request.detail == ExampleQueue.dead[0].id)
    #expect(state.type("q") == [])
    #expect(state.page == .lists && state.request.detail == nil)
  }

  @Test func `scrolling up stops following, and the lines stay while more arrive`() {
    var state = page(80, 24)
    #expect(state.frame().rows.contains { $0.text.contains("line 40 ") })
    _ = state.press(.up, .up)
    func lines() -> [String] { state.frame().rows.map(\.text).filter { $0.hasPrefix(" line ") } }
    let shown = lines()
    #expect(!shown.contains { $0.contains("line 40 ") })
    answer(&state, Self.detail(), LogText(lines: Self.log.lines.map(\.text) + ["newer"]))
    #expect(lines() == shown)
    _ = state.press(.end)
    #expect(state.frame().rows.contains { $0.text.contains("newer") })
  }

  @Test func `the place in a log stays when the job runs again`() {
    var state = page(80, 24)
    _ = state.press(.up)
    #expect(state.wantedLog?.run == RunID(150), "the run that was the latest")
    var again = Self.detail()
    again.runs.insert(again.runs[0], at: 0)
    again.runs[0].id = RunID(151)
    again.runs[0].attempt = 4
    answer(&state, again)
    #expect(state.frame().rows.contains { $0.text.contains("LOG of attempt 3") })
    _ = state.press(.end)
    #expect(state.wantedLog?.run == RunID(150))
    _ = state.type("]")
    #expect(state.wantedLog?.run == RunID(151))
  }

  @Test func `f follows and stops following`() {
    var state = page(80, 24)
    _ = state.type("f")
    guard case .detail(let held) = state.page else { return #expect(Bool(false)) }
    #expect(!held.isFollowing)
    _ = state.type("f")
    guard case .detail(let following) = state.page else { return #expect(Bool(false)) }
    #expect(following.isFollowing)
  }

  @Test func `brackets choose older and newer runs with their logs`() {
    var state = page(80, 24)
    #expect(state.wantedLog?.run == RunID(150))
    _ = state.type("[[[")
    #expect(state.wantedLog?.run == RunID(1))
    #expect(state.frame().rows.contains { $0.text.contains("reading…") }, "it isn't here yet")
    _ = state.type("]")
    #expect(state.wantedLog?.run == RunID(2))
    _ = state.type("]")
    #expect(state.detailPage?.run == nil, "the latest, whichever that is")
  }

  @Test func `the page of a removed job stays, and says so`() {
    let state = page(80, 24, Self.detail(isGone: true))
    #expect(state.frame().rows[0].text.contains("removed meanwhile"))
    var acting = state
    #expect(acting.type("r") == [])
    #expect(acting.overlay == nil)
  }

  @Test(arguments: [
    ("r", Action.jobs(.retry, [ExampleQueue.dead[0].id])),
    ("d", .jobs(.discard, [ExampleQueue.dead[0].id])),
  ])
  func `the page's actions are for its job`(key: String, action: Action) {
    var state = page(80, 24)
    #expect(state.type(key) == [.dropInput])
    #expect(state.type("y") == [.act(action)])
  }

  // MARK: Error groups

  private func groups() -> MonitorState {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("e")
    #expect(state.request.wantsGroups)
    var snapshot = ExampleQueue.snapshot()
    snapshot.groups = ErrorGroup.groups(of: ExampleQueue.dead, at: ExampleQueue.now)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    return state
  }

  @Test func `dead jobs are grouped by error, at every size`() throws {
    try Pictures.expectAllSizes(of: groups(), "groups")
  }

  @Test func `the groups say so when they don't count all dead jobs`() {
    var state = groups()
    #expect(state.frame().rows[1].text.hasSuffix(" 7 dead ──"))
    #expect(state.frame().rows[22].text.hasPrefix(" 1 of 4 groups  "))
    var snapshot = ExampleQueue.snapshot()
    snapshot.groups = state.snapshot?.groups
    snapshot.summary = QueueSummary(counts: ["default": [.dead: 12_345]])
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    let lines = state.frame().rows.map(\.text)
    #expect(lines[1].hasSuffix(" newest 5,000 of 12,345 dead ──"))
    #expect(
      lines[22].hasPrefix(
        " 1 of 4 groups   counts: newest 5,000 dead; Enter, r, d: the whole group "))
    _ = state.update(.resized(Size(width: 60, height: 15)))
    #expect(state.frame().rows[13].text.hasSuffix("Enter, r, d: the…"), "it is cut visibly")
  }

  @Test func `the groups claim no counts before they are read`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("e")
    let lines = state.frame().rows.map(\.text)
    #expect(lines[1].hasPrefix("── ERROR GROUPS ──") && lines[3].hasPrefix("   reading…"))
    #expect(!lines[22].contains("group"))
  }

  @Test func `numbers in an error don't make another group`() {
    let jobs = (1...5).map { number in
      ExampleQueue.job(
        "job-\(number)", "true", 1, 0, .exited(1), "order \(number * 97) failed", ago: number)
    }
    let groups = ErrorGroup.groups(of: jobs, at: ExampleQueue.now)
    #expect(groups.map(\.count) == [5])
    #expect(groups.first?.key.pattern == "order # failed")
    #expect(groups.first?.firstSeen == jobs[4].updatedAt)
    #expect(groups.first?.lastSeen == jobs[0].updatedAt)
    #expect(groups.first?.trend.reduce(0, +) == 5)
  }

  @Test(arguments: [
    ("order 97 failed", "order # failed"),
    ("no user 'bob smith' in \"db1\"", "no user # in #"),
    ("can't open x7 isn't", "can't open x# isn't"),
    ("request 3f2a9b17c4 timed out", "request # timed out"),
    ("at 0x7fffdeadbeef", "at #"),
    ("id 550e8400-e29b-41d4-a716-446655440000: gone", "id #: gone"),
    ("id abcdefab-cdef-abcd-efab-cdefabcdefab: gone", "id #: gone"),
    ("facade decade", "facade decade"), ("unclosed 'quote", "unclosed 'quote"), ("", ""),
  ])
  func `details of a command don't make another group`(error: String, pattern: String) {
    let job = ExampleQueue.job("job-1", "true", 1, 0, .exited(1), error, ago: 1)
    #expect(ErrorGroup.groups(of: [job], at: ExampleQueue.now)[0].key.pattern == pattern)
  }

  @Test func `enter shows a group's jobs only, and escape all`() throws {
    var state = groups()
    _ = state.press(.enter)
    #expect(state.page == .lists && state.request.tab == .dead)
    #expect(state.request.group?.pattern == "card gateway timeout")
    let query = try state.request.query(of: 7, at: ExampleQueue.now)
    let shown = ExampleQueue.dead.filter { job in
      query.conditions.allSatisfy { $0.holds(for: job) }
    }
    #expect(shown.count == 4)
    _ = state.press(.escape)
    #expect(state.request.group == nil)
  }

  @Test func `a group is retried as a whole`() {
    var state = groups()
    guard case .gather(let bulk)? = state.type("r").first else { return #expect(Bool(false)) }
    #expect(bulk.group?.exit == "1" && bulk.purpose == .retry)
    let ids = ["a", "b"].map { JobID(trusted: $0) }
    #expect(state.update(.heard(.gathered(bulk, ids, isComplete: true))) == [.dropInput])
    #expect(state.type("y") == [.act(.jobs(.retry, ids))])
  }

  @Test func `an empty log shows whether more may come, and the run that it runs`() {
    let empty = LogText(lines: [])
    var detail = Self.detail()
    let over = page(80, 24, detail, empty).frame()
    #expect(over.rows.contains { $0.text.hasPrefix(" no output  ") })
    (detail.runs[0].finishedAt, detail.runs[0].end) = (nil, nil)
    let live = page(80, 24, detail, empty).frame()
    #expect(live.rows.contains { $0.text.hasPrefix(" no output yet") })
    #expect(live.rows.contains { $0.text.hasPrefix(">    3 ") && $0.text.contains(" R    ") })
  }

  @Test func `each retried run shows its backoff`() throws {
    var job = ExampleQueue.dead[0]
    job.state = .failed
    let start = job.createdAt
    func run(_ number: Int, at seconds: Int, waited: Int, _ outcome: RunEnd?) -> Run {
      let run = Run(
        id: RunID(Int64(seconds)), attempt: number, worker: WorkerID(2),
        startedAt: start + .seconds(seconds), waited: .seconds(waited))
      guard let outcome else { return run }
      return run.ended(
        RunReport(end: outcome, elapsed: .seconds(1)), at: start + .seconds(seconds + 1))
    }
    job.runAt = start + .seconds(148)
    let detail = JobDetail(
      job: job,
      runs: [
        run(2, at: 139, waited: 0, .exited(1)),  // The next is due 8 s after its end.
        run(2, at: 109, waited: 4, .lost),  // Lost with its worker: no retry is spent.
        run(2, at: 72, waited: 2, .snoozed(75)),  // Not now: 32 s, and no retry is spent.
        run(1, at: 63, waited: 0, .exited(1)),  // Due 6 s after its end, started 2 s later.
        run(1, at: 0, waited: 0, .exited(1)),  // Dead, and retried by hand.
      ])
    #expect(
      detail.backoffs == [
        RunID(139): .seconds(8), RunID(72): .seconds(32), RunID(63): .seconds(6),
      ])
    var state = page(120, 40, detail)
    let table = state.frame().rows.map(\.text).filter {
      $0.contains("BACKOFF") || $0.contains("w2")
    }
    #expect(table.contains { $0.contains("WORKER   PID EXIT BACKOFF RESULT") }, "\(table)")
    #expect(table.contains { $0.contains("w2     21874 1       8.0s") }, "\(table)")
    _ = state.update(.resized(Size(width: 60, height: 20)))
    #expect(!state.frame().rows.contains { $0.text.contains("PID") })
  }
}
