import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// An unknown state is damage, for changes as for lists.
@Suite struct `Damaged states` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test func `a job in an unknown state is neither retried, removed nor cancelled`()
    throws
  {
    let store = try SQLiteJobStore.transient()
    try store.add("job", at: now)
    _ = try store.connection.first("PRAGMA ignore_check_constraints = 1") { row in row.int(0) }
    try store.connection.run("UPDATE jobs SET state = 'lost'")
    let codes = [
      try refusal { _ = try store.retry(["job"], at: now) }.code,
      try refusal { _ = try store.remove(.dead(.named(["job"])), at: now) }.code,
      try refusal { _ = try store.cancel(["job"], at: now) }.code,
    ]
    #expect(codes == [.corrupt, .corrupt, .corrupt])
  }
}
