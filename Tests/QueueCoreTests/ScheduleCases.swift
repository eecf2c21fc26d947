import Foundation
import QueueCore
import QueueTestSupport
import Testing

/// The cases of `Fixtures/schedule-cases.jsonl`: an expression, a zone and the next three times, or
/// a refusal. They were compared with Debian's cron, cronsim, croniter and systemd.
@Suite struct ScheduleCases {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let expr: String
    let zone: String
    let after: String
    let anchor: String?
    let next: [String]
    let refused: Bool?
    let note: String

    var testDescription: String { "\(expr), \(zone), \(after): \(note)" }
  }

  static let all: [Case] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/schedule-cases.jsonl")
    let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
    return lines.compactMap { try? JSONDecoder().decode(Case.self, from: Data($0.utf8)) }
  }()

  @Test func `there are 84 cases, of which 19 are refused`() {
    #expect(Self.all.count == 84)
    #expect(Self.all.count { $0.refused == true } == 19)
  }

  @Test(arguments: all.filter { $0.refused != true })
  func `the next three times are right`(example: Case) throws {
    let recurrence = try recurrence(example)
    var time = try #require(TimeText.example.parse(example.after))
    for expected in example.next {
      time = try #require(recurrence.next(after: time))
      #expect(time.iso8601 == TimeText.example.parse(expected)?.iso8601)
    }
  }

  @Test(arguments: all.filter { $0.refused == true })
  func `an invalid expression is refused`(example: Case) {
    #expect(throws: InvalidJob.self) { try CronExpression(example.expr) }
  }

  private func recurrence(_ example: Case) throws -> Recurrence {
    let zone = try ZoneRules.fixture(example.zone)
    guard let anchor = example.anchor else {
      return Recurrence(.cron(try CronExpression(example.expr), in: zone))
    }
    let length = try #require(Duration(text: String(example.expr.dropFirst("every ".count))))
    let start = try #require(TimeText.example.parse(anchor))
    return Timing.every(try Interval(length)).recurrence(in: zone, anchor: start)
  }
}
