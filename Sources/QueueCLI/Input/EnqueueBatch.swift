import QueueCore
import QueueOperations

/// What happens to the jobs of one `enqueue`: which ids to print, and what to say of those that
/// aren't right.
///
/// All jobs are looked at even if one isn't right, so that all errors are seen at once. Nothing is
/// printed before the transaction is over: a terminal that takes no output would hold up all
/// writers.
struct EnqueueBatch {
  /// Gives the next job; nil after the last.
  typealias Source = () throws -> PlacedJob?

  /// Something wasn't right, so nothing is to be stored.
  struct Refused: Error {}

  private enum Awaited {
    case result(of: JobPlace?, waitsForOthers: Bool)
    case complaint(BadJob)
  }

  /// What is wrong with a job, put into words once the transaction is over.
  private enum Complaint {
    case problem(String, at: JobPlace?)
    /// Its id or its key is another job's.
    case taken(EnqueueResult, at: JobPlace?)
  }

  private static let toldErrors = 20

  /// One a line, in the order in which the jobs were stored.
  private var ids: [UInt8] = []
  /// Of those, the jobs that were taken out again.
  private var takenOut: Set<JobID> = []
  private(set) var errorCount = 0
  /// Those to tell, in the order of the jobs.
  private var complaints: [Complaint] = []
  private let ifAbsent: Bool
  private let keepGoing: Bool
  private let isMany: Bool
  /// The jobs that were given and of which nothing was heard yet, and what is wrong between them,
  /// as it is told in the order of the jobs.
  private var awaited: ArraySlice<Awaited> = []
  private var goodCount = 0
  /// The first of the stored jobs that wait for others.
  private(set) var dependants: [JobID] = []
  /// Whether any job was stored, rather than there before.
  private(set) var hasStored = false
  /// With `ifAbsent`, those whose ids were there before; otherwise they are errors.
  private(set) var existing: [JobID] = []
  private var progress: ProgressLine

  init(ifAbsent: Bool, keepGoing: Bool, isMany: Bool, clock: any Clock) {
    progress = ProgressLine(clock: clock)
    self.ifAbsent = ifAbsent
    self.keepGoing = keepGoing
    self.isMany = isMany
  }

  /// Whether there was no job at all.
  var isEmpty: Bool { goodCount == 0 && errorCount == 0 }

  /// The lines to print.
  var lines: [UInt8] {
    guard !takenOut.isEmpty else { return ids }
    return ids.split(separator: 0x0A)
      .filter { !takenOut.contains(JobID(trusted: String(decoding: $0, as: UTF8.self))) }
      .flatMap { $0 + [0x0A] }
  }

  /// The next job that is right.
  mutating func next(from source: Source) throws -> NewJob? {
    while true {
      do {
        guard let next = try source() else { return nil }
        awaited.append(
          .result(of: next.place, waitsForOthers: !next.job.prerequisites.isEmpty))
        return next.job
      } catch let error as BadJob {
        errorCount += 1
        // Of so many, a later one is never told: it isn't kept.
        guard errorCount <= Self.toldErrors else { continue }
        awaited.append(.complaint(error))
        tellNext()
      }
    }
  }

  /// Takes note of what became of the next of the jobs that were given; or of any, if it was taken
  /// out again.
  mutating func note(_ result: EnqueueResult) throws {
    var (place, waitsForOthers): (JobPlace?, Bool) = (nil, false)
    if case .refused = result {} else { (place, waitsForOthers) = nextAwaited() }
    switch result {
    case .exists where !ifAbsent, .keyTaken where !ifAbsent:
      complain(.taken(result, at: place))
    case .refused(let id, let reason):
      goodCount -= 1
      takenOut.insert(id)
      complain(.problem("job \"\(id)\" \(reason)", at: nil))
    case .added(let id), .exists(let id), .keyTaken(_, let id):
      if case .added = result {
        hasStored = true
        if waitsForOthers, dependants.count < Self.toldErrors { dependants.append(id) }
      }
      goodCount += 1
      progress.show(goodCount, "jobs read")
      ids += id.text.utf8
      ids.append(0x0A)
    }
    if case .exists(let id) = result, ifAbsent { existing.append(id) }
    tellNext()
  }

  /// The last word before everything is stored.
  /// - Throws: ``Refused`` if a job wasn't right and nothing is to be stored then.
  func confirm() throws {
    if errorCount > 0, !keepGoing { throw Refused() }
  }

  /// Says what was wrong with single jobs.
  /// - Parameter state: the state of the job of that id; nil if there is none now. One of the same
  ///   input that was rolled back isn't one to wait for.
  mutating func tell(state: (JobID) throws -> JobState?) throws {
    progress.end()
    for case .complaint(let error) in awaited {
      complain(.problem(error.problem, at: error.place), isCounted: true)
    }
    awaited = []
    let told = complaints
    complaints = []
    for complaint in told {
      switch complaint {
      case .problem(let problem, let place): note(problem, at: place)
      case .taken(let result, let place): note(try Self.text(of: result, state), at: place)
      }
    }
    if errorCount > told.count {
      ErrorReport.note("… and \(errorCount - told.count, of: "more error")")
    }
  }

  /// Says that nothing was stored.
  func reportRefusal() {
    guard isMany || goodCount > 0 else { return }
    ErrorReport.note("nothing was enqueued; --keep-going enqueues the jobs that are right")
  }

  /// Says how many were left out.
  func reportSkipped() {
    ErrorReport.note("\(goodCount) enqueued, \(errorCount) left out")
  }

  private func note(_ problem: String, at place: JobPlace?) {
    ErrorReport.note((place.map { "\($0): " } ?? "") + problem)
  }

  private static func text(
    of result: EnqueueResult, _ state: (JobID) throws -> JobState?
  ) throws -> String {
    switch result {
    case .keyTaken(let key, let holder):
      try state(holder) != nil
        ? "job \"\(holder)\" has the key \(quoted: key) and isn't finished: wait for it, or pass "
          + "--if-absent"
        : "an earlier job of the input has the key \(quoted: key), too: give it another, or pass "
          + "--if-absent"
    case .exists(let id), .added(let id), .refused(let id, _):
      switch try state(id) {
      case nil:
        "an earlier job of the input has the id \"\(id)\", too: choose another, or pass --if-absent"
      case let state? where state.isUnfinished:
        "job \"\(id)\" already exists and is \(state): choose another id, or pass --if-absent"
      case let state?:
        "job \"\(id)\" already exists and is \(state): --replace-ended enqueues it anew; or choose "
          + "another id"
      }
    }
  }

  private mutating func nextAwaited() -> (JobPlace?, waitsForOthers: Bool) {
    guard case .result(let place, let waitsForOthers)? = awaited.popFirst() else {
      preconditionFailure("each result is of a job that was given")
    }
    return (place, waitsForOthers)
  }

  /// Takes in what was wrong with those that come next, up to one that is still awaited.
  private mutating func tellNext() {
    while case .complaint(let error)? = awaited.first {
      awaited.removeFirst()
      complain(.problem(error.problem, at: error.place), isCounted: true)
    }
  }

  private mutating func complain(_ complaint: Complaint, isCounted: Bool = false) {
    if !isCounted { errorCount += 1 }
    if complaints.count < Self.toldErrors { complaints.append(complaint) }
  }
}
