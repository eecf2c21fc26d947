import Foundation
import Synchronization
import Testing

/// The text of a document of this checkout.
enum DocumentText {
  private static let writing = Mutex(())

  static func lines(of document: String) throws -> [String] {
    String(decoding: try FileContents.read(path(of: document)), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines that aren't in a block of code.
  static func prose(of document: String) throws -> [String] {
    var isCode = false
    return try lines(of: document).filter { line in
      if line.hasPrefix("```") { isCode.toggle() }
      return !isCode && line != "```"
    }
  }

  /// Puts lines in the place of others, which must be there once.
  static func replace(_ old: [String], by new: [String], in document: String) throws {
    try writing.withLock { _ in
      let text = "\n" + (try lines(of: document)).joined(separator: "\n")
      let parts = text.components(separatedBy: "\n\(old.joined(separator: "\n"))\n")
      try #require(parts.count == 2, "\(document) doesn't have these lines once: \(old)")
      let written = parts.joined(separator: "\n\(new.joined(separator: "\n"))\n")
      try FileContents.write(String(written.dropFirst()), to: path(of: document))
    }
  }

  /// - Parameter document: a path from the root of the checkout.
  static func path(of document: String) -> String {
    let file = URL(fileURLWithPath: #filePath)
    return (0..<4).reduce(file) { url, _ in url.deletingLastPathComponent() }
      .appendingPathComponent(document).path
  }
}
