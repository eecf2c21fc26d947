package import QueueCore

/// Caches a value that is expensive to read, so that reading it takes a small share of the time.
package struct ThrottledRead<Key: Equatable, Value> {
  private var last: (key: Key, value: Value, begun: Duration, over: Duration)?
  /// Whether the latest value may be outdated.
  package private(set) var isBehind = false

  /// Reading takes at most this fraction of the time, as the denominator: 50 is 2 %.
  package static var mostOfTheTime: Int { 50 }
  /// The maximum age of a cached value, whatever its cost.
  package static var longestRest: Duration { .seconds(5) }
  private let longestRest: Duration

  package init(longestRest: Duration = Self.longestRest) { self.longestRest = longestRest }

  /// Drops the cached value.
  package mutating func forget() {
    last = nil
    isBehind = false
  }

  /// Returns the cached value of that key, or reads it.
  /// - Parameter uptime: returns the current uptime.
  package mutating func value(
    for key: Key, uptime: () -> Duration, read: () throws(StoreError) -> Value
  ) throws(StoreError) -> Value {
    let begun = uptime()
    if let last, last.key == key {
      let rest = min((last.over - last.begun) * Self.mostOfTheTime, longestRest)
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
