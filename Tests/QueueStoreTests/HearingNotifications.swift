import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// Whether notifications of a server arrive, which `doctor` reports.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct HearingNotifications {
  private let lease: TestSchemas.Lease

  init() throws { lease = try #require(TestSchemas.shared).lease() }

  private func finding(listeningAt address: String?) throws -> Finding {
    _ = try lease.open()
    let key = address.map { "&listen=\($0.replacing("%", with: "%25"))" } ?? ""
    let store = try #require(
      try PostgresJobStore.open(try ServerAddress(lease.address.text + key), creating: false))
    return try #require(
      try store.findings(thorough: false).first { $0.subject == "notifications" })
  }

  @Test func `notifications arrive on a connection of one's own`() throws {
    let finding = try finding(listeningAt: nil)
    #expect(finding.verdict == .ok && finding.detail == "arrive")
  }

  /// As behind a pooler, the connection is there, and nothing comes.
  @Test func `FAULT 109: notifications that don't arrive are told, with the remedy`() throws {
    let text = lease.address.uri
    let end = text.firstIndex(of: "?") ?? text.endIndex
    let start = try #require(text[..<end].lastIndex(of: "/"))
    let finding = try finding(listeningAt: text[..<start] + "/template1")
    #expect(finding.verdict == .note && finding.detail.contains("don't arrive"))
    #expect(finding.advice?.contains("listen=ADDRESS") == true)
  }

  @Test func `an address that nothing listens at is told, with the remedy`() throws {
    let finding = try finding(listeningAt: "postgres://u@%2Fnonexistent/d")
    #expect(finding.verdict == .note && finding.detail.contains("can't be reached"))
    #expect(finding.detail.contains("postgres://u@%2Fnonexistent/d"))
    #expect(finding.advice?.contains("listen=ADDRESS") == true)
  }
}
