import Glibc
import QueueCore
import QueueHost

/// The thread that owns the store: it looks as often as it is told, does what was confirmed, and
/// hands over what it read.
///
/// The screen never waits for it, nor for the database.
package final class Poller: Sendable {
  /// What it is told.
  package enum Order: Equatable, Sendable {
    case look(Look)
    case refresh
    /// Show that window of a log; nil for none.
    case log(LogLook?)
    /// Search the visible log; nil stops a search.
    case search(LogSearch?)
    case act(Action)
    case gather(Gathering)
    case end
  }

  /// What it has to say.
  package let reports = Mailbox<Report>()
  private let orders = Mailbox<Order>()
  private let host: MonitorHost

  package init(host: MonitorHost) { self.host = host }

  package func tell(_ order: Order) { orders.put(order) }

  /// Starts the thread. It keeps itself alive until it is told to end.
  /// - Returns: false when the machine has no room for it.
  package func start() -> Bool {
    var thread = pthread_t()
    let poller = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Poller>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, poller.toOpaque())
    guard code == 0 else {
      poller.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  // MARK: On its own thread

  /// The state of the thread.
  private struct Work {
    var source: Source
    var viewer: LogViewer
    var actions: [ActionRunner] = []
    var look = Look()
    var isStarted = false
    /// The time of the next look.
    var due = Duration.zero
  }

  private func run() {
    var work = Work(source: Source(host: host), viewer: LogViewer(shelf: host.logs))
    while var isUrgent = takeOrders(&work) {
      if let result = advance(&work.actions, &work.source) {
        tell(.acted(result))
        work.source.forget()
        isUrgent = true
      }
      look(&work, isUrgent: isUrgent)
      if !work.look.isPaused { tell(work.viewer.follow(at: host.now().uptime)) }
      tell(advance(&work.viewer))
      if work.actions.isEmpty, !work.viewer.isSearching { wait(for: work) }
    }
  }

  /// - Returns: whether a look can't wait; nil if the thread is to end.
  private func takeOrders(_ work: inout Work) -> Bool? {
    var isUrgent = false
    for order in orders.takeAll() {
      switch order {
      case .look(let wanted):
        isUrgent = isUrgent || !work.isStarted || wanted.asksForMore(than: work.look)
        (work.look, work.isStarted) = (wanted, true)
      case .refresh:
        work.source.forget()
        isUrgent = true
      case .log(let wanted): tell(work.viewer.show(wanted))
      case .search(let search): tell(work.viewer.search(search))
      case .act(let action): work.actions.append(ActionRunner(action, host: host))
      case .gather(let gathering): gather(gathering, &work.source)
      case .end: return nil
      }
    }
    return isUrgent
  }

  /// Looks at the queue if it is time to.
  private func look(_ work: inout Work, isUrgent: Bool) {
    let start = host.now().uptime
    guard work.isStarted, isUrgent || (!work.look.isPaused && start >= work.due) else { return }
    tell(work.source.look(work.look))
    work.due = start + work.source.pause(after: work.look)
    work.viewer.doubt()
  }

  /// Waits for an order, the next look, or a change of the visible log.
  private func wait(for work: Work) {
    var (descriptors, times) = ([orders.descriptor], [Duration]())
    if !work.look.isPaused {
      descriptors += [work.viewer.descriptor].compactMap(\.self)
      times = [work.isStarted ? work.due : nil, work.viewer.due].compactMap(\.self)
    }
    Poll.wait(for: descriptors, atMost: times.min().map { max(.zero, $0 - host.now().uptime) })
  }

  /// How long an action goes on until there is a look again.
  private static let pieceOfAction = Duration.milliseconds(100)

  /// Goes on with the first action.
  /// - Returns: what came of it, if it is done.
  private func advance(_ actions: inout [ActionRunner], _ source: inout Source) -> ActionResult? {
    guard var action = actions.first else { return nil }
    let result = source.advance(&action, until: host.now().uptime + Self.pieceOfAction)
    if result == nil {
      actions[0] = action
      tell(.acting(action.progress))
    } else {
      actions.removeFirst()
    }
    return result
  }

  /// The length of a slice of a search, between two looks at the orders.
  private static let pieceOfSearch = Duration.milliseconds(50)

  private func advance(_ viewer: inout LogViewer) -> [Report] {
    guard viewer.isSearching else { return [] }
    let deadline = host.now().uptime + Self.pieceOfSearch
    return viewer.advanceSearch(until: { host.now().uptime >= deadline })
  }

  private func tell(_ reports: [Report]) {
    for report in reports { tell(report) }
  }

  /// The drawing thread may be held up by a terminal that takes nothing; then only the newest of
  /// what was read is kept for it.
  private func tell(_ report: Report) {
    reports.put(report) { old in
      switch (report, old) {
      case (.snapshot, .snapshot), (.snapshot, .unchanged), (.snapshot, .trouble): true
      case (.unchanged, .unchanged), (.unchanged, .trouble): true
      case (.trouble, .unchanged), (.trouble, .trouble): true
      case (.acting, .acting), (.acted, .acting), (.log, .log): true
      case (.searching, .searching), (.searched, .searching): true
      default: false
      }
    }
  }

  private func gather(_ gathering: Gathering, _ source: inout Source) {
    do throws(StoreError) {
      guard let (ids, isComplete) = try source.gather(gathering) else { return }
      reports.put(.gathered(gathering, ids, isComplete: isComplete))
    } catch {
      reports.put(.said(ActionResult(text: error.message, isWarning: true)))
    }
  }
}

extension Look {
  /// Whether it can't wait for the next look.
  fileprivate func asksForMore(than earlier: Look) -> Bool {
    var same = earlier
    same.interval = interval
    same.isPaused = isPaused
    return same != self || (earlier.isPaused && !isPaused)
  }
}
