import Foundation
import QueueCore
import Testing

@testable import QueueTop

extension EndToEnd {
  /// Tables of the documents, compared with the code.
  @Suite struct DocumentTables {
    let queue = TestQueue.current

    @Test func `the guide's table of settings matches the code`() throws {
      let rows = Setting.all.map { setting in
        "| `\(setting.key)` | \(setting.defaultText) | \(setting.range) | \(setting.help) |"
      }
      let head = ["| key | default | range | meaning |", "|---|---|---|---|"]
      try DocumentTable.expect(head + rows, in: "docs/guide.md")
    }

    @Test func `the guide's table of fields matches the fields of a new job`() throws {
      let fields = try words(after: "| field | type | meaning |").map { JobField(rawValue: $0) }
      #expect(Set(fields) == Set(JobField.allCases.filter(\.canBeGiven)))
    }

    @Test func `the guide's table of flags matches enqueue`() async throws {
      let help = try await queue.succeed("enqueue", "--help")
      let options = help.components(separatedBy: "\nOPTIONS:\n").last ?? ""
      let flags = options.matches(of: #/(?m)^ +(--[a-z-]+)/#).map { String($0.1) }
      let documented = try words(after: "| flag | what it does |")
      #expect(documented.filter { !flags.contains($0) } == [])
      let everywhere = ["--db", "--version"]
      #expect(Set(flags).subtracting(documented) == Set(everywhere))
    }

    @Test func `the guide's tables of variables match the sources`() throws {
      let named = try DocumentText.variablesInSources()
      let documented =
        try words(after: "| variable | what it holds |")
        + words(after: "| variable | what it does |")
      #expect(Set(documented.filter { $0.hasPrefix("QUEUECTL_") }) == named)
    }

    @Test func `every command is in the README's table of commands`() async throws {
      let help = try await queue.succeed("--help")
      let commands = help.subcommandsInHelp
      let documented = try words(after: "| command | what it does |", in: "README.md")
      try #require(commands.count > 20, "\(help)")
      #expect(Set(commands).subtracting(documented) == [])
    }

    @Test(arguments: [
      ("keys in the lists", Binding.lists), ("keys on a job's page", Binding.detail),
      ("keys on a job's description", Binding.description),
      ("keys among error groups", Binding.groups), ("keys among queues", Binding.queues),
      ("keys among workers", Binding.workers), ("keys among schedules", Binding.schedules),
      ("keys among a schedule's times", Binding.occurrences),
    ])
    func `the guide's tables of keys match the screen`(
      title: String, bindings: [Binding]
    ) throws {
      var table = ["| \(title) | what they do |", "|---|---|"]
      for row in HelpRow.all(of: bindings) {
        if row.keys.isEmpty {
          let last = table.removeLast().dropLast(2)
          table.append("\(last) \(row.text.drop { $0 == " " }) |")
        } else {
          let keys = row.keys.split(separator: " ").map { "`\($0)`" }.joined(separator: " ")
          table.append("| \(keys) | \(row.text) |")
        }
      }
      try DocumentTable.expect(table, in: "docs/guide.md")
    }

    /// The first word of each code span in the first column.
    private func words(after head: String, in document: String = "docs/guide.md") throws -> [String]
    {
      let rows = try DocumentTable.rows(below: head, in: document)
      return rows.flatMap { row in
        let cell = row.split(separator: "|").first ?? ""
        return cell.matches(of: /`([^`]+)`/).compactMap { match in
          match.1.split(separator: " ").first.map(String.init)
        }
      }
    }
  }
}

enum DocumentTable {
  /// Compares a table with the document's table that has the same first line. With
  /// `QUEUECTL_REWRITE_SNAPSHOTS=1`, rewrites that one.
  static func expect(_ table: [String], in document: String) throws {
    let found = try [table[0], table[1]] + rows(below: table[0], in: document)
    guard found != table else { return }
    if ProcessInfo.processInfo.environment["QUEUECTL_REWRITE_SNAPSHOTS"] == "1" {
      try DocumentText.replace(found, by: table, in: document)
    } else {
      #expect(found == table, "\(document) has another table than the code")
    }
  }

  /// The rows of the table whose first line is `head`, without its two header lines.
  static func rows(below head: String, in document: String) throws -> [String] {
    let lines = try DocumentText.lines(of: document)
    let start = try #require(lines.firstIndex(of: head), "\(document) has no table \(head)")
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { $0 }
  }
}
