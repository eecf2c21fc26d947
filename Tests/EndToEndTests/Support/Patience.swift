import Foundation

/// The longest wait for an event that should come at once. Long, because the machine may be busy;
/// it never delays a passing test.
enum Patience {
  static let usual = Duration.seconds(60)
  /// Shorter than the default lease of 30 seconds, so an event within it isn't due to an expired
  /// lease.
  static let withinLease = Duration.seconds(20)
}

/// An event that didn't come in time, or a wrong one, and what came instead.
struct Surprise: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Cancels what isn't done in time, and throws a ``Surprise`` once it has ended.
func within(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Void
) async throws {
  try await withThrowingTaskGroup { group in
    defer { group.cancelAll() }
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      throw Surprise("it isn't done after \(limit)")
    }
    try await group.next()
  }
}

/// Runs blocking code on its own thread, because the test threads are few.
func offPool<Result: Sendable>(
  _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(with: Swift.Result(catching: body))
    }
  }
}
