import QueueCore
import Testing

@Suite struct `Near ids` {
  @Test(arguments: [
    ("jo1", "; did you mean \"job1\"?"), ("job2", "; did you mean \"job1\"?"), ("elephant", ""),
    ("", ""),
  ])
  func `an unknown id suggests the nearest one`(typed: String, hint: String) {
    let error = StoreError.noJob(typed, near: ["job1", "backup-daily", "2q7qv709wcz"])
    #expect(error == StoreError(.notFound, "no job is called \"\(typed)\"\(hint)"))
  }

  @Test func `long texts aren't compared`() {
    let error = StoreError.noJob(String(repeating: "x", count: 1_000_000), near: ["x"])
    #expect(!error.message.contains("did you mean"))
  }
}
