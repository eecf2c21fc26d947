import Testing

extension Tag {
  /// Drives the built binary from outside.
  @Tag static var endToEnd: Self
}

/// The tests of the built binary: each has a queue of its own, and proves that nothing it started
/// is left.
///
/// The binary is the `queuectl` beside the test bundle, or what `QUEUECTL_BINARY` names.
@Suite(.tags(.endToEnd), .ownQueue, .timeLimit(.minutes(10)))
enum EndToEnd {}
