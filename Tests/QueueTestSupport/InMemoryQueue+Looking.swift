import QueueCore

extension InMemoryQueue {
  /// The job as shown: the end of a backoff is in wall time.
  func shown(_ row: Row, at now: Moment) -> Job {
    var job = whole(row, at: now)
    let all = job.waitsFor
    guard all.count > Job.mostPrerequisites else { return job }
    let rest = all.dropFirst(Job.mostPrerequisites)
    job.waitsFor = Array(all.prefix(Job.mostPrerequisites)) + rest.filter(\.isStuck).prefix(10)
    job.morePrerequisites = all.count - job.waitsFor.count
    return job
  }

  /// The same with all its prerequisites.
  func whole(_ row: Row, at now: Moment) -> Job {
    var job = row.job
    job.waitsFor = row.unmet.compactMap { link in
      rows.first { $0.sequence == link.needs }.map {
        UnmetPrerequisite(job: $0.job.id, state: $0.job.state, accepts: link.accepts)
      }
    }
    if case .steady(let due) = row.wait {
      job.runAt = Timestamp(milliseconds: (due + wallAhead(at: now)).milliseconds)
    }
    return job
  }

  func page(
    _ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment
  ) throws(StoreError) -> JobPage {
    try query.order.check(query, against: summary(of: rows))
    let blocked = blockedRows
    let placed = rows.filter { query.matches($0, blocked) }.map { row in
      (
        place: JobPage.Cursor(
          value: query.order.value(of: row.job, at: now), sequence: row.sequence), row: row
      )
    }.sorted { query.order.places($0.place, before: $1.place) }
    let rest = placed.filter { one in
      cursor.map { query.order.places($0, before: one.place) } ?? true
    }
    let page = rest.prefix(limit)
    return JobPage(
      jobs: page.map { shown($0.row, at: now) },
      next: rest.count > page.count ? page.last?.place : nil)
  }

  func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep {
    var everything = JobQuery(states: query.states)
    everything.order = query.order
    let all = try page(everything, limit: count, after: cursor, at: now)
    let blocked = blockedRows
    let examined = Set(all.jobs.map(\.id))
    let matching = Set(
      rows.filter { examined.contains($0.job.id) && query.matches($0, blocked) }.map(\.job.id))
    let found = all.jobs.filter { matching.contains($0.id) }
    return JobSearchStep(
      jobs: Array(found.prefix(limit)), found: found.count, examined: all.jobs.count,
      next: all.next)
  }

  func scheduledJobs(in queue: String?, at now: Moment) -> Int {
    rows.count { row in
      guard row.job.state == .pending, queue == nil || row.job.queue == queue, row.unmet.isEmpty
      else { return false }
      return row.job.runAt.map { $0 > now.wall } ?? false
    }
  }

  func summary(of rows: [Row]) -> QueueSummary {
    var counts: [String: [JobState: Int]] = [:]
    for row in rows { counts[row.job.queue, default: [:]][row.job.state, default: 0] += 1 }
    return QueueSummary(counts: counts)
  }

  /// The index of the job with this id, or of the only one whose generated id begins with it.
  func index(of reference: String) throws(StoreError) -> Int {
    if let index = rows.firstIndex(where: { $0.job.id.text == reference }) { return index }
    let shortest = 3
    let candidates =
      reference.count < shortest
      ? []
      : rows.indices.filter {
        let id = rows[$0].job.id.text
        return JobIDSource.couldHaveMade(id) && id.hasPrefix(reference)
      }
    guard let index = candidates.first else {
      throw StoreError.noJob(
        reference, near: rows.map(\.job.id.text), isSchedule: schedules.all[reference] != nil)
    }
    guard candidates.count == 1 else {
      let names = candidates.prefix(3).map { rows[$0].job.id.text }
      let more = candidates.count > names.count ? ", …" : ""
      throw StoreError(
        .notFound,
        "\(quoted: reference) matches several jobs: "
          + names.joined(separator: ", ") + more)
    }
    return index
  }
}

extension InMemoryQueue {
  /// The jobs that wait, also through others, for the success of a dead or cancelled one.
  var blockedRows: Set<Int64> {
    let missed = Set(rows.filter { [.dead, .cancelled].contains($0.job.state) }.map(\.sequence))
    var blocked: Set<Int64> = []
    while true {
      let more = rows.filter { row in
        !blocked.contains(row.sequence) && row.job.state == .pending
          && row.unmet.contains { link in
            blocked.contains(link.needs) || link.accepts == .success && missed.contains(link.needs)
          }
      }
      guard !more.isEmpty else { return blocked }
      blocked.formUnion(more.map(\.sequence))
    }
  }
}

extension JobQuery {
  /// - Parameter blocked: the rows that are blocked.
  func matches(_ row: InMemoryQueue.Row, _ blocked: Set<Int64>) -> Bool {
    let job = row.job
    if !states.isEmpty, !states.contains(job.state) { return false }
    if let queue, job.queue != queue { return false }
    guard tags.allSatisfy(job.tags.contains) else { return false }
    if let updatedBefore, job.updatedAt >= updatedBefore { return false }
    if let updatedSince, job.updatedAt < updatedSince { return false }
    return allConditions.allSatisfy { one in
      guard one.test == .blocked else { return one.holds(for: job) }
      return blocked.contains(row.sequence) != one.isNegated
    }
  }
}
