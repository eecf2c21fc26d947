import NIOCore
import QueueCore
import QueueHost
import QueueWeb

/// The connections' shared state. Used on the event loop only.
final class Hub: @unchecked Sendable {
  private let loop: any EventLoop
  private let store: StoreThread
  private let logs: any LogShelf
  /// Has no token; for requests that need none, and for refusals.
  let gate: Gate
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var isTicking = false
  private var isActing = false
  private var isClosing = false
  private var onEmpty: EventLoopPromise<Void>?
  private var nextPages = NIODeadline.now()
  /// Requests answered, by status code.
  private var requests: [Int: Int] = [:]

  /// The most connections.
  static let mostConnections = 64
  private static let pagesInterval = TimeAmount.seconds(1)
  private static let logsInterval = TimeAmount.milliseconds(250)
  /// A stream that takes no data for this long is closed.
  private static let longestStall = TimeAmount.seconds(30)
  /// Reading takes at most this fraction of the time, as the denominator: 5 is 20 %.
  private static let mostOfTheTime: Int64 = 5

  init(_ loop: any EventLoop, _ store: StoreThread, _ gate: Gate, logs: any LogShelf) {
    self.loop = loop
    self.store = store
    self.gate = gate
    self.logs = logs
  }

  // MARK: Connections

  /// Adds a connection; at the limit, closes an idle one, or else the new one.
  func add(_ connection: Connection) {
    if connections.count >= Self.mostConnections {
      guard let idle = connections.values.first(where: \.isIdle) else {
        connection.channel?.close(promise: nil)
        return
      }
      idle.channel?.close(promise: nil)
    }
    connections[ObjectIdentifier(connection)] = connection
    if isClosing { connection.finish() }
  }

  func remove(_ connection: Connection) {
    if let stream = connection.stream { forget(stream) }
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    if isClosing, connections.isEmpty { onEmpty?.succeed() }
  }

  /// Ends all connections once their responses are sent.
  func close() -> EventLoopFuture<Void> {
    isClosing = true
    let promise = loop.makePromise(of: Void.self)
    onEmpty = promise
    if connections.isEmpty { promise.succeed() }
    for connection in connections.values { connection.finish() }
    return promise.futureResult
  }

  /// Closes the remaining connections.
  func abandon() {
    for connection in connections.values { connection.channel?.close(promise: nil) }
  }

  // MARK: Requests

  func reply(to request: Request, on loop: any EventLoop) -> EventLoopFuture<WebSite.Reply> {
    // The queue may be busy for seconds.
    if let response = WebSite.answerWithoutQueue(request, gate) {
      return loop.makeSucceededFuture(.response(response))
    }
    let hub = self
    let requests = requests
    return store.run(on: loop) { site in
      site.requests = requests
      return (site.reply(to: request), site.isActing)
    }
    .map { reply, isActing in
      if isActing { hub.act() }
      return reply
    }
  }

  /// Counts a response.
  func count(_ status: Int) { requests[status, default: 0] += 1 }

  /// Continues actions in steps; requests are answered in between.
  private func act() {
    guard !isActing else { return }
    isActing = true
    goOn()
  }

  private func goOn() {
    let hub = self
    store.run(on: loop) { site -> Bool in
      site.advance()
      return site.isActing
    }.whenComplete { result in
      guard case .success(true) = result, !hub.isClosing else {
        hub.isActing = false
        return
      }
      hub.goOn()
    }
  }

  func open(_ log: LogSpan, on loop: any EventLoop) -> EventLoopFuture<OpenLog?> {
    let logs = logs
    return store.run(on: loop, blocking: { OpenLog(log, in: logs) })
  }

  func next(of log: OpenLog, on loop: any EventLoop) -> EventLoopFuture<[UInt8]?> {
    store.run(on: loop, blocking: { log.next() })
  }

  // MARK: Streams

  func forget(_ id: StreamID) { _ = store.run(on: loop) { $0.close(id) } }

  /// Updates streams until the last one ends.
  func begin() {
    nextPages = .now()
    guard !isTicking else { return }
    isTicking = true
    tick()
  }

  private func tick() {
    var ready: [StreamID: Connection] = [:]
    let now = NIODeadline.now()
    for connection in connections.values {
      guard let id = connection.stream, let channel = connection.channel else { continue }
      if channel.isWritable {
        ready[id] = connection
      } else if now - connection.lastTaken > Self.longestStall {
        channel.close(promise: nil)
      }
    }
    guard !ready.isEmpty || connections.values.contains(where: { $0.stream != nil }) else {
      isTicking = false
      return
    }
    let readsPages = now >= nextPages
    let ids = Set(ready.keys)
    let hub = self
    let open = NIOLoopBound(ready, eventLoop: loop)
    store.run(on: loop) { site in readsPages ? site.tick(ids) : site.tickLogs(ids) }
      .whenComplete { result in
        if case .success(let events) = result {
          for (id, bytes) in events where !bytes.isEmpty { open.value[id]?.send(bytes) }
        }
        if readsPages {
          let cost = NIODeadline.now() - now
          hub.nextPages = now + max(Self.pagesInterval, cost * Self.mostOfTheTime)
        }
        hub.loop.scheduleTask(in: Self.logsInterval) { hub.tick() }
      }
  }
}
