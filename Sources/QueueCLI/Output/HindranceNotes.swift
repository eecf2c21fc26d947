import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Warns a waiting command's user, once per change, if a job can't run without operator action.
struct HindranceNotes {
  /// Finding a hindrance costs more than reading the job.
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

  mutating func startAnew() { nextAt = .zero }
}

extension Session {
  /// The obstacle that needs an operator; nil for none.
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

  /// The hindrance of a prerequisite, unless `reasons` contain it.
  func furtherHindrance(
    to job: Job, beside reasons: [Explanation.Reason], at now: Moment
  ) throws -> Hindrance? {
    guard job.state.isUnfinished, let found = try hindrance(to: job, at: now) else { return nil }
    return found.job.id == job.id || reasons.contains(found.reason) ? nil : found
  }

  private func queue(of id: JobID) throws -> String? {
    do throws(StoreError) {
      return try store.job(id.text, at: clock.now()).queue
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  /// The run this command was started from, if it is still running in this queue.
  func caller() throws -> JobFacts.Caller? {
    guard let run = ProcessEnvironment.current["QUEUECTL_RUN_ID"] else { return nil }
    let worker = try store.workers().first { $0.current?.runName == run }
    guard let worker, let job = worker.current?.job else { return nil }
    return JobFacts.Caller(worker: worker.id, job: job, queue: try queue(of: job))
  }
}
