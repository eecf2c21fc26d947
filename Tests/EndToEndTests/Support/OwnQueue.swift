import Synchronization
import Testing

/// Gives each test its own queue, and fails it if it takes too long or a process outlives it.
struct OwnQueue: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true
  /// Counts from when the test has its seat: the wait for one takes as long as the others need.
  let limit: Duration

  /// The number of tests that run at once. Each starts several processes, and most only wait.
  private static let seats = Seats(4)

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let taken = test.tags.contains(.crowded) ? Self.seats.count : 1
    await Self.seats.take(taken)
    defer { Self.seats.leave(taken) }
    let queue = try TestQueue()
    do {
      try await withoutActuallyEscaping(function) { function in
        try await TestQueue.$scoped.withValue(queue) { try await within(limit, function) }
      }
    } catch {
      try await queue.proveNothingIsLeft(after: test.name)
      throw error
    }
    try await queue.proveNothingIsLeft(after: test.name)
  }
}

extension Trait where Self == OwnQueue {
  /// Gives the test its own queue; fails it after this time, or if a process is left.
  static func ownQueue(limit: Duration) -> OwnQueue { OwnQueue(limit: limit) }
}

extension Tag {
  /// Runs the test alone among the end-to-end tests, because it loads the whole machine.
  @Tag static var crowded: Self
}

/// A semaphore that serves in order of arrival.
final class Seats: Sendable {
  let count: Int
  private let state: Mutex<State>

  private struct State {
    var free: Int
    var waiting: [(seats: Int, go: CheckedContinuation<Void, Never>)] = []
  }

  init(_ count: Int) {
    self.count = count
    state = Mutex(State(free: count))
  }

  func take(_ seats: Int) async {
    await withCheckedContinuation { go in
      let isFree = state.withLock { state in
        guard state.waiting.isEmpty, state.free >= seats else {
          state.waiting.append((seats, go))
          return false
        }
        state.free -= seats
        return true
      }
      if isFree { go.resume() }
    }
  }

  func leave(_ seats: Int) {
    let next = state.withLock { state in
      state.free += seats
      var next: [CheckedContinuation<Void, Never>] = []
      while let first = state.waiting.first, first.seats <= state.free {
        state.free -= first.seats
        next.append(state.waiting.removeFirst().go)
      }
      return next
    }
    next.forEach { $0.resume() }
  }
}
