import Foundation
import Synchronization
import Testing

/// Reads and rewrites documents of this checkout.
enum DocumentText {
  private static let writing = Mutex(())

  static func lines(of document: String) throws -> [String] {
    String(decoding: try FileContents.read(path(of: document)), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines outside code blocks.
  static func prose(of document: String) throws -> [String] {
    var isCode = false
    return try lines(of: document).filter { line in
      if line.hasPrefix("```") { isCode.toggle() }
      return !isCode && line != "```"
    }
  }

  /// The environment variables that Sources names.
  static func variablesInSources() throws -> Set<String> {
    let root = URL(fileURLWithPath: path(of: "Sources"))
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var named: Set<String> = []
    for case let file as URL in try #require(files) where file.pathExtension == "swift" {
      let text = String(decoding: try FileContents.read(file.path), as: UTF8.self)
      named.formUnion(text.matches(of: /QUEUECTL_[A-Z_]+/).map { String($0.0) })
    }
    try #require(named.contains("QUEUECTL_DB"))
    return named
  }

  /// Replaces lines, which must occur exactly once.
  static func replace(_ old: [String], by new: [String], in document: String) throws {
    try writing.withLock { _ in
      let text = "\n" + (try lines(of: document)).joined(separator: "\n")
      let parts = text.components(separatedBy: "\n\(old.joined(separator: "\n"))\n")
      try #require(parts.count == 2, "\(document) doesn't have these lines once: \(old)")
      let written = parts.joined(separator: "\n\(new.joined(separator: "\n"))\n")
      try FileContents.write(String(written.dropFirst()), to: path(of: document))
    }
  }

  /// - Parameter document: a path relative to the checkout.
  static func path(of document: String) -> String {
    let file = URL(fileURLWithPath: #filePath)
    return (0..<4).reduce(file) { url, _ in url.deletingLastPathComponent() }
      .appendingPathComponent(document).path
  }
}
