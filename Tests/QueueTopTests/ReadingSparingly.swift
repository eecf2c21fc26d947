import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// Expensive values are read less often than cheap ones.
@Suite struct `Reading sparingly` {
  private let clock = ManualClock()

  /// Returns the number of reads so far; each advances the clock by `cost`.
  private func read(
    _ reading: inout ThrottledRead<String, Int>, _ key: String = "a", cost: Duration,
    _ count: inout Int
  ) throws -> Int {
    let clock = clock
    return try reading.value(for: key, uptime: { clock.now().uptime }) { () throws(StoreError) in
      clock.advance(by: cost)
      count += 1
      return count
    }
  }

  @Test func `a value that costs no time is read each time`() throws {
    var reading = ThrottledRead<String, Int>()
    var count = 0
    for expected in 1...3 {
      #expect(try read(&reading, cost: .zero, &count) == expected)
      #expect(!reading.isBehind)
    }
  }

  @Test func `an expensive value is kept for fifty times the duration of its read`() throws {
    var reading = ThrottledRead<String, Int>()
    var count = 0
    #expect(try read(&reading, cost: .milliseconds(20), &count) == 1)
    clock.advance(by: .milliseconds(999))
    #expect(try read(&reading, cost: .milliseconds(20), &count) == 1)
    #expect(reading.isBehind)
    clock.advance(by: .milliseconds(1))
    #expect(try read(&reading, cost: .milliseconds(20), &count) == 2)
    #expect(!reading.isBehind)
  }

  @Test func `no value is kept for more than five seconds`() throws {
    var reading = ThrottledRead<String, Int>()
    var count = 0
    #expect(try read(&reading, cost: .seconds(4), &count) == 1)
    clock.advance(by: .seconds(5))
    #expect(try read(&reading, cost: .zero, &count) == 2)
  }

  @Test func `a reader may allow a greater age`() throws {
    var reading = ThrottledRead<String, Int>(longestRest: .seconds(60))
    var count = 0
    #expect(try read(&reading, cost: .seconds(1), &count) == 1)
    clock.advance(by: .milliseconds(49_999))
    #expect(try read(&reading, cost: .seconds(2), &count) == 1)
    clock.advance(by: .milliseconds(1))
    #expect(try read(&reading, cost: .seconds(2), &count) == 2)
    clock.advance(by: .seconds(60))
    #expect(try read(&reading, cost: .zero, &count) == 3)
  }

  @Test func `after an action, or for another request, a value is read at once`() throws {
    var reading = ThrottledRead<String, Int>()
    var count = 0
    #expect(try read(&reading, cost: .seconds(1), &count) == 1)
    #expect(try read(&reading, "b", cost: .seconds(1), &count) == 2)
    #expect(try read(&reading, "b", cost: .seconds(1), &count) == 2)
    reading.forget()
    #expect(!reading.isBehind)
    #expect(try read(&reading, "b", cost: .seconds(1), &count) == 3)
  }

  @Test func `the rows of a request don't depend on its job page`() {
    var request = ViewRequest()
    request.sort.key = .command
    request.filter = FilterText("x")
    var other = request
    other.detail = JobID(trusted: "a")
    other.interval = .seconds(9)
    other.isPaused = true
    other.wantsGroups = true
    #expect(request.rowsAlone == other.rowsAlone)
    for change: (inout ViewRequest) -> Void in [
      { $0.tab = .dead }, { $0.filter = FilterText("y") }, { $0.sort.key = .job },
      { $0.sort.isReversed.toggle() }, { $0.limit += 1 }, { $0.searchTime += .seconds(1) },
    ] {
      other = request
      change(&other)
      #expect(request.rowsAlone != other.rowsAlone)
    }
  }
}
