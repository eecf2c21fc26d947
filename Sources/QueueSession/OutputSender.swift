import QueueCore
import QueueHost
import QueueStorePostgres

/// Sends output of this host's runs to the server on request: that of active ones while it is
/// followed elsewhere, and the parts of ended ones' logs that the server doesn't keep.
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
  private static let pieceSize = MissingParts.partSize

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
      for (run, size) in wanted {
        if let size { try sendParts(of: run, size) } else { try send(run) }
      }
      let active = Set(wanted.filter { $0.size == nil }.map(\.run))
      sent = sent.filter { active.contains($0.key) }
      self.deadline = wanted.isEmpty ? nil : now.uptime + Self.period
      if wanted.isEmpty { try store.forgetSentOutputs(at: now) }
    } catch {
      self.deadline = now.uptime + .seconds(1)
    }
  }

  /// Answers the requests for parts of an ended run's log.
  /// - Parameter size: when the run ended; a log of another size is that of another run.
  private func sendParts(of run: RunID, _ size: Int) throws(StoreError) {
    let offsets = try store.askedParts(of: run, atMost: MissingParts.mostAsked)
    guard !offsets.isEmpty else { return }
    let log = (try? LogReader(of: run, in: directory)).flatMap { $0.size == size ? $0 : nil }
    let gaps = log?.gaps ?? []
    try store.send(
      offsets.map { offset in
        if let gap = gaps.first(where: { $0.contains(offset) }) {
          return PostgresJobStore.LogPart(offset: offset, bytes: [], next: gap.upperBound)
        }
        let next = gaps.first { $0.lowerBound > offset }?.lowerBound ?? size
        let end = max(offset, min(next, offset + Self.pieceSize))
        let bytes = (try? log?.read(offset..<end)) ?? []
        return PostgresJobStore.LogPart(offset: offset, bytes: bytes, next: offset + bytes.count)
      }, of: run)
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
