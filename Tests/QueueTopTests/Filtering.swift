import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

@Suite struct Filtering {
  private func found(_ text: String) throws -> [String] {
    let conditions = try FilterText(text).conditions(at: ExampleQueue.now) {
      ExampleQueue.workers.map(\.record)
    }
    return (ExampleQueue.dead + ExampleQueue.others).filter { job in
      conditions.allSatisfy { $0.holds(for: job) }
    }.map { String($0.id.text.dropFirst(4)) }
  }

  @Test(arguments: [
    ("gateway", ["86990", "86984", "85012", "85001"]), ("GATEWAY 9912", ["86990"]),
    ("charge !9912 !9907", ["85012", "85001"]), ("id:86", ["86990", "86984", "86412", "86001"]),
    ("cmd:render", ["86001", "87900"]), ("err:render", []), ("err:\"not found\"", ["86412"]),
    ("exit:127", ["86412"]), ("exit:kill", ["86001"]), ("exit:TIME", ["85777"]),
    ("exit:1 !gateway", []), ("try:>3", ["86412"]), ("try:0", ["88200"]),
    ("attempt:<1", ["88200"]), ("age:>30m cmd:charge", ["85012", "85001"]),
    ("age:<1m", ["88001"]), ("age:1m !try:0 exit:0", ["87900"]), ("worker:w2 exit:127", ["86412"]),
    ("worker:w3", []),
    ("queue:mail", ["88200"]), ("!queue:default", ["88200"]),
    ("zzz", []), ("http://x", []), ("\"gateway timeout\" 9912", ["86990"]), ("\"cmd:x\"", []),
    ("exit:127-255", ["86412", "86001"]), ("exit:1,127 !cmd:charge", ["86412"]),
    ("exit:>1", ["86412", "86001", "85777", "88001"]), ("exit:137", ["86001"]),
    ("exit:124", ["85777"]), ("exit:>1 !exit:124,129-255", ["86412", "88001"]),
    ("search:gateway search:9912", ["86990"]), ("is:blocked", []),
    ("!is:blocked exit:kill", ["86001"]),
    ("older-than:30m cmd:charge", ["85012", "85001"]), ("newer-than:59s", ["88001"]),
    ("!newer-than:30m cmd:charge", ["85012", "85001"]), ("newer-than:9999-01-01T00:00Z", []),
    ("exit:>=127", ["86412", "86001"]), ("exit:<1", ["87900"]), ("exit:<=0", ["87900"]),
    ("try:>=5", ["86412"]), ("try:<=0", ["88200"]), ("pri:>=5", ["88200"]), ("pri:5", ["88200"]),
    ("!pri:0", ["88200"]), ("state:failed", ["88001"]), ("state:canceled", []),
    ("run:>=2s cmd:sned", ["86412"]), ("run:<1s", []), ("host:web1 exit:127", ["86412"]),
    ("host:other", []), ("schedule:nightly", []), ("tag:import", []),
  ])
  func `words and fields must all hold`(text: String, expected: [String]) throws {
    #expect(try found(text) == expected)
  }

  @Test(arguments: [
    "", " ", "!", "try:x", "age:", "age:>x", "id:", "exit:K", "is:b", "older-than:tomorrow",
    "worker:x", "\"",
  ])
  func `an incomplete word matches everything`(text: String) throws {
    #expect(FilterText(text).isEmpty)
    #expect(try found(text).count == 10)
  }

  @Test func `an invalid value is reported with the field's usage`() {
    #expect(FilterText("gateway try:x").problem == "attempt: takes a number, as in attempt:>=2")
    #expect(FilterText("!age:soon").problem == "age: takes a time, as in age:>10m")
    #expect(FilterText("is:dead").problem == "is: takes blocked")
    #expect(FilterText("newer-than:+5m").problem?.hasPrefix("newer-than: takes a time, as") == true)
    #expect(FilterText("id:").problem == nil)
    #expect(FilterText("exit:300").problem?.hasPrefix("exit: takes 1, 1-5, 1,2, >1, TIME") == true)
    #expect(FilterText("state:ded").problem?.hasPrefix("state: takes pending, processing") == true)
  }

  @Test(arguments: ["stat:dead", "!nmae:x", "foo:"])
  func `an unknown field is refused`(text: String) {
    #expect(FilterText(text).problem?.contains(": isn't a field; quote the word") == true)
    #expect(FilterText("\"" + text + "\"").problem == nil)
  }

  @Test(arguments: ["12:30", "http://x", "--to:bob", "than-older:x", ":", "a b: c"])
  func `a colon in other text is searched for`(text: String) {
    #expect(FilterText(text).problem == nil || text == "a b: c")
  }

  @Test(arguments: [
    (RunEnd.timedOut, "TIME"), (.lost, "LOST"), (.stopped, "STOP"), (.cancelled, "CANC"),
    (.signaled(9), "KILL"), (.signaled(11), "SEGV"), (.signaled(34), "S34"),
  ])
  func `a run's end without exit status is found by its word`(
    end: RunEnd, word: String
  ) {
    var run = Run(id: RunID(1), attempt: 1, worker: WorkerID(1), startedAt: ExampleQueue.ago(1))
    #expect(RunResult.short(run) == "")
    run.end = end
    #expect(RunResult.short(run) == word)
    #expect(RunResult.test(short: word) == .ended(end))
  }

  @Test func `an exit status is found, whether the run failed or succeeded`() {
    for end in [RunEnd.exited(75), .snoozed(75), .notStarted(75)] {
      var run = Run(id: RunID(1), attempt: 1, worker: WorkerID(1), startedAt: ExampleQueue.ago(1))
      run.end = end
      #expect(RunResult.short(run) == "75")
    }
    #expect(RunResult.test(short: "75") == .exit(ExitStatusSet(75...75)))
    #expect(RunResult.test(short: "STOMP") == nil)
  }

  @Test func `the whole filter becomes conditions of the query`() throws {
    var request = ViewRequest()
    request.filter = FilterText("queue:mail !exit:KILL Gateway age:<1m")
    let since = ExampleQueue.ago(60)
    #expect(
      try request.query(of: 1, at: ExampleQueue.now).conditions == [
        JobPredicate(.queue("mail")), JobPredicate(.ended(.signaled(9)), isNegated: true),
        JobPredicate(.anywhere("Gateway")), JobPredicate(.updated(.above, since)),
      ])
  }

  // MARK: Typing it

  @Test func `the text can be edited with the usual keys`() {
    var field = TextField("gateway")
    for key in [Key.left, .left, .backspace, .delete, .home, .character("x")] {
      let isKnown = field.handle(key)
      #expect(isKnown)
    }
    #expect(field.text == "xgatey")
    #expect(field.cursor == 1)
    _ = field.handle(.end)
    _ = field.handle(.control("w"))
    #expect(field.text == "" && field.cursor == 0)
    let isEnterKnown = field.handle(.enter)
    #expect(!isEnterKnown)
  }

  @Test func `the text is bounded, and contains no control characters`() {
    var field = TextField()
    field.insert("a\u{1B}[31m\tb\n" + String(repeating: "x", count: 10_000))
    #expect(field.text.hasPrefix("a[31m b x"))
    #expect(field.text.count == 200)
  }

  @Test func `a kept filter is visible at once, whatever was said before`() {
    var state = ExampleQueue.state(80, 24)
    state.say("retried 1 job")
    _ = state.type("/gate")
    _ = state.press(.enter)
    #expect(state.frame().rows[22].text.contains("filter: gate "))
  }

  @Test(arguments: [("/", 2), ("4\r/", 2)])
  func `a text wider than the screen scrolls with its cursor`(keys: String, start: Int) {
    var state = ExampleQueue.state(40, 15)
    if keys.hasPrefix("4") { _ = state.press("4", .enter, "/") } else { _ = state.type(keys) }
    _ = state.type(String(repeating: "x", count: 30) + "漢字漢字 0123456789")
    let end = state.frame()
    #expect(end.rows[13].text == " /xxxxxxxxxxxxxxxxxx漢字漢字 0123456789 ")
    #expect(end.cursor == Frame.Place(row: 13, column: 39))
    _ = state.press(.home)
    let begin = state.frame()
    #expect(begin.rows[13].text.hasPrefix(" /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx漢"))
    #expect(begin.cursor == Frame.Place(row: 13, column: start))
  }
}
