import QueueCore
import Testing

@Suite struct `Near ids` {
  @Test(arguments: [
    ("jo1", "; did you mean \"job1\"?"), ("job2", "; did you mean \"job1\"?"), ("elephant", ""),
    ("", ""), ("backup", "; did you mean \"backup-daily\"?"), ("ba", ""),
  ])
  func `an unknown id suggests the nearest one`(typed: String, hint: String) {
    let error = StoreError.noJob(typed, near: ["job1", "backup-daily", "2q7qv709wcz"])
    #expect(error == StoreError(.notFound, "no job is called \"\(typed)\"\(hint)"))
  }

  @Test(arguments: zip([2, 19, 20, 30], ["2", "19", "at least 20", "at least 20"]))
  func `the ids that begin with an unknown one are counted`(number: Int, count: String) {
    let ids = (10..<10 + number).map { "dump-\($0)" }
    #expect(
      StoreError.noJob("dump", near: ids + ids + ["dumb"])
        == StoreError(
          .notFound,
          "no job is called \"dump\"; \(count) names begin with it, such as \"dump-10\""))
  }

  @Test func `long texts aren't compared`() {
    let error = StoreError.noJob(String(repeating: "x", count: 1_000_000), near: ["x"])
    #expect(!error.message.contains("did you mean"))
  }
}
