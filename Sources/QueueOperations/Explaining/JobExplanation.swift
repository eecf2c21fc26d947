package import QueueCore

/// Why a job isn't running: its own obstacles, and that of a prerequisite.
package struct JobExplanation {
  package let job: Job
  /// As in ``Explanation/reasons``.
  package let reasons: [Explanation.Reason]
  /// A prerequisite's obstacle that needs an operator, unless `reasons` have it; nil for none.
  package let further: Hindrance?

  /// - Parameter restart: returns the time until a supervisor starts a worker for a queue.
  package init(
    _ facts: JobFacts, in store: any QueueReader, at now: Moment, restart: (String) -> Duration?
  ) throws(StoreError) {
    job = facts.job
    let reasons = Explanation(facts, at: now).reasons
    self.reasons = reasons
    let found = try Hindrance.find(facts, in: store, at: now, restart: restart)
    further = found.flatMap { found in
      found.job.id == facts.job.id || reasons.contains(found.reason) ? nil : found
    }
  }

  /// Writes it as one object of JSON.
  package func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("id", job.id.text)
      json.field("state", job.state.rawValue)
      json.field("schedule", job.origin?.schedule)
      json.field("scheduled_for", job.origin?.time)
      json.key("reasons")
      json.array { json in
        for reason in reasons { json.object { Self.write(reason, of: job, to: &$0) } }
      }
      json.key("hindrance")
      guard let further else { return json.null() }
      json.object { json in
        json.field("job", further.job.id.text)
        Self.write(further.reason, of: further.job, to: &json)
      }
    }
  }

  private static func write(
    _ reason: Explanation.Reason, of job: Job, to json: inout JSONWriter
  ) {
    json.field("reason", reason.word)
    json.field("text", reason.text(for: job))
    json.field("try", reason.advice(for: job))
  }
}

extension Hindrance {
  /// Searches an unfinished job and its prerequisites; nil if none needs an operator.
  /// - Parameter restart: returns the time until a supervisor starts a worker for a queue.
  package static func find(
    _ facts: JobFacts, in store: any QueueReader, at now: Moment, restart: (String) -> Duration?
  ) throws(StoreError) -> Hindrance? {
    guard facts.job.state.isUnfinished else { return nil }
    return try find(for: facts.job) { job in
      var facts = facts
      if job.queue != facts.job.queue { facts.restart = restart(job.queue) }
      facts.job = job
      return Explanation(facts, at: now).reasons
    } look: { (id: JobID) throws(StoreError) -> Job? in
      do throws(StoreError) {
        return try store.job(id.text, at: now)
      } catch {
        guard error.code == .notFound else { throw error }
        return nil
      }
    }
  }
}
