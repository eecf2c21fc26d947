import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The tabs of queues and workers.
@Suite struct `Tables of queues and workers` {
  private static func queues() -> MonitorState {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("7")
    #expect(state.request.wantsQueues)
    var snapshot = ExampleQueue.snapshot()
    snapshot.queues = ExampleQueue.queues
    snapshot.controls.queues = ExampleQueue.queues.map(\.control)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    return state
  }

  @Test func `the queues at every size`() throws {
    try Pictures.expectAllSizes(of: Self.queues(), "queues")
  }

  @Test func `the workers at every size`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("8")
    try Pictures.expectAllSizes(of: state, "workers")
  }

  @Test func `enter shows the queue alone, its figures too, and escape all again`() {
    var state = Self.queues()
    _ = state.press(.down, .enter)
    #expect(state.page == .lists && state.request.queue == "mail")
    #expect(state.request.tab == .processing, "where something happens")
    #expect(!state.request.wantsQueues)
    var snapshot = ExampleQueue.snapshot()
    snapshot.summary = QueueSummary(counts: [
      "default": [.pending: 9], "mail": [.pending: 3, .processing: 1],
    ])
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.frame().rows[1].text.hasPrefix(" pending 3  processing 1  failed 0"))
    #expect(state.frame().rows[22].text.contains("queue: mail   Esc clears it"))
    _ = state.press(.escape)
    #expect(state.request.queue == nil)
  }

  @Test func `a queue is paused, resumed and limited from its row`() {
    var state = Self.queues()
    _ = state.press(.down, "P")
    #expect(state.type("y") == [.act(.pause(queue: "mail", true))])
    _ = state.press(.down, "P")
    #expect(state.type("y") == [.act(.pause(queue: "slow", false))])
    #expect(state.type("L") == [.dropInput])
    #expect(state.frame().rows[22].text.hasPrefix(" Running jobs of queue slow, at most:"))
    _ = state.type("x")
    #expect(state.press(.enter) == [], "that is no number")
    #expect(state.overlay != nil)
    let problem = "\"x\" isn't a limit: 0 to 100,000, or empty for none"
    #expect(state.frame().rows[23].text.hasPrefix(problem))
    _ = state.press(.backspace)
    #expect(state.type("4") == [])
    #expect(state.press(.enter) == [.act(.limit(queue: "slow", 4))])
    _ = state.type("L")
    _ = state.press(.control("u"))
    #expect(state.press(.enter) == [.act(.limit(queue: "slow", nil))])
    _ = state.type("L9")
    #expect(state.press(.escape) == [] && state.overlay == nil)
  }

  @Test func `a question stays about its queue when the rows move`() {
    var state = Self.queues()
    _ = state.press(.down, "P")
    var snapshot = ExampleQueue.snapshot()
    snapshot.queues = ExampleQueue.queues.reversed()
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.type("y") == [.act(.pause(queue: "mail", true))])
    #expect(state.selectedQueue?.name == "mail", "the cursor is still there")
  }

  @Test func `tables are sorted by any column, both ways, and a click on a heading does it`() {
    var state = Self.queues()
    func names(_ state: MonitorState) -> [String] { state.sortedQueues.map(\.name) }
    #expect(names(state) == ["default", "mail", "slow"])
    _ = state.type("I")
    #expect(names(state) == ["slow", "mail", "default"])
    _ = state.update(.clicked(.queues(.pending)))
    #expect(names(state) == ["default", "mail", "slow"])
    _ = state.update(.clicked(.queues(.pending)))
    #expect(names(state) == ["slow", "mail", "default"])
    _ = state.type(">")
    #expect(state.queueTable.sort == .running && names(state)[0] == "mail")
    #expect(state.frame().rows[5].text.contains("RUN ▼"))
    _ = state.type("I")
    #expect(state.frame().rows[22].text.hasPrefix(" 1 of 3 queues   sort RUN reversed"))
  }

  @Test func `an empty list of one queue names the queue`() {
    var state = Self.queues()
    _ = state.press(.down, .enter)
    _ = state.type("3")
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = []
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    let text = "   queue \"mail\" has no failed jobs "
    #expect(state.frame().rows.contains { $0.text.hasPrefix(text) })
  }

  @Test func `no column of workers is cut at the edge of a small screen`() {
    var state = ExampleQueue.state(40, 8)
    _ = state.press(.tab)
    #expect(state.frame().rows[3].text.hasSuffix(" JOB         FOR   "))
    _ = state.type("8")
    #expect(state.frame().rows[3].text.contains(" FOR  DONE "))
  }

  @Test func `versions of workers are kept on a narrow screen while they differ`() {
    func headings(_ versions: [String]) -> String {
      var snapshot = ExampleQueue.snapshot()
      for (index, version) in zip(snapshot.workers.indices, versions) {
        snapshot.workers[index].record.version = version
      }
      var state = ExampleQueue.state(60, 15, snapshot: snapshot)
      _ = state.type("8")
      return state.frame().rows[3].text
    }
    let same = headings(["1.0", "1.0", "1.0", "1.0", "1.0"])
    #expect(same.contains(" JOB ") && !same.contains("VERSION"))
    #expect(headings(["1.0", "1.1", "1.0", "1.0", "1.0"]).contains(" VERSION "))
  }

  @Test func `among workers a worker is stopped, and enter opens its job`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("8>>")
    #expect(state.workerTable.sort == .state)
    #expect(state.sortedWorkers.map(\.record.id.number) == [5, 4, 1, 2, 3], "lost ones first")
    _ = state.press(.down, .down)
    _ = state.type("s")
    #expect(state.type("y") == [.act(.stop([WorkerID(1)], .finishJob))])
    _ = state.press(.enter)
    #expect(state.detailPage?.job.text == "job-88121")
    _ = state.press(.escape)
    #expect(state.page == .workers, "it leads back")
    _ = state.type("4")
    #expect(state.page == .lists && state.request.tab == .dead)
  }

  @Test func `brackets go round through all tabs`() {
    var state = Self.queues()
    var seen: [Tab] = []
    for _ in Tab.all {
      seen.append(state.tab)
      _ = state.type("]")
    }
    #expect(Set(seen).count == Tab.all.count && state.tab == .queues)
  }

  @Test func `an action in progress is stopped by escape, on any page`() {
    var state = Self.queues()
    _ = state.press(.down, "P")
    _ = state.type("y")
    let progress = ActionProgress(verb: "retrying", done: 200, total: 5000)
    _ = state.update(.heard(.acting(progress)))
    #expect(state.frame().rows[22].text.contains("retrying 200 of 5,000   Esc stops it"))
    #expect(state.press(.escape) == [.stopAction])
    let result = ActionResult(text: "retried 400 jobs; stopped: 4,600 stay as they were")
    _ = state.update(.heard(.acted(result)))
    #expect(state.openActions == 0 && state.press(.escape) == [])
  }
}
