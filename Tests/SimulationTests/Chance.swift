import QueueTestSupport

/// All that is left to chance in a simulation. The same seed makes the same choices.
struct Chance {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// True this often.
  mutating func happens(_ probability: Double) -> Bool {
    probability > 0 && Double(generator.next() >> 11) < probability * 0x1p53
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(generator.next() % UInt64(range.count))
  }

  mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
    .milliseconds(number(range))
  }

  /// One of them; nil when there is none.
  mutating func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[number(0...elements.count - 1)]
  }

  /// One of them, each as often as its weight says. At least one weight isn't 0.
  mutating func pick<Element>(_ weighted: [(Element, weight: Int)]) -> Element {
    var rest = number(0...weighted.reduce(-1) { $0 + $1.weight })
    for (element, weight) in weighted {
      rest -= weight
      if rest < 0 { return element }
    }
    preconditionFailure("the weights are 0")
  }

  /// A generator that goes its own way from here.
  mutating func fork() -> SeededGenerator { SeededGenerator(seed: generator.next()) }
}
