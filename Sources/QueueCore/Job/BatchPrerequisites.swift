/// The prerequisites of the jobs that are enqueued together. They may name each other in any order,
/// so they are looked up when all are there.
public struct BatchPrerequisites {
  /// A job that has to end before another may run, found and not ended yet.
  public struct Link: Equatable, Sendable {
    /// The job that has to end, by its place in the order of arrival.
    public var needs: Int64
    /// Which end of it will do.
    public var accepts: Prerequisite.Accepted
  }

  /// A job that can't be stored as it is.
  public struct Refusal: Equatable, Sendable {
    /// Its place in the order of arrival.
    public var sequence: Int64
    /// Its id.
    public var job: JobID
    /// Why: the rest of a sentence that starts with the job.
    public var reason: String
  }

  /// What is to be written down.
  public struct Resolution: Equatable, Sendable {
    /// Every job that has prerequisites and was not refused, with those that aren't met: none if
    /// all are.
    public var waiting: [Waiting]
    /// The jobs that have to go.
    public var refused: [Refusal]
  }

  /// A job and what it waits for.
  public struct Waiting: Equatable, Sendable {
    /// Its place in the order of arrival.
    public var sequence: Int64
    /// What isn't met yet.
    public var unmet: [Link]
  }

  private struct Entry {
    let sequence: Int64
    let id: JobID
    let prerequisites: [Prerequisite]
  }

  private var entries: [Entry] = []
  /// The jobs that stand in for those that weren't stored, by the ids of these.
  private var substitutes: [String: JobID] = [:]

  /// No job so far.
  public init() {}

  /// Takes note of a job that was stored; nothing to do for one without prerequisites.
  public mutating func add(_ job: NewJob, as id: JobID, sequence: Int64) {
    guard !job.prerequisites.isEmpty else { return }
    entries.append(Entry(sequence: sequence, id: id, prerequisites: job.prerequisites))
  }

  /// Takes note of a job that wasn't stored, as an unfinished one has its key: jobs of the batch
  /// that name it wait for that one.
  public mutating func add(_ holder: JobID, insteadOf absent: NewJob) {
    if let id = absent.id { substitutes[id.text] = holder }
  }

  /// Decides which jobs wait for which.
  /// - Parameter find: the job that a reference names, with its state. Throws `notFound` if there
  ///   is none.
  public func resolve(
    find: (String) throws(StoreError) -> (sequence: Int64, state: JobState)
  ) throws(StoreError) -> Resolution {
    var unmet: [Int64: [Link]] = [:]
    var reasons: [Int64: String] = [:]
    for entry in entries {
      do throws(StoreError) {
        unmet[entry.sequence] = try links(of: entry, find: find)
      } catch {
        guard error.code == .notFound else { throw error }
        reasons[entry.sequence] = "waits for a job that isn't there: \(error.message)"
      }
    }
    refuseCycles(unmet, &reasons)
    refuseFollowers(unmet, &reasons)
    return Resolution(
      waiting: entries.filter { reasons[$0.sequence] == nil }
        .map { Waiting(sequence: $0.sequence, unmet: unmet[$0.sequence] ?? []) },
      refused: entries.compactMap { entry in
        reasons[entry.sequence].map {
          Refusal(sequence: entry.sequence, job: entry.id, reason: $0)
        }
      })
  }

  /// Those that aren't met; of two for the same job the stricter one.
  private func links(
    of entry: Entry, find: (String) throws(StoreError) -> (sequence: Int64, state: JobState)
  ) throws(StoreError) -> [Link] {
    var links: [Link] = []
    for prerequisite in entry.prerequisites {
      let (needs, state) = try find(
        substitutes[prerequisite.reference]?.text ?? prerequisite.reference)
      if prerequisite.accepts.isMet(by: state) { continue }
      if let known = links.firstIndex(where: { $0.needs == needs }) {
        if prerequisite.accepts == .success { links[known].accepts = .success }
      } else {
        links.append(Link(needs: needs, accepts: prerequisite.accepts))
      }
    }
    return links
  }

  /// Takes jobs away that wait for nothing of the batch that is left, until none can be: the rest
  /// goes round, or waits for what does.
  private func refuseCycles(_ unmet: [Int64: [Link]], _ reasons: inout [Int64: String]) {
    var waiting: [Int64: Int] = [:]
    var followers: [Int64: [Int64]] = [:]
    for (job, links) in unmet {
      let inside = links.filter { unmet[$0.needs] != nil }
      waiting[job] = inside.count
      for link in inside { followers[link.needs, default: []].append(job) }
    }
    var free = waiting.filter { $0.value == 0 }.map(\.key)
    while let job = free.popLast() {
      waiting[job] = nil
      for follower in followers[job] ?? [] {
        waiting[follower, default: 0] -= 1
        if waiting[follower] == 0 { free.append(follower) }
      }
    }
    for job in waiting.keys where reasons[job] == nil {
      reasons[job] = "can never run: the jobs that it waits for wait for each other"
    }
  }

  /// A job that waits for a refused one can't be stored either.
  private func refuseFollowers(_ unmet: [Int64: [Link]], _ reasons: inout [Int64: String]) {
    var followers: [Int64: [Int64]] = [:]
    for (job, links) in unmet {
      for link in links { followers[link.needs, default: []].append(job) }
    }
    var refused = Array(reasons.keys)
    while let job = refused.popLast() {
      for follower in followers[job] ?? [] where reasons[follower] == nil {
        reasons[follower] = "waits for a job that was refused"
        refused.append(follower)
      }
    }
  }
}
