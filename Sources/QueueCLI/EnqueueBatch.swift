import QueueCore

/// What happens to the jobs of one `enqueue`: which ids to print, and what to say of those that aren't right.
///
/// All jobs are looked at even if one isn't right, so that all errors are seen at once.
struct EnqueueBatch {
  /// Gives the next job; nil after the last.
  typealias Source = () throws -> PlacedJob?

  /// Something wasn't right, so nothing is to be stored.
  struct Refused: Error {}

  private enum Awaited {
    case result(of: JobPlace?)
    case complaint(BadJob)
  }

  private static let toldErrors = 20

  /// One a line, in the order in which the jobs were stored.
  private var ids: [UInt8] = []
  /// Of those, the jobs that were taken out again.
  private var takenOut: Set<JobID> = []
  private(set) var errorCount = 0
  private var toldCount = 0
  private let ifAbsent: Bool
  private let keepGoing: Bool
  private let isMany: Bool
  /// The jobs that were given and of which nothing was heard yet, and what is wrong between them, as it is told in the order of the jobs.
  private var awaited: ArraySlice<Awaited> = []
  private var goodCount = 0
  /// Whether any job was stored, rather than there before.
  private(set) var hasStored = false
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
        guard let next = try source() else {
          progress.end()
          return nil
        }
        awaited.append(.result(of: next.place))
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

  /// Takes note of what became of the next of the jobs that were given; or of any, if it was taken out again.
  mutating func note(_ result: EnqueueResult) throws {
    let place: JobPlace? = if case .refused = result { nil } else { placeOfNext() }
    switch result {
    case .exists(let id) where !ifAbsent:
      complain("job \"\(id)\" already exists: choose another id, or pass --if-absent", at: place)
    case .keyTaken(let key, let holder) where !ifAbsent:
      complain(
        "job \"\(holder)\" has the key \(SafeText.quoted(key)) and isn't finished: wait for it, or pass "
          + "--if-absent", at: place)
    case .refused(let id, let reason):
      goodCount -= 1
      takenOut.insert(id)
      complain("job \"\(id)\" \(reason)", at: nil)
    case .added(let id), .exists(let id), .keyTaken(_, let id):
      if case .added = result { hasStored = true }
      goodCount += 1
      progress.show(goodCount, "jobs read")
      ids += id.text.utf8
      ids.append(0x0A)
    }
    tellNext()
  }

  /// The last word before everything is stored.
  /// - Throws: ``Refused`` if a job wasn't right and nothing is to be stored then.
  func confirm() throws {
    if errorCount > 0, !keepGoing { throw Refused() }
  }

  /// Says that nothing was stored, after what was wrong.
  func reportRefusal() {
    reportUntold()
    guard isMany || goodCount > 0 else { return }
    ErrorReport.note("nothing was enqueued; --keep-going enqueues the jobs that are right")
  }

  /// Says how many were left out.
  func reportSkipped() {
    reportUntold()
    ErrorReport.note("\(goodCount) enqueued, \(errorCount) left out")
  }

  private func reportUntold() {
    if errorCount > toldCount {
      ErrorReport.note("… and \(errorCount - toldCount, of: "more error")")
    }
  }

  /// Tells what is wrong with jobs that stand behind others of which nothing will be heard any more.
  mutating func tellAwaited() {
    for case .complaint(let error) in awaited { tell(error.problem, at: error.place) }
    awaited = []
  }

  private mutating func placeOfNext() -> JobPlace? {
    guard case .result(let place)? = awaited.popFirst() else {
      preconditionFailure("each result is of a job that was given")
    }
    return place
  }

  /// Tells what was wrong with those that come next, up to one that is still awaited.
  private mutating func tellNext() {
    while case .complaint(let error)? = awaited.first {
      awaited.removeFirst()
      tell(error.problem, at: error.place)
    }
  }

  private mutating func complain(_ problem: String, at place: JobPlace?) {
    errorCount += 1
    tell(problem, at: place)
  }

  private mutating func tell(_ problem: String, at place: JobPlace?) {
    guard toldCount < Self.toldErrors else { return }
    toldCount += 1
    progress.end()
    ErrorReport.note((place.map { "\($0): " } ?? "") + problem)
  }
}
