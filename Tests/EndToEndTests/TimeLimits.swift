import Testing

/// The time limit of the tests of the built binary.
@Suite struct `The time limit of tests` {
  @Test func `what takes longer fails, and is cancelled`() async {
    await #expect(throws: Surprise.self) {
      try await within(.milliseconds(10)) { try await Task.sleep(for: .seconds(3600)) }
    }
  }

  @Test func `what ends in time keeps its error`() async {
    struct Own: Error {}
    await #expect(throws: Own.self) { try await within(.seconds(3600)) { throw Own() } }
    await #expect(throws: Never.self) { try await within(.seconds(3600)) {} }
  }
}
