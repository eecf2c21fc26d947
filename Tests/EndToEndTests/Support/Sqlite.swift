import Foundation
import Testing

/// The `sqlite3` command, for changes that the binary doesn't offer.
enum Sqlite {
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3")
}

extension TestQueue {
  /// Waits for other writers, as `queuectl` does; by default `sqlite3` fails at once.
  /// - Returns: its output, by line.
  @discardableResult func sqlite(_ path: String, _ statements: String) async throws -> [String] {
    let result = try await shell(
      "exec sqlite3 -cmd '.timeout 60000' \"$FILE\" \"$SQL\"",
      adding: ["FILE": path, "SQL": statements])
    result.expectSuccess()
    return result.lines
  }
}
