package import QueueCore
import QueueHost

/// The store as the monitor reads it: opened when it is there, opened again when its file was
/// replaced.
package struct Source {
  private let host: MonitorHost
  private var reader: Reader?
  private var identity: FileIdentity?
  private var last: (snapshot: Snapshot, look: Look)?

  package init(host: MonitorHost) { self.host = host }

  /// Even without a change, what depends on the time is read again after this long.
  private static let longestRest = Duration.seconds(5)
  /// Reading takes at most one part in so many of the time.
  private static let mostOfTheTime = 5

  /// Reads what is asked for, unless nothing has changed since the last time.
  package mutating func look(_ look: Look) -> Report {
    do throws(StoreError) {
      guard try open() else {
        last = nil
        return .trouble(.missing, host.now())
      }
      if let last, last.look == look, try isUnchanged(since: last.snapshot) {
        return .unchanged(host.now())
      }
      try leaveIfOutdated()
      guard var reader else { return .trouble(.missing, host.now()) }
      var snapshot = try reader.read(look)
      self.reader = reader
      let slow = (host.now().uptime - snapshot.time.uptime) * Self.mostOfTheTime
      if slow > look.interval { snapshot.pace = slow }
      last = (snapshot, look)
      return .snapshot(snapshot, look)
    } catch {
      // What is damaged or gone is opened again; that tells what it is.
      if error.code != .busy { reader = nil }
      return .trouble(.failed(error), host.now())
    }
  }

  /// Has the next look read everything, whatever has changed.
  package mutating func forget() {
    last = nil
    reader?.forget()
  }

  /// How long to wait until the next look: longer than the interval where reading would take more
  /// than a fifth of it.
  package func pause(after look: Look) -> Duration {
    max(look.interval, last?.snapshot.pace ?? .zero)
  }

  /// Goes on with an action for a while.
  /// - Returns: what came of it; nil while there is more to do.
  package mutating func advance(_ runner: inout ActionRunner, until deadline: Duration)
    -> ActionResult?
  {
    do throws(StoreError) {
      guard try open() else { return runner.broken(off: "the database is gone") }
      try leaveIfOutdated()
      guard let reader else { return runner.broken(off: "the database is gone") }
      guard runner.file == nil || runner.file == identity else {
        return runner.broken(off: "the database was replaced by another")
      }
      runner.file = identity
      return runner.advance(on: reader.store, until: deadline)
    } catch {
      return runner.broken(off: error.message)
    }
  }

  package mutating func gather(
    _ gathering: Gathering
  ) throws(StoreError) -> (ids: [JobID], isComplete: Bool)? {
    guard try open(), let reader else { return nil }
    return try RowReader(host: host, store: reader.store).gather(gathering)
  }

  /// What a newer version has changed is opened again, which tells that it is newer.
  private mutating func leaveIfOutdated() throws(StoreError) {
    guard let reader, try reader.store.isOutdated() else { return }
    self.reader = nil
    _ = try open()
  }

  /// False while there is no database.
  private mutating func open() throws(StoreError) -> Bool {
    let found = host.identity()
    if reader != nil, found == identity { return true }
    reader = nil
    last = nil
    guard let store = try host.open() else { return false }
    identity = host.identity()
    reader = Reader(host: host, store: store)
    return true
  }

  /// Neither by a commit, nor by the time, nor by a worker that died.
  private func isUnchanged(since snapshot: Snapshot) throws(StoreError) -> Bool {
    guard let reader, !reader.isBehind, try !reader.store.hasChanged() else { return false }
    let now = host.now()
    guard now.uptime - snapshot.time.uptime < Self.longestRest else { return false }
    return snapshot.workers.allSatisfy { worker in
      host.isGone(worker.record, now) == (worker.condition == .lost)
    }
  }
}
