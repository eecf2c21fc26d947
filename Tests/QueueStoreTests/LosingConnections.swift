import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// Connections that break at any byte.
@Suite(.enabled(if: ServerBehindProxy.socket != nil, "no server on a Unix socket"))
struct LosingConnections {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private let server: ServerBehindProxy
  private let direct: PostgresJobStore
  private let store: PostgresJobStore
  private var proxy: CuttingProxy { server.proxy }

  init() throws {
    server = try ServerBehindProxy()
    direct = try server.lease.open()
    store = try server.open()
  }

  /// Calls `body` with cuts ever later in its exchange, until none comes any more.
  private func atEachCut(
    _ direction: CuttingProxy.Direction, step: Int, _ body: (_ round: Int) throws -> Void
  ) throws {
    var (round, isDone) = (0, false)
    while !isDone {
      proxy.cut(direction, after: round * step)
      try body(round)
      isDone = proxy.heal()
      round += 1
    }
    #expect(round > 1)
  }

  @Test(arguments: CuttingProxy.Direction.allCases)
  func `FAULT 101: a claim whose answer is lost is found again, and no job runs twice`(
    direction: CuttingProxy.Direction
  ) throws {
    let worker = try store.addWorker(at: now)
    // The first claim fixes the queue clock.
    _ = try store.claimNext(for: worker, at: now)
    try atEachCut(direction, step: 61) { round in
      let id = "job-\(round)"
      try direct.add(id, at: now)
      let job = try store.claim(for: worker, at: now)
      #expect(job.id.text == id)
      try store.end(job, by: worker, .exited(0), at: now)
      #expect(try direct.runs(of: id).count == 1)
      #expect(try direct.job(id, at: now).state == .completed)
    }
  }

  @Test(arguments: CuttingProxy.Direction.allCases)
  func `FAULT 101: a finish whose answer is lost is recorded once, with its claim`(
    direction: CuttingProxy.Direction
  ) throws {
    let worker = try store.addWorker(at: now)
    try direct.add("job-0", at: now)
    var job = try store.claim(for: worker, at: now)
    try atEachCut(direction, step: 61) { round in
      try direct.add("job-\(round + 1)", at: now)
      let result = try store.end(job, by: worker, .exited(0), claimingNext: true, at: now)
      #expect(try direct.runs(of: job.id.text).count == 1)
      guard case .recorded(.job(let next)?, _) = result else {
        Issue.record("\(result)")
        return
      }
      job = next
    }
    let record = try direct.record(of: worker)
    #expect(record.current?.run == job.run)
    #expect(record.completed == (try direct.summary().count(.completed)))
  }

  @Test(arguments: CuttingProxy.Direction.allCases)
  func `FAULT 101: jobs are stored if and only if enqueue returns`(
    direction: CuttingProxy.Direction
  ) throws {
    var stored = 0
    try atEachCut(direction, step: 97) { round in
      let id = "job-\(round)"
      let isStored = (try? store.add(id, at: now)) != nil
      if isStored { stored += 1 }
      #expect(((try? direct.job(id, at: now)) != nil) == isStored)
    }
    #expect(try direct.summary().count(.pending) == stored)
  }

  @Test(arguments: CuttingProxy.Direction.allCases)
  func `FAULT 101: a change without callbacks is repeated until it is done`(
    direction: CuttingProxy.Direction
  ) throws {
    try atEachCut(direction, step: 97) { round in
      try store.setRunningLimit(round, of: "mail")
      #expect(try direct.queueControls().queues.map(\.runningLimit) == [round])
    }
  }

  @Test func `FAULT 100: a terminated connection is replaced`() throws {
    let store = try server.lease.open()
    for round in 1...3 {
      try direct.execute("SELECT pg_terminate_backend(\(try store.backend()))")
      try store.add("job-\(round)", at: now)
      #expect(try store.summary().count(.pending) == round)
    }
  }

  @Test func `a snapshot that loses its connection fails instead of mixing two`() throws {
    let store = try server.lease.open()
    let error = #expect(throws: StoreError.self) {
      try store.reading { () throws(StoreError) in
        _ = try store.summary()
        try direct.execute("SELECT pg_terminate_backend(\(try store.backend()))")
        _ = try store.summary()
      }
    }
    #expect(error?.code == .cannotOpen)
    #expect(try store.summary() == QueueSummary())
  }
}
