import QueueCore
import QueueHost
import QueueStorePostgres

/// Fetches the parts that a copy of an ended run's log lacks, from the host that has the log.
struct MissingParts {
  private struct Request {
    let offset: Int
    /// In uptime, as all times here.
    let givesUp: Duration
    var renewal = Duration.zero
  }

  private var requests: [RunID: Request] = [:]
  /// When to ask again for runs whose host doesn't answer.
  private var refused: [RunID: Duration] = [:]
  /// Where output was discarded, and up to where.
  private var discarded: [RunID: [Int: Int]] = [:]

  /// The most output in a part.
  static let partSize = 64 << 10
  /// The most parts asked for at a time, which bounds the rows on the server.
  static let mostAsked = 16

  private static let patience = Duration.seconds(5)
  /// A notification may be lost.
  private static let renewalPeriod = Duration.seconds(1)
  /// Parts stay on the server for this long after they were asked for.
  private static let wantedTime = Duration.seconds(30)

  /// Moves the parts that have arrived into the copy, or requests them.
  mutating func fetch(
    _ gap: Range<Int>, of run: RunID, into copy: LogCopy, through store: PostgresJobStore,
    at now: Moment
  ) throws -> LogFetch {
    if let end = discarded[run]?[gap.lowerBound] {
      return .discarded(upTo: min(end, gap.upperBound))
    }
    if let again = refused[run], now.uptime < again { return .unavailable }
    let offsets = stride(from: gap.lowerBound, to: gap.upperBound, by: Self.partSize)
      .prefix(Self.mostAsked)
    let window = gap.clamped(to: 0..<gap.lowerBound + Self.partSize * Self.mostAsked)
    let sent = try store.sentParts(of: run, in: window)
    guard let first = sent.first, first.offset == gap.lowerBound else {
      return try ask(for: Array(offsets), of: run, through: store, at: now)
    }
    requests[run] = nil
    var end = gap.lowerBound
    var parts: [(offset: Int, bytes: [UInt8])] = []
    for part in sent where part.offset == end && !part.bytes.isEmpty {
      parts.append((end, part.bytes))
      end += part.bytes.count
    }
    try copy.write(parts, size: nil)
    try store.forgetParts(of: run, in: gap.lowerBound..<max(end, gap.lowerBound + 1))
    guard parts.isEmpty else { return .arrived }
    guard first.next > gap.lowerBound else { return refuse(run, at: now) }
    discarded[run, default: [:]][gap.lowerBound] = first.next
    return .discarded(upTo: min(first.next, gap.upperBound))
  }

  private mutating func ask(
    for offsets: [Int], of run: RunID, through store: PostgresJobStore, at now: Moment
  ) throws -> LogFetch {
    guard let offset = offsets.first else { return .unavailable }
    var request =
      requests[run].flatMap { $0.offset == offset ? $0 : nil }
      ?? Request(offset: offset, givesUp: now.uptime + Self.patience)
    guard now.uptime < request.givesUp else { return refuse(run, at: now) }
    if now.uptime >= request.renewal {
      guard try store.askForParts(of: run, at: offsets, for: Self.wantedTime, at: now) else {
        return refuse(run, at: now)
      }
      store.notifyOfWantedOutput()
      request.renewal = now.uptime + Self.renewalPeriod
    }
    requests[run] = request
    return .pending
  }

  private mutating func refuse(_ run: RunID, at now: Moment) -> LogFetch {
    requests[run] = nil
    refused[run] = now.uptime + Self.patience
    return .unavailable
  }
}
