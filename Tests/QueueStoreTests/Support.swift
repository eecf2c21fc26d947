import QueueCore
import QueueTestSupport
import Testing

extension EnqueueResult {
  /// The id under which the job was stored.
  var addedID: JobID? {
    if case .added(let id) = self { id } else { nil }
  }
}

/// Whatever was done before: the counts must be those of the rows.
func expectSummaryMatchesRows(
  of store: any JobStore, at now: Moment, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  var counts: [String: [JobState: Int]] = [:]
  for job in try store.allJobs(at: now) {
    counts[job.queue, default: [:]][job.state, default: 0] += 1
  }
  #expect(try store.summary() == QueueSummary(counts: counts), sourceLocation: sourceLocation)
}

/// What a store says when it refuses.
func refusal(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> StoreError {
  try #require(
    #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try body() },
    sourceLocation: sourceLocation)
}
