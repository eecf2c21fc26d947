import Testing

@testable import QueueCore

@Suite struct `Describing edits` {
  @Test func `each change is described`() throws {
    #expect(try JobEdit().described == "")
    var edit = try JobEdit(command: "make", priority: -1, runAt: Timestamp(milliseconds: 5))
    (edit.queue, edit.maxRetries, edit.timeout) = ("night", 2, .seconds(90))
    edit.retryRules.backoffBase = 1.5
    edit.limits.niceness = 3
    (edit.directory, edit.tags, edit.removedTags) = ("/tmp", ["a", "b"], ["c"])
    edit.environment = [try EnvironmentVariable(name: "A", value: "x")]
    #expect(
      edit.described == "new command, queue night, priority -1, new start time, max retries 2, "
        + "timeout 1m30s, backoff base 1.5, nice 3, new directory, add tag a, add tag b, "
        + "remove tag c, variable A")
  }
}
