import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The page with all details of a job.
@Suite struct `Describing a job` {
  private static func job() throws -> Job {
    var job = ExampleQueue.dead[0]
    job.command = "set -e\n./charge " + (1...40).map { "--order=99\($0)" }.joined(separator: " ")
    job.latestRun?.error = "exit status 1: " + String(repeating: "a long error ", count: 20) + "end"
    job.directory = "/srv/shop"
    job.environment = [
      try EnvironmentVariable(name: "TOKEN", value: "secret-1"),
      try EnvironmentVariable(name: "MODE", value: "secret-2"),
    ]
    job.timeout = .seconds(300)
    job.uniqueKey = "charge-9912"
    job.retryRules.backoffBase = 3
    job.waitsFor = [
      UnmetPrerequisite(job: JobID(trusted: "nightly-3"), state: .pending, accepts: .success)
    ]
    job.morePrerequisites = 4
    return job
  }

  private func page(
    _ width: Int, _ height: Int, _ reasons: [Explanation.Reason]? = nil
  ) throws -> MonitorState {
    var state = ExampleQueue.state(width, height)
    _ = state.type("i")
    #expect(state.request.explains && state.request.detail == state.selectedJob?.id)
    var detail = JobDetail(job: try Self.job())
    let facts = JobFacts(
      job: detail.job, controls: QueueControls(), runningInQueue: 0, workers: [], jobsAhead: 0)
    detail.explanation = Explanation(facts, at: ExampleQueue.now)
    if let reasons { detail.explanation?.reasons = reasons }
    var snapshot = ExampleQueue.snapshot()
    snapshot.detail = detail
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    return state
  }

  @Test func `the page at every size`() throws {
    try Pictures.expectAllSizes(of: page(80, 24), "describe")
  }

  @Test(arguments: [24, 8])
  func `every word is shown, and no value of a variable`(height: Int) throws {
    var state = try page(60, height)
    var seen: [String] = []
    for _ in 1...80 {
      seen += state.frame().rows.dropFirst().dropLast(2).map(\.text)
      _ = state.press(.down)
    }
    let words = Set(Self.words(seen.joined(separator: " ")))
    let job = try Self.job()
    let command = seen.map { $0.dropFirst(14).prefix(44) }.joined()
    #expect(command.contains(job.command.suffix(100).prefix(60)), "not a blank is lost")
    let wanted =
      Self.words(job.error ?? "")
      + ["$", "queuectl", "dlq", "retry", "TOKEN=***", "MODE=***", "/srv/shop", "nightly-3,"]
    for word in wanted { #expect(words.contains(word), "\(word)") }
    #expect(!seen.contains { $0.contains("secret") })
  }

  private static func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }

  @Test func `a waiting job shows the reason, and the command that helps`() throws {
    let state = try page(80, 24, [.queuePaused, .behind(3)])
    let rows = state.frame().rows.map(\.text)
    #expect(rows[1].hasPrefix(" explain      its queue \"default\" is paused"))
    #expect(rows[2].hasPrefix("              $ queuectl queue resume default"))
    #expect(rows[3].hasPrefix("              3 jobs of its queue come before it"))
  }

  @Test func `it returns to the page from which it was opened`() throws {
    var state = try page(80, 24)
    _ = state.press(.escape)
    #expect(state.page == .lists && !state.request.explains)
    _ = state.press(.enter, "i")
    #expect(state.request.explains && state.wantedLog == nil)
    _ = state.press("i")
    #expect(state.detailPage?.description == nil && !state.request.explains)
    _ = state.press("i", "l")
    #expect(state.detailPage?.isLogOnly == true && !state.request.explains)
  }

  @Test func `its actions are for its job`() throws {
    var state = try page(80, 24)
    #expect(state.type("r") == [.dropInput])
    #expect(state.type("y") == [.act(.jobs(.retry, [ExampleQueue.dead[0].id]))])
  }

  @Test func `the explanation is read with the job, in one snapshot`() throws {
    let store = InMemoryJobStore()
    let clock = ManualClock()
    try store.add("job", at: clock.now())
    try store.setPaused(true, .named(["default"]))
    let dependencies = MonitorDependencies(
      open: { () throws(StoreError) in nil }, identity: { nil }, files: { DatabaseFiles() },
      now: { clock.now() }, utcOffsetSeconds: { _ in 0 }, isGone: { _, _ in false },
      bell: RecordingBell(), logs: RecordingShelf())
    var reader = SnapshotReader(dependencies: dependencies, store: store)
    var request = ViewRequest()
    request.detail = JobID(trusted: "job")
    #expect(try reader.read(request).detail?.explanation == nil)
    request.explains = true
    #expect(try reader.read(request).detail?.explanation?.reasons == [.queuePaused, .noWorker])
  }
}
