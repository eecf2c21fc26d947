package import QueueCore

extension Job {
  /// The attempts so far, with the running one, and the most that are allowed: `1/4`.
  package var attemptText: String {
    "\(attempts + (state == .processing ? 1 : 0))/\(maxRetries + 1)"
  }
}
