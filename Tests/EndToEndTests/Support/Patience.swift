import Foundation

/// How long a test waits for something that should come at once: long, as the machine may be busy.
/// It is a net, never a pause.
enum Patience {
  static let usual = Duration.seconds(60)
  /// What comes within it was not noticed by the end of a lease, which is of 30 seconds unless it
  /// is set.
  static let withinLease = Duration.seconds(20)
}

/// Something that didn't come in time, or came wrong, and what was seen instead.
struct Surprise: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Runs what blocks on a thread of its own: the tests' threads are few.
func offPool<Result: Sendable>(
  _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(with: Swift.Result(catching: body))
    }
  }
}
