import Synchronization
import Testing

/// Gives each test a queue of its own, and fails it when a process that it started outlives it.
struct OwnQueue: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  /// How many tests run at once: each starts several processes, and most measure or wait.
  private static let seats = Seats(4)

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let taken = test.tags.contains(.crowded) ? Self.seats.count : 1
    await Self.seats.take(taken)
    defer { Self.seats.leave(taken) }
    let queue = try TestQueue()
    do {
      try await TestQueue.$scoped.withValue(queue) { try await function() }
    } catch {
      try await queue.proveNothingIsLeft(after: test.name)
      throw error
    }
    try await queue.proveNothingIsLeft(after: test.name)
  }
}

extension Trait where Self == OwnQueue {
  /// A queue of the test's own; nothing may be left of what it started.
  static var ownQueue: OwnQueue { OwnQueue() }
}

extension Tag {
  /// Loads the whole machine, so no other end-to-end test runs beside it.
  @Tag static var crowded: Self
}

/// A number of seats, given in the order in which they were asked for.
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
