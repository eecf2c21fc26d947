/// Resolves the prerequisites of a batch of jobs, which may refer to each other in any order.
public struct BatchPrerequisites {
  /// An unmet prerequisite.
  public struct Link: Equatable, Sendable {
    /// Sequence number of the prerequisite.
    public var needs: Int64
    /// The end states that satisfy it.
    public var accepts: Prerequisite.Accepted
  }

  /// A job that can't be stored.
  public struct Rejection: Equatable, Sendable {
    /// Its sequence number.
    public var sequence: Int64
    /// Its id.
    public var job: JobID
    /// The reason, phrased to follow the job's name.
    public var reason: String
  }

  /// The changes to store.
  public struct Resolution: Equatable, Sendable {
    /// The accepted jobs that name prerequisites, including those with none left unmet.
    public var waiting: [Waiting]
    /// The jobs to remove.
    public var refused: [Rejection]
  }

  /// A job and its unmet prerequisites.
  public struct Waiting: Equatable, Sendable {
    /// Its sequence number.
    public var sequence: Int64
    /// Its unmet prerequisites.
    public var unmet: [Link]
  }

  private struct Entry {
    let sequence: Int64
    let id: JobID
    let prerequisites: [Prerequisite]
  }

  private var entries: [Entry] = []
  /// Holders of unique keys, by the id of the job that wasn't stored.
  private var substitutes: [String: JobID] = [:]

  /// Creates an empty batch.
  public init() {}

  /// Adds a stored job.
  public mutating func add(_ job: NewJob, as id: JobID, sequence: Int64) {
    guard !job.prerequisites.isEmpty else { return }
    entries.append(Entry(sequence: sequence, id: id, prerequisites: job.prerequisites))
  }

  /// Redirects references from `absent`, not stored because its unique key is taken, to `holder`.
  public mutating func add(_ holder: JobID, insteadOf absent: NewJob) {
    if let id = absent.id { substitutes[id.text] = holder }
  }

  /// Decides which jobs wait for which. `find` looks up a reference, or throws `notFound`.
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
        reasons[entry.sequence] = "has a missing prerequisite: \(error.message)"
      }
    }
    refuseCycles(unmet, &reasons)
    refuseFollowers(unmet, &reasons)
    return Resolution(
      waiting: entries.filter { reasons[$0.sequence] == nil }
        .map { Waiting(sequence: $0.sequence, unmet: unmet[$0.sequence] ?? []) },
      refused: entries.compactMap { entry in
        reasons[entry.sequence].map {
          Rejection(sequence: entry.sequence, job: entry.id, reason: $0)
        }
      })
  }

  /// The unmet links of a job; for duplicate prerequisites, the stricter one.
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

  /// Refuses jobs on a cycle or behind one: those left by a topological sort of the batch.
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
      reasons[job] = "can never run: its prerequisites form a cycle"
    }
  }

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
