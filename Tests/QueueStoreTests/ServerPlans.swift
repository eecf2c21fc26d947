import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// The plans of reads and small changes, on tables with many rows.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct ServerPlans {
  let clock = ManualClock()
  var now: Moment { clock.now() }
  private let store: PostgresJobStore

  init() throws { store = try #require(TestSchemas.shared).lease().open() }

  /// Rows of jobs in every state, without the cost of running them.
  private func fill() throws {
    try store.add("first", queue: "q0", at: now)
    try store.execute(
      """
      INSERT INTO @.queues (name) SELECT 'q' || n FROM generate_series(1, 20) n;
      INSERT INTO @.jobs (created_at, queue, max_retries, id, command)
        SELECT 0, (SELECT min(no) FROM @.queues) + n % 20, 3, 'job' || n, 'true'
        FROM generate_series(1, 20000) n;
      INSERT INTO @.runs (id, job, worker, started_at, finished_at, elapsed_ms, attempt, exit_code,
        outcome) SELECT seq, seq, 1, 0, 5, 5, 1, 1, 'exited' FROM @.jobs;
      INSERT INTO @.ended (seq, run, updated_at, queue, priority, attempts, crashes, state)
        SELECT seq, seq, seq, queue, 0, 1, 0, (ARRAY['completed', 'dead', 'cancelled'])[1 + seq % 3]
        FROM @.jobs WHERE seq % 2 = 0;
      INSERT INTO @.work (seq, rank, run, run_at, updated_at, queue, priority, line, state)
        SELECT seq, CASE seq % 5 WHEN 1 THEN seq WHEN 2 THEN seq ELSE 0 END, seq,
          CASE WHEN seq % 5 IN (1, 2) THEN seq END, 0, queue, 0,
          CASE seq % 5 WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END,
          CASE seq % 5 WHEN 2 THEN 'failed' ELSE 'pending' END
        FROM @.jobs WHERE seq % 2 = 1 ON CONFLICT DO NOTHING;
      ANALYZE @.jobs; ANALYZE @.work; ANALYZE @.ended; ANALYZE @.runs; ANALYZE @.queues
      """)
  }

  /// Of tags that the server takes for frequent, and tags that it knows nothing of.
  @Test(arguments: ["old", "rare"])
  func `a page of a tag's jobs reads no others, whatever the statistics say`(tag: String) throws {
    try fill()
    try store.execute(
      """
      INSERT INTO @.tags SELECT 'old', seq FROM @.jobs ORDER BY seq LIMIT 3000;
      UPDATE @.jobs SET tags = ARRAY['old'] WHERE seq IN (SELECT job FROM @.tags);
      ANALYZE @.jobs; ANALYZE @.tags;
      INSERT INTO @.tags SELECT 'rare', seq FROM @.jobs ORDER BY seq LIMIT 30;
      """)
    var statements: [String: Parameters] = [:]
    store.connection.onStatement = { statements[$0] = $1 }
    var query = JobQuery()
    query.tags = [tag]
    for states in [[], [JobState.pending]] {
      query.states = states
      let page = try store.jobs(query, limit: 4, after: nil, at: now)
      #expect(page.next != nil)
      _ = try store.jobs(query, limit: 4, after: page.next, at: now)
    }
    let ended = JobSelection(.matching(query), in: [.completed, .cancelled, .dead])
    let step = try store.remove(ended, limit: 4, after: nil, dryRun: true, at: now)
    #expect(step.jobs.count == 4 && step.next != nil)
    _ = try store.remove(ended, limit: 4, after: step.next, dryRun: true, at: now)
    store.connection.onStatement = nil
    let pages = statements.filter { $0.key.contains(".tags WHERE tag = ") }
    #expect(pages.count == 6)
    try store.reading { () throws(StoreError) in
      for (sql, parameters) in pages {
        let plan = try store.connection.all(
          composed: "EXPLAIN (ANALYZE, TIMING OFF) \(sql)", parameters
        ) { $0.text(0) }
        #expect(Self.mostRows(in: plan) < 100, "\(sql)\n\(plan.joined(separator: "\n"))")
      }
    }
  }

  /// The most rows that a step of an executed plan has read.
  private static func mostRows(in plan: [String]) -> Int {
    plan.flatMap { line in
      let actual = line.matches(of: /actual rows=(\d+) loops=(\d+)/).compactMap {
        (Int($0.1) ?? .max).multipliedReportingOverflow(by: Int($0.2) ?? 1).partialValue
      }
      return actual + line.matches(of: /Rows Removed by .*: (\d+)/).compactMap { Int($0.1) }
    }.max() ?? .max
  }

  @Test func `no read of a page, a job or a figure scans a table of jobs`() throws {
    try fill()
    var statements: [String: Parameters] = [:]
    store.connection.onStatement = { statements[$0] = $1 }
    for state in JobState.allCases {
      _ = try store.jobs(JobQuery(states: [state]), limit: 20, after: nil, at: now)
    }
    var ended = JobQuery(states: [.dead])
    ended.order = JobOrder(.updated)
    let page = try store.jobs(ended, limit: 20, after: nil, at: now)
    _ = try store.jobs(ended, limit: 20, after: page.next, at: now)
    let newest = try store.jobs(JobQuery(), limit: 20, after: nil, at: now)
    _ = try store.jobs(JobQuery(), limit: 20, after: newest.next, at: now)
    _ = try store.search(JobQuery(search: "tru"), limit: 5, examining: 50, after: nil, at: now)
    _ = try store.job("job77", at: now)
    _ = try store.runs(of: "job77")
    _ = try? store.job("job777777", at: now)
    _ = try store.jobsAhead(of: "job77", atMost: 100)
    _ = try store.dependants(of: "job77", atMost: 10)
    _ = try store.recentRuns(100, queue: nil)
    _ = try store.longestWaits(at: now)
    _ = try store.scheduledJobs(in: "q3", isReversed: false, limit: 20, at: now)
    _ = try store.endingJobs()
    _ = try store.workers()
    _ = try store.exportPage(limit: 20, after: nil, at: now)
    _ = try store.unfinishedJob(withKey: "key")
    _ = try store.tags(startingWith: "a", atMost: 20)
    _ = try store.knownRuns(10...20)
    try store.setPaused(true, .named(["q3"]))
    _ = try store.edit("job76", try JobEdit(priority: 3), at: now)
    _ = try store.cancel(["job78"], at: now)
    store.connection.onStatement = nil
    #expect(statements.count > 30)
    for (sql, parameters) in statements where sql.contains("SELECT") {
      let plan = try store.connection.all(composed: "EXPLAIN \(sql)", parameters) { $0.text(0) }
      let scans = plan.filter { line in
        line.contains("Seq Scan on")
          && [" jobs", " work", " ended", " runs"].contains { line.contains("on\($0) ") }
      }
      #expect(scans.isEmpty, "\(sql)\n\(plan.joined(separator: "\n"))")
    }
  }
}
