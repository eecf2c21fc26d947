/// A change that the server recognizes when it is sent again, because its answer was lost.
final class Request {
  /// Unique among those of the queue's workers.
  let number: Int64
  /// Whether it was sent before without an answer.
  var isAgain = false

  init(_ number: Int64) { self.number = number }
}

/// Numbers requests from a random start, so that no two connections share one.
struct RequestNumbers {
  private var last = Int64.random(in: 0...(Int64.max >> 1))

  mutating func next() -> Request {
    last += 1
    return Request(last)
  }
}
