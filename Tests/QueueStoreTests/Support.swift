import QueueCore
import QueueTestSupport
import Testing

extension EnqueueResult {
  /// The id of the stored job.
  var addedID: JobID? {
    if case .added(let id) = self { id } else { nil }
  }
}

/// Checks after any history that the counts match the rows.
func expectSummaryMatchesRows(
  of store: any JobStore, at now: Moment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var counts: [String: [JobState: Int]] = [:]
  for job in try store.allJobs(at: now) {
    counts[job.queue, default: [:]][job.state, default: 0] += 1
  }
  #expect(try store.summary() == QueueSummary(counts: counts), sourceLocation: sourceLocation)
}

/// The error of a refusal.
func refusal(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> StoreError {
  try #require(
    #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try body() },
    sourceLocation: sourceLocation)
}

/// Jobs in every state but cancelled, in two queues, with different ends.
func addExamples(to store: any JobStore, at now: Moment) throws {
  let worker = try store.addWorker(at: now)
  try store.add("done", command: "echo Hello", queue: "mail", at: now)
  try store.runNext(for: worker, at: now)
  try store.add("buried", command: "exit 7", maxRetries: 0, at: now)
  try store.runNext(for: worker, .exited(7), lastLine: "50% done_ok", at: now)
  try store.add("flaky", command: "curl x", queue: "mail", at: now)
  try store.runNext(for: worker, .exited(7), lastLine: "Connection REFUSED", at: now)
  try store.add("killed", command: "hog", maxRetries: 0, at: now)
  try store.runNext(for: worker, .signaled(9), at: now)
  try store.add("busy", at: now)
  _ = try store.claim(for: worker, at: now)
  try store.add("later", command: "ECHO Ä 50X done", runAt: now.wall + .seconds(9), at: now)
  try store.add("waiting", command: "echo \\d 'it''s'", queue: "mail", at: now)
}

/// Shares a value that can't be copied, such as a mutex, between threads.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
  let value: Value
  init(_ value: consuming Value) { self.value = value }
}
