import QueueCore
import QueueHost
import QueueStorePostgres

/// Sends the output of this host's active runs to the server while it is followed elsewhere.
struct OutputSender {
  private let store: PostgresJobStore
  private let directory: QueueDirectory
  /// How far each run's output has been sent.
  private var sent: [RunID: Int] = [:]
  /// When to look next, in uptime; nil until a notification comes.
  private(set) var deadline: Duration?

  /// Followers see a line this much later.
  private static let period = Duration.milliseconds(250)
  /// The most output of a run sent at a time; the excess of a faster run is skipped.
  private static let pieceSize = 64 << 10

  init(_ store: PostgresJobStore, _ directory: QueueDirectory) {
    self.store = store
    self.directory = directory
  }

  mutating func lookSoon() { deadline = .zero }

  /// Sends the output written since the last call, if it is due.
  mutating func work(at now: Moment) {
    guard let deadline, now.uptime >= deadline, let site = directory.site else { return }
    let usual = store.busyTimeout
    store.busyTimeout = .whileRunning
    defer { store.busyTimeout = usual }
    do throws(StoreError) {
      let wanted = try store.wantedOutputs(of: site, at: now)
      for run in wanted { try send(run) }
      sent = sent.filter { wanted.contains($0.key) }
      self.deadline = wanted.isEmpty ? nil : now.uptime + Self.period
      if wanted.isEmpty { try store.forgetSentOutputs(at: now) }
    } catch {
      self.deadline = now.uptime + .seconds(1)
    }
  }

  private mutating func send(_ run: RunID) throws(StoreError) {
    guard let log = try? LogReader(of: run, in: directory) else { return }
    let size = log.size
    guard let place = sent[run] else {
      guard let output = RunOutput(of: log, atMost: Self.pieceSize) else { return }
      try store.sendOutput(
        of: run, [(0, output.head), (output.size - output.tail.count, output.tail)])
      sent[run] = output.size
      return
    }
    guard size > place else { return }
    let start = max(place, size - Self.pieceSize)
    guard let bytes = try? log.read(start..<size) else { return }
    try store.sendOutput(of: run, [(start, bytes)])
    sent[run] = start + bytes.count
  }
}
