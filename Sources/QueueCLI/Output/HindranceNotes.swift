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

  /// Warns once of those among these jobs that can't run.
  func note(for jobs: some Collection<JobID>, at now: Moment) throws {
    for id in jobs {
      let job = try session.store.job(id.text, at: now)
      guard job.state.isUnfinished, let found = try session.hindrance(to: job, at: now) else {
        continue
      }
      ErrorReport.note(found.text(for: job))
    }
  }

  mutating func look(at job: Job, _ now: Moment) throws {
    guard now.uptime >= nextAt, !session.isMissing else { return }
    nextAt = now.uptime + Self.pause
    let found = try session.hindrance(to: job, at: now)
    if let found, found != told { ErrorReport.note(found.text(for: job)) }
    told = found
  }

  mutating func startAnew() { nextAt = .zero }
}

extension Session {
  /// The obstacle that needs an operator; nil for none.
  func hindrance(to job: Job, at now: Moment) throws -> Hindrance? {
    try Hindrance.find(facts(about: job, at: now), in: store, at: now) { queue in
      restart(serving: queue, at: now)
    }
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
