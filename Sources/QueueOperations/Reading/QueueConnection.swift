package import QueueCore
import QueueHost

/// The store as the monitor reads it: opened when it is there, opened again when its file was
/// replaced.
package struct QueueConnection {
  private let dependencies: MonitorDependencies
  private var reader: SnapshotReader?
  private var identity: FileIdentity?
  private var last: (snapshot: Snapshot, request: ViewRequest)?

  package init(dependencies: MonitorDependencies) { self.dependencies = dependencies }

  /// Even without a change, what depends on the time is read again after this long.
  private static let longestRest = Duration.seconds(5)
  /// Reading takes at most one part in so many of the time.
  private static let mostOfTheTime = 5

  /// Reads what is asked for, unless nothing has changed since the last time.
  package mutating func read(_ request: ViewRequest) -> PollerMessage {
    do throws(StoreError) {
      guard try open() else {
        last = nil
        return .trouble(.missing, dependencies.now())
      }
      if let last, last.request == request, try isUnchanged(since: last.snapshot) {
        return .unchanged(dependencies.now())
      }
      try leaveIfOutdated()
      guard var reader else { return .trouble(.missing, dependencies.now()) }
      var snapshot = try reader.read(request)
      self.reader = reader
      let slow = (dependencies.now().uptime - snapshot.time.uptime) * Self.mostOfTheTime
      if slow > request.interval { snapshot.pace = slow }
      last = (snapshot, request)
      return .snapshot(snapshot, request)
    } catch {
      // What is damaged or gone is opened again; that tells what it is.
      if error.code != .busy { reader = nil }
      return .trouble(.failed(error), dependencies.now())
    }
  }

  /// Has the next look read everything, whatever has changed.
  package mutating func forget() {
    last = nil
    reader?.forget()
  }

  /// How long to wait until the next look: longer than the interval where reading would take more
  /// than a fifth of it.
  package func pause(after request: ViewRequest) -> Duration {
    max(request.interval, last?.snapshot.pace ?? .zero)
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

  /// Looks up the jobs of a bulk action.
  /// - Returns: the message for the screen; nil while there is no database.
  package mutating func gather(_ bulk: BulkSelection) throws(StoreError) -> PollerMessage? {
    guard try open(), let reader else { return nil }
    let rows = RowReader(dependencies: dependencies, store: reader.store)
    switch bulk.purpose {
    case .retry, .discard:
      let (ids, isComplete) = try rows.gather(bulk)
      return .gathered(bulk, ids, isComplete: isComplete)
    case .tag:
      let (jobs, isComplete) = try rows.jobs(bulk)
      return .found(bulk, jobs, isComplete: isComplete)
    }
  }

  /// What a newer version has changed is opened again, which tells that it is newer.
  private mutating func leaveIfOutdated() throws(StoreError) {
    guard let reader, try reader.store.isOutdated() else { return }
    self.reader = nil
    _ = try open()
  }

  /// False while there is no database.
  private mutating func open() throws(StoreError) -> Bool {
    let found = dependencies.identity()
    if reader != nil, found == identity { return true }
    reader = nil
    last = nil
    guard let store = try dependencies.open() else { return false }
    identity = dependencies.identity()
    reader = SnapshotReader(dependencies: dependencies, store: store)
    return true
  }

  /// Neither by a commit, nor by the time, nor by a worker that died.
  private func isUnchanged(since snapshot: Snapshot) throws(StoreError) -> Bool {
    guard let reader, !reader.isBehind, try !reader.store.hasChanged() else { return false }
    let now = dependencies.now()
    guard now.uptime - snapshot.time.uptime < Self.longestRest else { return false }
    return snapshot.workers.allSatisfy { worker in
      dependencies.isGone(worker.record, now) == (worker.condition == .lost)
    }
  }
}
