import Glibc
import QueueCore
import QueueHost

/// The thread that owns the store: it reads snapshots at the requested interval, carries out
/// confirmed actions, and reports the results.
///
/// The screen never waits for this thread or the database.
package final class Poller: Sendable {
  /// An order to the thread.
  package enum Order: Equatable, Sendable {
    case request(ViewRequest)
    case refresh
    /// Show that window of a log; nil for none.
    case log(LogRequest?)
    /// Search the visible log; nil stops a search.
    case search(LogSearch?)
    case act(Action)
    /// Stop the action in progress; the next one starts.
    case stopAction
    case gather(BulkSelection)
    case end
  }

  /// Its reports.
  package let messages = Mailbox<PollerMessage>()
  private let orders = Mailbox<Order>()
  private let dependencies: MonitorDependencies

  package init(dependencies: MonitorDependencies) { self.dependencies = dependencies }

  package func tell(_ order: Order) { orders.put(order) }

  /// Starts the thread, which keeps this object alive until ``Order/end``.
  /// - Returns: false if no thread can be created.
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
    var connection: QueueConnection
    var viewer: LogViewer
    var actions: [ActionRunner] = []
    var request = ViewRequest()
    var isStarted = false
    /// The time of the next read.
    var due = Duration.zero
  }

  private func run() {
    var work = Work(
      connection: QueueConnection(dependencies: dependencies),
      viewer: LogViewer(shelf: dependencies.logs))
    while var isUrgent = takeOrders(&work) {
      if let result = advance(&work.actions, &work.connection) {
        tell(.acted(result))
        work.connection.forget()
        isUrgent = true
      }
      read(&work, isUrgent: isUrgent)
      if !work.request.isPaused { tell(work.viewer.follow(at: dependencies.now().uptime)) }
      tell(advance(&work.viewer))
      if work.actions.isEmpty, !work.viewer.isSearching { wait(for: work) }
    }
  }

  /// - Returns: whether to read at once; nil to end the thread.
  private func takeOrders(_ work: inout Work) -> Bool? {
    var isUrgent = false
    for order in orders.takeAll() {
      switch order {
      case .request(let wanted):
        isUrgent = isUrgent || !work.isStarted || wanted.asksForMore(than: work.request)
        (work.request, work.isStarted) = (wanted, true)
      case .refresh:
        work.connection.forget()
        isUrgent = true
      case .log(let wanted): tell(work.viewer.show(wanted))
      case .search(let search): tell(work.viewer.search(search))
      case .act(let action): work.actions.append(ActionRunner(action, dependencies: dependencies))
      case .stopAction: isUrgent = stopAction(&work) || isUrgent
      case .gather(let bulk): gather(bulk, &work.connection)
      case .end: return nil
      }
    }
    return isUrgent
  }

  /// Reads the queue if that is due.
  private func read(_ work: inout Work, isUrgent: Bool) {
    let start = dependencies.now().uptime
    guard work.isStarted, isUrgent || (!work.request.isPaused && start >= work.due) else { return }
    tell(work.connection.read(work.request))
    work.due = start + work.connection.pause(after: work.request)
    work.viewer.doubt()
  }

  /// Waits for an order, the next read, or a change of the visible log.
  private func wait(for work: Work) {
    var (descriptors, times) = ([orders.descriptor], [Duration]())
    if !work.request.isPaused {
      descriptors += [work.viewer.descriptor].compactMap(\.self)
      times = [work.isStarted ? work.due : nil, work.viewer.due].compactMap(\.self)
    }
    Poll.wait(
      for: descriptors, atMost: times.min().map { max(.zero, $0 - dependencies.now().uptime) })
  }

  /// The time for an action between two reads.
  private static let pieceOfAction = Duration.milliseconds(100)

  /// Continues the first action.
  /// - Returns: its result; nil while it continues.
  private func advance(_ actions: inout [ActionRunner], _ connection: inout QueueConnection)
    -> ActionResult?
  {
    guard var action = actions.first else { return nil }
    let result = connection.advance(&action, until: dependencies.now().uptime + Self.pieceOfAction)
    if result == nil {
      actions[0] = action
      if let progress = action.progress { tell(.acting(progress)) }
    } else {
      actions.removeFirst()
    }
    return result
  }

  /// - Returns: whether an action was in progress.
  private func stopAction(_ work: inout Work) -> Bool {
    guard let action = work.actions.first else { return false }
    work.actions.removeFirst()
    tell(.acted(action.stopped()))
    work.connection.forget()
    return true
  }

  /// The time for a search between two checks for orders.
  private static let pieceOfSearch = Duration.milliseconds(50)

  private func advance(_ viewer: inout LogViewer) -> [PollerMessage] {
    guard viewer.isSearching else { return [] }
    let deadline = dependencies.now().uptime + Self.pieceOfSearch
    return viewer.advanceSearch(until: { dependencies.now().uptime >= deadline })
  }

  private func tell(_ messages: [PollerMessage]) {
    for message in messages { tell(message) }
  }

  /// Reports to the drawing thread. While a stalled terminal blocks that thread, only the newest
  /// reports are kept.
  private func tell(_ message: PollerMessage) {
    messages.put(message) { old in
      switch (message, old) {
      case (.snapshot, .snapshot), (.snapshot, .unchanged), (.snapshot, .trouble): true
      case (.unchanged, .unchanged), (.unchanged, .trouble): true
      case (.trouble, .unchanged), (.trouble, .trouble): true
      case (.acting, .acting), (.acted, .acting), (.log, .log): true
      case (.searching, .searching), (.searched, .searching): true
      default: false
      }
    }
  }

  private func gather(_ bulk: BulkSelection, _ connection: inout QueueConnection) {
    do throws(StoreError) {
      if let message = try connection.gather(bulk) { messages.put(message) }
    } catch {
      messages.put(.said(ActionResult(text: error.message, isWarning: true)))
    }
  }
}

extension ViewRequest {
  /// Whether it needs a read before the next regular one.
  fileprivate func asksForMore(than earlier: ViewRequest) -> Bool {
    var same = earlier
    same.interval = interval
    same.isPaused = isPaused
    return same != self || (earlier.isPaused && !isPaused)
  }
}
