import QueueCore
import QueueHost
import QueueSession

/// A large selection is changed in parts of one transaction each. Jobs that have changed since they
/// were listed are skipped.
extension JobSelection {
  /// Exactly `jobs`, unless jobs are named, which are changed all or none.
  func frozen(to jobs: [JobID]) -> JobSelection {
    var selection = self
    if !isAllOrNothing { selection.jobs = .listed(jobs) }
    return selection
  }

  /// Adds to the refusal of one of several named jobs that none was changed.
  func allOrNothing<Result>(
    _ past: String, _ change: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do throws(StoreError) {
      return try change()
    } catch {
      guard case .named(let names) = jobs, names.count > 1,
        error.code == .notFound || error.code == .wrongState
      else { throw error }
      throw StoreError(error.code, "\(error.message); nothing was \(past)", cause: error.cause)
    }
  }

  /// Listed jobs in parts; else the selection itself.
  var parts: [JobSelection] {
    guard case .listed(let jobs) = jobs else { return [self] }
    return stride(from: 0, to: jobs.count, by: Self.partSize).map { start in
      frozen(to: Array(jobs[start..<min(start + Self.partSize, jobs.count)]))
    }
  }
}

extension Session {
  /// The matching jobs, newest first, read in pages: one long read would grow the WAL.
  /// - Parameter isIncluded: what they must fulfil, too.
  func ids(
    matching query: JobQuery, where isIncluded: (Job) -> Bool = { _ in true }
  ) throws -> [JobID] {
    var ids: [JobID] = []
    var cursor: JobPage.Cursor?
    var count = 0
    repeat {
      let page = try store.jobs(
        query, limit: query.pageSize(after: count), after: cursor, at: clock.now())
      count += page.jobs.count
      for job in page.jobs where isIncluded(job) { ids.append(job.id) }
      cursor = page.next
    } while cursor != nil
    return ids
  }
}

extension JobQuery {
  /// The query with the states and the age of a selection, to list its jobs.
  func restricted(to selection: JobSelection, at now: Moment) -> JobQuery {
    var query = self
    query.states = selection.states
    if let age = selection.age { query.updatedBefore = now.wall + (.zero - age) }
    return query
  }
}
