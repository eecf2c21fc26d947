import QueueCore
import QueueOperations

/// The ids and errors of one `enqueue`. All jobs are checked even after an error, so that every
/// error is reported at once. Nothing is printed before the commit: a stopped terminal would block
/// all writers.
struct EnqueueBatch {
  /// Returns the next job; nil after the last.
  typealias Source = () throws -> PlacedJob?

  /// Rolls back because of invalid jobs.
  struct Refused: Error {}

  private enum Awaited {
    case result(of: JobPlace?, waitsForOthers: Bool)
    case complaint(BadJob)
  }

  /// An error, worded only after the transaction.
  private enum Complaint {
    case problem(String, at: JobPlace?)
    case taken(EnqueueResult, at: JobPlace?)
  }

  private static let toldErrors = 20

  /// The ids to print, one per line, in job order.
  private var ids: [UInt8] = []
  /// Ids of jobs that the store refused afterwards.
  private var takenOut: Set<JobID> = []
  private(set) var errorCount = 0
  /// Whether some input isn't a valid job, whatever the queue holds.
  private(set) var hasInvalid = false
  /// The first errors, in job order.
  private var complaints: [Complaint] = []
  private let ifAbsent: Bool
  private let keepGoing: Bool
  private let isMany: Bool
  /// Jobs without a result yet, and the errors between them, in job order.
  private var awaited: ArraySlice<Awaited> = []
  private var goodCount = 0
  /// The first jobs that have prerequisites, stored now or before.
  private(set) var dependants: [JobID] = []
  /// The first job that was stored; nil if all existed already.
  private(set) var firstStored: JobID?
  /// With `ifAbsent`, jobs that existed by their id.
  private(set) var existing: [JobID] = []
  private var progress: ProgressLine

  /// Whether ids are kept for printing.
  private let collectsIDs: Bool

  init(
    ifAbsent: Bool, keepGoing: Bool, isMany: Bool, collectsIDs: Bool, clock: any Clock
  ) {
    self.collectsIDs = collectsIDs
    progress = ProgressLine(clock: clock)
    self.ifAbsent = ifAbsent
    self.keepGoing = keepGoing
    self.isMany = isMany
  }

  /// Whether a job was stored; false if all existed already.
  var hasStored: Bool { firstStored != nil }

  var isEmpty: Bool { goodCount == 0 && errorCount == 0 }

  /// `ids` without the refused jobs.
  var lines: [UInt8] {
    guard !takenOut.isEmpty else { return ids }
    return ids.split(separator: 0x0A)
      .filter { !takenOut.contains(JobID(trusted: String(decoding: $0, as: UTF8.self))) }
      .flatMap { $0 + [0x0A] }
  }

  /// Returns the next valid job and records the errors before it.
  mutating func next(from source: Source) throws -> NewJob? {
    while true {
      do {
        guard let next = try source() else { return nil }
        awaited.append(
          .result(of: next.place, waitsForOthers: !next.job.prerequisites.isEmpty))
        return next.job
      } catch let error as BadJob {
        errorCount += 1
        hasInvalid = true
        // Errors past the limit are only counted.
        guard errorCount <= Self.toldErrors else { continue }
        awaited.append(.complaint(error))
        tellNext()
      }
    }
  }

  /// Records the next result in job order, or a later refusal of any stored job.
  mutating func note(_ result: EnqueueResult) throws {
    var (place, waitsForOthers): (JobPlace?, Bool) = (nil, false)
    if case .refused = result {} else { (place, waitsForOthers) = nextAwaited() }
    switch result {
    case .exists(let id) where !ifAbsent, .keyTaken(_, let id) where !ifAbsent:
      complain(.taken(result, at: place))
      if waitsForOthers { remember(dependant: id) }
    case .refused(let id, let reason):
      goodCount -= 1
      takenOut.insert(id)
      complain(.problem("job \"\(id)\" \(reason)", at: nil))
    case .added(let id), .exists(let id), .keyTaken(_, let id):
      if case .added = result { firstStored = firstStored ?? id }
      if waitsForOthers { remember(dependant: id) }
      goodCount += 1
      progress.show(goodCount, "jobs read")
      guard collectsIDs else { break }
      ids += id.text.utf8
      ids.append(0x0A)
    }
    if case .exists(let id) = result, ifAbsent { existing.append(id) }
    tellNext()
  }

  /// Throws ``Refused`` on errors, unless `keepGoing` is set. Runs last before the commit.
  func confirm() throws {
    if errorCount > 0, !keepGoing { throw Refused() }
  }

  /// Reports the errors. Without a `state`, a duplicate was in the same input.
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

  func reportRefusal() {
    guard isMany || goodCount > 0 else { return }
    ErrorReport.note("nothing was enqueued; --keep-going enqueues the valid jobs")
  }

  func reportSkipped() {
    ErrorReport.note("\(goodCount) enqueued, \(errorCount) refused")
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
        ? "unfinished job \"\(holder)\" has the key \(quoted: key): wait for it, or pass "
          + "--if-absent"
        : "an earlier job of the input has the key \(quoted: key): choose another, or pass "
          + "--if-absent"
    case .exists(let id), .added(let id), .refused(let id, _):
      switch try state(id) {
      case nil:
        "an earlier job of the input has the id \"\(id)\": choose another, or pass --if-absent"
      case let state? where state.isUnfinished:
        "job \"\(id)\" already exists and is \(state): choose another id, or pass --if-absent"
      case let state?:
        "job \"\(id)\" already exists and is \(state): pass --replace-ended, or choose another id"
      }
    }
  }

  private mutating func remember(dependant id: JobID) {
    guard dependants.count < Self.toldErrors, !dependants.contains(id) else { return }
    dependants.append(id)
  }

  private mutating func nextAwaited() -> (JobPlace?, waitsForOthers: Bool) {
    guard case .result(let place, let waitsForOthers)? = awaited.popFirst() else {
      preconditionFailure("each result is of a job that was given")
    }
    return (place, waitsForOthers)
  }

  /// Records errors up to the next job without a result.
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
