import Glibc
public import QueueCore

/// Receives the notifications of a queue on a server, on a separate connection that it restores
/// when it is lost. It belongs to one thread.
public final class ServerListener {
  /// A received notification, or a change of the connection.
  public enum Event: Equatable, Sendable {
    /// A job may be ready.
    case work
    /// Orders to workers may be pending.
    case orders
    /// The output of an active run is wanted elsewhere.
    case output
    /// Notifications don't arrive, as behind a pooler in transaction mode.
    case deaf
    /// Notifications arrive again; some may have been lost.
    case restored
  }

  private let address: ServerAddress
  private let channel: String
  private let library: Library
  private let send: (String) -> Void
  private var link: Link?
  private var pause = ListenerPause()
  /// The number sent to test this listener, and its deadline in uptime.
  private var echo: (number: String, dueBy: Duration)?
  private var nextEcho = Duration.zero
  private(set) var isDeaf = false

  private static let longestEcho = Duration.seconds(1)
  private static let echoPeriod = Duration.seconds(60)
  private static let patience = Duration.seconds(2)

  /// Connects with the first ``listen(at:)``.
  /// - Parameter store: sends test numbers on its own connection, because behind a pooler the
  ///   listener's connection might receive only its own notifications.
  /// - Throws: `cannotOpen` if libpq is missing.
  public init(_ address: ServerAddress, through store: PostgresJobStore) throws(StoreError) {
    self.address = address.forListening
    send = { [unowned store] in store.notify($0) }
    channel = PostgresJobStore.channel(of: address.schema)
    library = try Library.load()
  }

  /// Polls readable when something was heard, or the connection was lost; nil without one.
  public var descriptor: Int32? { link?.socket }

  /// When to call ``listen(at:)`` at the latest, in uptime.
  public var deadline: Duration { link == nil ? pause.until : echo?.dueBy ?? nextEcho }

  /// The time until a test notification is overdue; nil without one.
  func untilEcho(at uptime: Duration) -> Duration? { echo.map { max(.zero, $0.dueBy - uptime) } }

  /// Returns the events since the last call; connects if needed, at growing intervals.
  public func listen(at uptime: Duration) -> [Event] {
    do throws(Link.Failure) {
      if let link { return try hear(link, at: uptime) }
      guard uptime >= pause.until else { return [] }
      let link = try Link(to: address, library: library, by: .now + Self.patience)
      _ = try link.exchange(
        "LISTEN \(quotedName(channel))", Parameters(), within: Self.patience)
      self.link = link
      pause = ListenerPause()
      nextEcho = uptime
      return [.restored] + (try hear(link, at: uptime))
    } catch {
      link = nil
      echo = nil
      pause.lengthen(from: uptime)
      return []
    }
  }

  private func hear(_ link: Link, at uptime: Duration) throws(Link.Failure) -> [Event] {
    var events: [Event] = []
    for payload in try link.notifications() {
      switch payload {
      case "work": if !events.contains(.work) { events.append(.work) }
      case "orders": if !events.contains(.orders) { events.append(.orders) }
      case "output": if !events.contains(.output) { events.append(.output) }
      case echo?.number:
        echo = nil
        if isDeaf { events.append(.restored) }
        isDeaf = false
      default: break
      }
    }
    if let echo, uptime >= echo.dueBy {
      self.echo = nil
      if !isDeaf { events.append(.deaf) }
      isDeaf = true
    }
    if echo == nil, uptime >= nextEcho {
      let number = "echo \(getpid()) \(uptime.nanoseconds)"
      echo = (number, uptime + Self.longestEcho)
      nextEcho = uptime + Self.echoPeriod
      send(number)
    }
    return events
  }
}

/// When a lost connection is made again: after 0.1 s at first, and 5 s at last.
private struct ListenerPause {
  private(set) var until = Duration.zero
  private var length = Duration.milliseconds(100)

  mutating func lengthen(from uptime: Duration) {
    until = uptime + length
    length = min(length * 2, .seconds(5))
  }
}
