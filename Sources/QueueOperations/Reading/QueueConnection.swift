package import QueueCore
import QueueHost

/// The monitor's store: opened once the database exists, and reopened when its file is replaced.
package struct QueueConnection {
  private let dependencies: MonitorDependencies
  private var reader: SnapshotReader?
  private var identity: QueueIdentity?
  private var last: (snapshot: Snapshot, request: ViewRequest)?

  package init(dependencies: MonitorDependencies) { self.dependencies = dependencies }

  /// The maximum age of a snapshot, because some figures change with time alone.
  private static let longestRest = Duration.seconds(5)
  /// Reading takes at most this fraction of the time, as the denominator: 5 is 20 %.
  private static let mostOfTheTime = 5

  /// Reads the requested view, unless neither it nor the queue has changed.
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
      // Reopen a damaged or missing database: the error of opening it names the cause.
      if error.code != .busy { reader = nil }
      return .trouble(.failed(error), dependencies.now())
    }
  }

  /// Makes the next read a full one.
  package mutating func forget() {
    last = nil
    reader?.forget()
  }

  /// Returns the time until the next read: the interval, or longer if reading would take over a
  /// fifth of it.
  package func pause(after request: ViewRequest) -> Duration {
    max(request.interval, last?.snapshot.pace ?? .zero)
  }

  /// Continues an action until `deadline`.
  /// - Returns: its result; nil while it continues.
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

  /// Finds the jobs of a bulk action.
  /// - Returns: the message for the screen; nil if there is no database.
  package mutating func gather(_ bulk: BulkSelection) throws(StoreError) -> PollerMessage? {
    guard try open(), let reader else { return nil }
    let rows = RowReader(dependencies: dependencies, store: reader.store)
    switch bulk.purpose {
    case .retry, .discard:
      let (ids, isComplete) = try rows.gather(bulk)
      return .gathered(bulk, ids, isComplete: isComplete)
    case .mark:
      let (jobs, isComplete) = try rows.jobs(bulk)
      return .found(bulk, jobs, isComplete: isComplete)
    }
  }

  /// Reopens a database that another version has migrated; opening it then throws the error.
  private mutating func leaveIfOutdated() throws(StoreError) {
    guard let reader, try reader.store.isOutdated() else { return }
    self.reader = nil
    _ = try open()
  }

  /// Opens the database if necessary; returns false if it is missing.
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

  /// Whether a snapshot still holds: no commit, not too old, no worker died or came back.
  private func isUnchanged(since snapshot: Snapshot) throws(StoreError) -> Bool {
    guard let reader, !reader.isBehind, try !reader.store.hasChanged() else { return false }
    let now = dependencies.now()
    guard now.uptime - snapshot.time.uptime < Self.longestRest else { return false }
    return snapshot.workers.allSatisfy { worker in
      dependencies.isGone(worker.record, now) == (worker.condition == .lost)
    }
  }
}
