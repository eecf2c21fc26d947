/// A log-scaled histogram of durations: constant size, percentiles within ``relativeError``.
/// Buckets are 1 ms wide below 16 ms; above, each doubling is split into 8.
public struct Histogram: Equatable, Sendable {
  /// The largest relative error of a percentile.
  public static let relativeError = 1.0 / 16

  /// Number of durations by bucket.
  public private(set) var counts: [Int: Int] = [:]
  /// Number of durations.
  public private(set) var count = 0
  /// The longest duration, exact; zero when empty.
  public private(set) var longest = Duration.zero

  /// Creates an empty histogram.
  public init() {}

  /// Returns the bucket of a duration; negative ones count as zero.
  public static func bucket(of duration: Duration) -> Int {
    let value = max(0, duration.milliseconds)
    guard value >= exact else { return Int(value) }
    let exponent = Int64.bitWidth - 1 - value.leadingZeroBitCount
    let step = Int(value >> (exponent - stepBits)) - steps
    return Int(exact) + (exponent - exactBits) * steps + step
  }

  /// Returns the shortest and longest duration of a bucket.
  public static func range(of bucket: Int) -> ClosedRange<Duration> {
    guard bucket >= exact else { return .milliseconds(bucket)...(.milliseconds(bucket)) }
    let (doublings, step) = (bucket - Int(exact)).quotientAndRemainder(dividingBy: steps)
    let exponent = doublings + exactBits
    let width = Int64(1) << (exponent - stepBits)
    let lowest = Int64(steps + step) * width
    return .milliseconds(lowest)...(.milliseconds(lowest + (width - 1)))
  }

  private static let last = bucket(of: .milliseconds(Int64.max))
  private static let exactBits = 4
  private static let exact = Int64(1) << exactBits
  private static let stepBits = 3
  private static let steps = 1 << stepBits

  /// Adds a duration.
  public mutating func add(_ duration: Duration) {
    add(1, in: Self.bucket(of: duration), longest: duration)
  }

  /// Adds `number` durations of one bucket, of which the longest is known.
  public mutating func add(_ number: Int, in bucket: Int, longest: Duration) {
    // A bucket stored by another program may be out of range.
    let bucket = min(max(bucket, 0), Self.last)
    counts[bucket, default: 0] += number
    count += number
    self.longest = max(self.longest, longest)
  }

  /// Adds the durations of another histogram.
  public mutating func add(_ other: Histogram) {
    counts.merge(other.counts, uniquingKeysWith: +)
    count += other.count
    longest = max(longest, other.longest)
  }

  /// Returns the duration at a share of 0 to 1, such as 0.5 for the median; nil when empty.
  public func percentile(_ share: Double) -> Duration? {
    precondition((0...1).contains(share), "a share is from 0 to 1")
    guard count > 0 else { return nil }
    let rank = max(1, Int((share * Double(count)).rounded(.up)))
    guard rank < count else { return longest }
    var seen = 0
    for bucket in counts.keys.sorted() {
      seen += counts[bucket] ?? 0
      guard seen >= rank else { continue }
      return min(longest, Self.middle(of: bucket))
    }
    return longest
  }

  /// Returns how many durations are shorter; exact for a power of two milliseconds.
  public func count(below limit: Duration) -> Int {
    let end = Self.bucket(of: limit)
    return counts.reduce(0) { $0 + ($1.key < end ? $1.value : 0) }
  }

  /// The sum of the durations in seconds, within ``relativeError``. Counts that grow never lower
  /// it.
  public var sumInSeconds: Double {
    // In order, so that equal histograms have equal sums.
    counts.sorted { $0.key < $1.key }.reduce(0) { sum, bucket in
      sum + Self.middle(of: bucket.key).inSeconds * Double(bucket.value)
    }
  }

  private static func middle(of bucket: Int) -> Duration {
    let range = range(of: bucket)
    return range.lowerBound + (range.upperBound - range.lowerBound) / 2
  }
}
