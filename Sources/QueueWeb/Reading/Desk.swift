package import QueueCore
import QueueHost
package import QueueOperations

/// The queue as pages read it: opened when it exists, and again when its file was replaced.
/// It belongs to one thread, as a store does.
package struct Desk {
  package let host: MonitorDependencies
  private var store: (any JobStore)?
  private var identity: FileIdentity?
  private var grouped: (groups: [ErrorGroup], until: Duration)?

  package init(host: MonitorDependencies) { self.host = host }

  /// Returns the store.
  /// - Throws: `cannotOpen` while there is no queue.
  package mutating func open() throws(StoreError) -> any JobStore {
    let found = host.identity()
    if let store, found == identity, try !store.isOutdated() { return store }
    (store, grouped) = (nil, nil)
    guard let opened = try host.open() else {
      throw StoreError(.cannotOpen, "there is no queue yet: \"queuectl enqueue\" creates it")
    }
    identity = host.identity()
    store = opened
    return opened
  }

  /// The file that the store was opened from.
  var file: FileIdentity? { identity }

  /// Reads at one moment, so that all figures of a page agree.
  package mutating func read<Result>(
    _ body: (any JobStore, Moment) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do throws(StoreError) {
      let store = try open()
      return try store.reading { () throws(StoreError) in try body(store, host.now()) }
    } catch {
      // Reopening a damaged or missing file reports the reason.
      if error.code != .busy, error.code != .notFound, error.code != .tooMany { store = nil }
      throw error
    }
  }

  /// The groups of dead jobs. They cost too much to be read for each page.
  mutating func groups(isFresh: Bool = false) throws(StoreError) -> [ErrorGroup] {
    let begun = host.now().uptime
    if !isFresh, let grouped, begun < grouped.until { return grouped.groups }
    let store = try open()
    let groups = try ErrorGroup.read(from: store, at: host.now())
    let over = host.now().uptime
    grouped = (groups, over + min((over - begun) * Self.mostOfTheTime, Self.longestRest))
    return groups
  }

  /// Grouping takes at most one part in so many of the time.
  private static let mostOfTheTime = 50
  /// However much it costs, jobs are grouped again after this long.
  private static let longestRest = Duration.seconds(5)
}
