import QueueCore
import QueueTestSupport
import Testing

@Suite struct Histograms {
  @Test(arguments: [
    0, 1, 15, 16, 17, 18, 31, 32, 35, 36, 1000, 1023, 1024, 86_400_000, Int64.max / 2, .max,
  ])
  func `a duration falls into its bucket, which is narrow`(milliseconds: Int64) {
    let duration = Duration.milliseconds(milliseconds)
    let range = Histogram.range(of: Histogram.bucket(of: duration))
    #expect(range.contains(duration))
    let width = (range.upperBound - range.lowerBound) / .milliseconds(1)
    #expect(width <= Double(milliseconds) * Histogram.relativeError * 2)
  }

  @Test func `buckets are contiguous`() {
    for bucket in 0..<300 {
      let next = Histogram.range(of: bucket + 1).lowerBound
      #expect(Histogram.range(of: bucket).upperBound + .milliseconds(1) == next)
      #expect(Histogram.bucket(of: next) == bucket + 1)
    }
  }

  @Test func `a negative duration counts as zero`() {
    #expect(Histogram.bucket(of: .seconds(-5)) == 0)
  }

  @Test func `an empty histogram has no percentiles`() {
    let empty = Histogram()
    #expect(empty.percentile(0.5) == nil)
    #expect(empty.count == 0 && empty.longest == .zero)
  }

  @Test func `durations below a power of two are counted exactly`() {
    var histogram = Histogram()
    for milliseconds in 0..<5000 { histogram.add(.milliseconds(milliseconds)) }
    for power in 0..<13 {
      #expect(histogram.count(below: .milliseconds(1 << power)) == min(5000, 1 << power))
    }
    #expect(abs(histogram.sumInSeconds / 12_497.5 - 1) < Histogram.relativeError)
  }

  @Test func `one duration is all percentiles`() throws {
    var one = Histogram()
    one.add(.milliseconds(7))
    for share in [0, 0.01, 0.5, 0.99, 1] { #expect(one.percentile(share) == .milliseconds(7)) }
  }

  @Test func `a percentile never exceeds the longest duration`() {
    var histogram = Histogram()
    for _ in 1...10 { histogram.add(.milliseconds(1025)) }
    #expect(histogram.percentile(0.99) == .milliseconds(1025))
    #expect(histogram.longest == .milliseconds(1025))
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `percentiles are within the documented error`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<500).map { _ in
      Int64.random(in: 0...(1 << Int64.random(in: 0...40, using: &generator)), using: &generator)
    }
    var histogram = Histogram()
    for value in values { histogram.add(.milliseconds(value)) }
    let sorted = values.sorted()
    for share in [0.01, 0.5, 0.95, 0.99, 1] {
      let rank = max(1, Int((share * Double(sorted.count)).rounded(.up)))
      let exact = Double(sorted[rank - 1])
      let found = try #require(histogram.percentile(share)) / .milliseconds(1)
      #expect(abs(found - exact) <= exact * Histogram.relativeError, "p\(share * 100)")
    }
    #expect(histogram.percentile(1) == .milliseconds(sorted[499]), "the longest is known exactly")
  }

  @Test func `merged histograms equal one histogram of all durations`() {
    var (left, right, all) = (Histogram(), Histogram(), Histogram())
    for value in 1...100 {
      value % 3 == 0 ? left.add(.seconds(value)) : right.add(.seconds(value))
      all.add(.seconds(value))
    }
    left.add(right)
    #expect(left == all)
  }
}
