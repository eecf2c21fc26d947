import QueueCore
import QueueTestSupport
import Testing

@Suite struct NamingOneJob {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all, ["0abcdefghjk", "0abcdefghj", "0ab"])
  func `a generated id may be shortened to three characters`(store: StoreUnderTest, text: String)
    throws
  {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("0acdefghjkm", at: now)
    #expect(try store.job(text, at: now).id.text == "0abcdefghjk")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a generated id is found by its beginning`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let added = try store.add([try NewJob(command: "true")], at: now)
    let id = try #require(added.first?.addedID)
    #expect(try store.job(String(id.text.prefix(6)), at: now).id == id)
  }

  @Test(
    arguments: StoreUnderTest.all,
    ["0a", "0", "", "nightly", "nightly-repor", "0AB", "abc", "0abcdefghjkm", "0%", "0ab%", "___"])
  func `a name without a job isn't found`(store: StoreUnderTest, text: String) throws {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("nightly-report", at: now)
    let error = try refusal { _ = try store.job(text, at: now) }
    #expect(error.code == .notFound)
    #expect(error.message.hasPrefix("no job is called \"\(text)\""))
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      ("nightly-reprot", "nightly-report"), ("zightly-report", "nightly-report"),
      ("0abcdefghjm", "0abcdefghjk"), ("nightly", "nightly-report"), ("unlike", nil),
    ] as [(String, String?)])
  func `for a name without a job the nearest id is suggested`(
    store: StoreUnderTest, slip: (typed: String, meant: String?)
  ) throws {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("nightly-report", at: now)
    let error = try refusal { _ = try store.runs(of: slip.typed) }
    let hint = slip.meant.map { "; did you mean \"\($0)\"?" } ?? ""
    #expect(error == StoreError(.notFound, "no job is called \"\(slip.typed)\"\(hint)"))
  }

  @Test(arguments: StoreUnderTest.all)
  func `the name of a schedule is told from that of a job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.addSchedule("nightly", "every 60000", at: now)
    try store.add("nightly2", at: now)
    let words = "but a schedule is: \"queuectl schedule show nightly\" has its jobs"
    let error = try refusal { _ = try store.job("nightly", at: now) }
    #expect(error == StoreError(.notFound, "no job is called \"nightly\", \(words)"))
    #expect(try refusal { _ = try store.cancel(["nightly"], at: now) } == error)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an ambiguous beginning names no job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for last in "kmnpq" { try store.add("0abcdefghj\(last)", at: now) }
    let error = try refusal { _ = try store.job("0abc", at: now) }
    #expect(error.code == .notFound)
    #expect(error.message.hasPrefix("\"0abc\" matches several jobs: "))
    #expect(try store.job("0abcdefghjn", at: now).id.text == "0abcdefghjn")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a whole id precedes the beginning of another`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("0abc", command: "whole", at: now)
    #expect(try store.job("0abc", at: now).command == "whole")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a name with control characters is sanitized`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let error = try refusal { _ = try store.job("\u{1B}[2J'; drop table jobs", at: now) }
    #expect(error == StoreError(.notFound, "no job is called \"^[[2J'; drop table jobs\""))
    #expect(try store.allJobs(at: now) == [])
  }
}
