package import QueueCore
import QueueHost

/// A search in a log: its text, start and direction.
package struct LogSearch: Equatable, Sendable {
  package var run: RunID
  package var pattern: LogPattern
  /// The search starts after this place, or before it if it goes backwards.
  package var origin: LogPlace
  package var isForward: Bool

  package init(run: RunID, pattern: LogPattern, origin: LogPlace, isForward: Bool) {
    self.run = run
    self.pattern = pattern
    self.origin = origin
    self.isForward = isForward
  }

  /// The result of a search.
  package struct Match: Equatable, Sendable {
    package var place: LogPlace
    /// Whether the search continued at the other end of the log.
    package var hasWrapped: Bool

    package init(_ place: LogPlace, hasWrapped: Bool) {
      self.place = place
      self.hasWrapped = hasWrapped
    }
  }
}

/// Runs a search in slices.
struct LogSearcher {
  enum Outcome: Equatable {
    case found(LogSearch.Match)
    case nowhere
  }

  let search: LogSearch
  private let log: LogReader
  private var scanner: LogScanner
  /// The lines that start in this range are being searched.
  private var stretch: Range<Int>
  private var hasWrapped = false
  /// The last match in the stretch of a backward search.
  private var last: LogPlace?
  private var bytesDone = 0
  private var linesDone = 0

  /// The size of a stretch of a backward search.
  private static let stretchSize = 1 << 18
  /// The number of lines searched between two readings of the clock.
  private static let linesAtOnce = 64

  init(_ search: LogSearch, in log: LogReader) throws(LogFailure) {
    self.search = search
    self.log = log
    let origin = search.origin.line
    scanner = try LogScanner(log, at: origin)
    let start = scanner.position
    stretch = search.isForward ? start..<Int.max : start..<max(start, origin) + 1
  }

  /// The searched share of the log.
  var percent: Int {
    let done = bytesDone + scanner.position - stretch.lowerBound
    return LogText.percent(done, of: log.size)
  }

  /// Continues until the search ends or `isTimeUp` returns true.
  /// - Returns: nil if the search hasn't ended.
  mutating func advance(until isTimeUp: () -> Bool) throws(LogFailure) -> Outcome? {
    repeat {
      while stretch.contains(scanner.position), let line = try scanner.next() {
        if let place = place(in: line) {
          guard !search.isForward else { return .found(.init(place, hasWrapped: hasWrapped)) }
          last = place
        }
        linesDone += 1
        if linesDone % Self.linesAtOnce == 0, isTimeUp() { return nil }
      }
      if let last { return .found(.init(last, hasWrapped: hasWrapped)) }
    } while try goOn()
    return .nowhere
  }

  /// Returns a line's first match after the origin; backwards, its last one before the origin.
  private func place(in line: RawLine) -> LogPlace? {
    guard !line.isGap, search.pattern.mayBe(in: line.content) else { return nil }
    let places = search.pattern.ranges(in: line.shown.text).map {
      LogPlace(line: line.bytes.lowerBound, scalar: $0.lowerBound)
    }
    if search.isForward { return places.first { hasWrapped || $0 > search.origin } }
    return places.last { hasWrapped || $0 < search.origin }
  }

  /// Moves to the next stretch.
  /// - Returns: false if the whole log has been searched.
  private mutating func goOn() throws(LogFailure) -> Bool {
    bytesDone += min(scanner.position, log.size) - stretch.lowerBound
    let origin = search.origin.line
    if search.isForward {
      guard !hasWrapped else { return false }
      (hasWrapped, stretch) = (true, 0..<origin + 1)
    } else if stretch.lowerBound > (hasWrapped ? origin : 0) {
      stretch = 0..<stretch.lowerBound
    } else {
      guard !hasWrapped else { return false }
      (hasWrapped, stretch) = (true, 0..<max(log.size, origin + 1))
    }
    let start = search.isForward ? 0 : max(0, stretch.upperBound - Self.stretchSize)
    scanner = try LogScanner(log, at: start)
    stretch = scanner.position..<max(scanner.position, stretch.upperBound)
    return true
  }
}
