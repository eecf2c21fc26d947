import Glibc
import QueueCore
import QueueHost

/// Reads the visible window of a log, follows writes to it and searches it.
///
/// Belongs to the poller's thread. Without a visible log it watches and reads nothing.
struct LogViewer {
  private let shelf: any LogShelf
  /// Watches a file; nil where inotify is used up.
  private let watch: (String) -> FileWatch?
  private var request: LogRequest?
  private var log: OpenLog?
  private var searcher: LogSearcher?
  /// The latest report.
  private var reported: LogText?
  /// Whether the log may have changed since the latest read.
  private var isDoubtful = false
  /// The earliest time of a read because of a change.
  private var next = Duration.zero

  /// The pause between reads of a log with constant writes.
  private static let shortestPause = Duration.milliseconds(50)
  /// The pause between reads where the kernel reports no changes.
  private static let blindPause = Duration.milliseconds(200)

  init(shelf: any LogShelf, watch: @escaping (String) -> FileWatch? = OpenLog.watch) {
    self.shelf = shelf
    self.watch = watch
  }

  // MARK: Orders

  /// Switches to another window or log; nil for none.
  mutating func show(_ wanted: LogRequest?) -> [PollerMessage] {
    if wanted?.run != request?.run { (log, searcher) = (nil, nil) }
    (request, reported) = (wanted, nil)
    return read()
  }

  /// Starts a search in the visible log; nil stops it.
  mutating func search(_ search: LogSearch?) -> [PollerMessage] {
    searcher = nil
    guard let search, search.run == request?.run, let log else {
      return search.map { [.searched($0, nil)] } ?? []
    }
    do throws(LogFailure) {
      searcher = try LogSearcher(search, in: log.reader)
      return []
    } catch {
      return end(search, error)
    }
  }

  /// Requests another read, because the log may have been removed or replaced.
  mutating func doubt() { isDoubtful = request != nil }

  // MARK: Waiting

  var isSearching: Bool { searcher != nil }

  /// Polls readable when the log has changed; nil if a read is already due.
  var descriptor: Int32? { isDoubtful ? nil : log?.watch?.descriptor }

  /// The time of the next read without a wake-up; nil for none.
  var due: Duration? { isDoubtful || (request != nil && isBlind) ? next : nil }

  /// Whether the kernel reports no changes of the visible log.
  private var isBlind: Bool {
    log?.watch == nil || request.map { shelf.isElsewhere($0.run) } ?? false
  }

  // MARK: Reading

  /// Reads the log if it has changed.
  mutating func follow(at now: Duration) -> [PollerMessage] {
    guard request != nil else { return [] }
    if isBlind || log?.watch?.hasHeard() ?? true { isDoubtful = true }
    guard isDoubtful, now >= next else { return [] }
    let messages = read()
    next = now + (isBlind ? Self.blindPause : Self.shortestPause)
    return messages
  }

  /// Continues the search until it ends or `isTimeUp` returns true.
  mutating func advanceSearch(until isTimeUp: () -> Bool) -> [PollerMessage] {
    guard let search = searcher?.search else { return [] }
    do throws(LogFailure) {
      guard let outcome = try searcher?.advance(until: isTimeUp) else {
        return [.searching(search, percent: searcher?.percent ?? 0)]
      }
      searcher = nil
      guard case .found(let match) = outcome else { return [.searched(search, nil)] }
      // The window comes first, so that the screen can show the match at once.
      request?.place = .at(match.place.line)
      return read() + [.searched(search, match)]
    } catch {
      return end(search, error)
    }
  }

  /// Ends a search with the error that stopped it.
  private mutating func end(_ search: LogSearch, _ failure: LogFailure) -> [PollerMessage] {
    searcher = nil
    return [.searched(search, nil), .said(ActionResult(text: "\(failure)", isWarning: true))]
  }

  private mutating func read() -> [PollerMessage] {
    isDoubtful = false
    guard let request else { return [] }
    let text = read(request)
    guard text != reported else { return [] }
    reported = text
    return [.log(text)]
  }

  private mutating func read(_ request: LogRequest) -> LogText {
    let path = shelf.log(of: request.run)
    if log.map({ $0.isReplaced(at: path) }) ?? true {
      do throws(LogFailure) {
        log = try OpenLog(path, watch: watch)
      } catch {
        log = nil
        return error.code == ENOENT ? LogText(missing: request) : LogText(request, failure: error)
      }
    }
    guard var log else { return LogText(missing: request) }
    var text = LogText(request, of: log.reader, &log.numbers)
    if log.isRemoved(from: path) { text.condition = .removed }
    self.log = log
    // Of a copy, only the holes that are looked at are filled.
    for line in text.lines where line.isNote && hasFilled(line.bytes, of: request.run) {
      isDoubtful = true
    }
    return text
  }

  private func hasFilled(_ gap: Range<Int>, of run: RunID) -> Bool {
    var gap = gap
    while !gap.isEmpty {
      switch shelf.fetch(gap, of: run) {
      case .arrived: return true
      case .discarded(let end): gap = end..<gap.upperBound
      case .pending, .unavailable: return false
      }
    }
    return false
  }
}

/// The visible log's open file.
struct OpenLog {
  let reader: LogReader
  /// Reports writes; nil where inotify is used up.
  let watch: FileWatch?
  var numbers = LineNumbers()
  private let identity: FileIdentity?

  init(_ path: String, watch: (String) -> FileWatch?) throws(LogFailure) {
    // Watch before the first read: a write in between must wake us.
    self.watch = watch(path)
    identity = FileIdentity(path)
    reader = try LogReader(path: path)
  }

  static func watch(_ path: String) -> FileWatch? {
    guard let watch = try? FileWatch() else { return nil }
    let events = Int(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
    return (try? watch.add(path, events)) == nil ? nil : watch
  }

  /// Whether the path leads to another file.
  func isReplaced(at path: String) -> Bool {
    if case .found(let found, _) = FileIdentity.look(at: path) { found != identity } else { false }
  }

  func isRemoved(from path: String) -> Bool {
    if case .missing = FileIdentity.look(at: path) { true } else { false }
  }
}
