import Testing

extension Tag {
  /// Drives the built binary from outside.
  @Tag static var endToEnd: Self
}

/// The tests of the built binary. Each has its own queue, and fails if a process it started is
/// left.
///
/// The binary is `QUEUECTL_BINARY`, else the `queuectl` beside the test bundle.
@Suite(.tags(.endToEnd), .ownQueue(limit: .seconds(600)))
enum EndToEnd {}
