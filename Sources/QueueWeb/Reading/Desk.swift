package import QueueCore
import QueueHost
package import QueueOperations

/// The queue as pages read it: opened when it exists, and again when its file was replaced.
/// It belongs to one thread, as a store does.
package struct Desk {
  package let host: MonitorDependencies
  private var store: (any JobStore)?
  private var identity: QueueIdentity?
  private var grouped = ThrottledRead<Int, [ErrorGroup]>()
  private var charted = ThrottledRead<Int64, Trends>()
  private var scheduled = ThrottledRead<Int, Int>()
  private var measured = ThrottledRead<Int, Int>(longestRest: .seconds(60))

  package init(host: MonitorDependencies) { self.host = host }

  /// Returns the store.
  /// - Throws: `cannotOpen` while no queue exists.
  package mutating func open() throws(StoreError) -> any JobStore {
    let found = host.identity()
    if let store, found == identity, try !store.isOutdated() { return store }
    store = nil
    grouped.forget()
    charted.forget()
    scheduled.forget()
    measured.forget()
    guard let opened = try host.open() else {
      throw StoreError(.cannotOpen, "there is no queue yet: \"queuectl enqueue\" creates it")
    }
    identity = host.identity()
    store = opened
    return opened
  }

  /// The file that the store was opened from.
  var file: QueueIdentity? { identity }

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
    let (store, host) = (try open(), host)
    if isFresh { grouped.forget() }
    return try grouped.value(for: 0, uptime: { host.now().uptime }) { () throws(StoreError) in
      try ErrorGroup.read(from: store, at: host.now())
    }
  }

  /// The figures of longer times, read when a minute begins, and seldom in between.
  mutating func trends() throws(StoreError) -> Trends {
    let (store, host) = (try open(), host)
    let now = host.now()
    return try charted.value(for: now.wall.minute, uptime: { host.now().uptime }) {
      () throws(StoreError) in
      try store.reading { () throws(StoreError) in try Trends(store, at: now) }
    }
  }

  /// The jobs for a later time, counted up to ``QueueHealth/mostScheduled``. Counting many takes as
  /// long as the rest of the overview.
  mutating func scheduledJobs() throws(StoreError) -> Int {
    let (store, host) = (try open(), host)
    return try scheduled.value(for: 0, uptime: { host.now().uptime }) { () throws(StoreError) in
      try store.scheduledJobs(in: nil, atMost: QueueHealth.mostScheduled, at: host.now())
    }
  }

  /// All jobs for a later time, for the metrics. With millions of them, the number is up to a
  /// minute old: counting 5 million takes 0.9 s, and each scrape would wait for it.
  mutating func measuredScheduledJobs() throws(StoreError) -> Int {
    let (store, host) = (try open(), host)
    return try measured.value(for: 0, uptime: { host.now().uptime }) { () throws(StoreError) in
      try store.scheduledJobs(in: nil, atMost: .max, at: host.now())
    }
  }
}
