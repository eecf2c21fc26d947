package import QueueCore

/// What costs much to read, and so isn't read again with every change of the queue: only so often
/// that it takes a small part of the time.
package struct ThrottledRead<Key: Equatable, Value> {
  private var last: (key: Key, value: Value, begun: Duration, over: Duration)?
  /// Whether what was given last may be older than the queue.
  package private(set) var isBehind = false

  /// Reading takes at most one part in so many of the time.
  package static var mostOfTheTime: Int { 50 }
  /// However much it costs, it is read again after this long.
  package static var longestRest: Duration { .seconds(5) }

  package init() {}

  /// Has the next value read, whatever that costs.
  package mutating func forget() {
    last = nil
    isBehind = false
  }

  /// What was read for that key a moment ago, or what is read now.
  /// - Parameter uptime: looks at the clock.
  package mutating func value(
    for key: Key, uptime: () -> Duration, read: () throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let begun = uptime()
    if let last, last.key == key {
      let rest = min((last.over - last.begun) * Self.mostOfTheTime, Self.longestRest)
      if begun - last.over < rest {
        isBehind = true
        return last.value
      }
    }
    let value = try read()
    last = (key, value, begun, uptime())
    isBehind = false
    return value
  }
}
