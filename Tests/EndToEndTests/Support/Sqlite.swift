import Foundation
import Testing

/// The `sqlite3` command, for what can't be done through the binary.
enum Sqlite {
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3")
}

extension TestQueue {
  /// Waits, as `queuectl` does, while another process writes: left to itself the command fails at
  /// once.
  ///
  /// - Returns: what it printed, by line.
  @discardableResult func sqlite(_ path: String, _ statements: String) async throws -> [String] {
    let result = try await shell(
      "exec sqlite3 -cmd '.timeout 60000' \"$FILE\" \"$SQL\"",
      adding: ["FILE": path, "SQL": statements])
    result.expectSuccess()
    return result.lines
  }
}
