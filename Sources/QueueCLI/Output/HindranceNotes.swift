import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Tells the user of a command that waits for a job what keeps it from running until an operator
/// acts: once, and again when that changes.
struct HindranceNotes {
  /// What is to be found out costs more than a look at the job.
  private static let pause = Duration.seconds(1)

  private let session: Session
  private var told: Hindrance?
  private var nextAt = Duration.zero

  init(_ session: Session) { self.session = session }

  mutating func look(at job: Job, _ now: Moment) throws {
    guard now.uptime >= nextAt, !session.isMissing else { return }
    nextAt = now.uptime + Self.pause
    let found = job.state.isUnfinished ? try session.hindrance(to: job, at: now) : nil
    if let found, found != told { ErrorReport.note(found.text(for: job)) }
    told = found
  }

  /// Looks at once, as another job is waited for from here on.
  mutating func startAnew() { nextAt = .zero }
}

extension Session {
  /// What keeps a job from running until an operator acts; nil for nothing.
  func hindrance(to job: Job, at now: Moment) throws -> Hindrance? {
    let facts = try facts(about: job, at: now)
    return try Hindrance.find(for: job) { job in
      var facts = facts
      if job.queue != facts.job.queue { facts.restart = restart(serving: job.queue, at: now) }
      facts.job = job
      return Explanation(facts, at: now).reasons
    } look: { id in
      do throws(StoreError) {
        return try store.job(id.text, at: now)
      } catch {
        guard error.code == .notFound else { throw error }
        return nil
      }
    }
  }

  /// What keeps a job that this one waits for from running, if that isn't said of this one already.
  func furtherHindrance(
    to job: Job, beside reasons: [Explanation.Reason], at now: Moment
  ) throws -> Hindrance? {
    guard job.state.isUnfinished, let found = try hindrance(to: job, at: now) else { return nil }
    return found.job.id == job.id || reasons.contains(found.reason) ? nil : found
  }

  /// The queue of a job; nil when the job was removed.
  private func queue(of id: JobID) throws -> String? {
    do throws(StoreError) {
      return try store.job(id.text, at: clock.now()).queue
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  /// The run inside of which this command was started, if it goes on in this queue.
  func caller() throws -> JobFacts.Caller? {
    guard let run = ProcessEnvironment.current["QUEUECTL_RUN_ID"] else { return nil }
    let worker = try store.workers().first { $0.current?.runName == run }
    guard let worker, let job = worker.current?.job else { return nil }
    return JobFacts.Caller(worker: worker.id, job: job, queue: try queue(of: job))
  }
}
