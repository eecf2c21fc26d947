import Foundation
import Testing

@testable import QueueTop

/// Screens as text, in `Snapshots`: the characters, and below them a letter for each character's
/// style.
///
/// With `QUEUECTL_REWRITE_SNAPSHOTS=1`, rewrites the files; review them with `git diff`.
enum Pictures {
  /// Compares a frame with its file.
  static func expect(
    _ frame: Frame, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let picture = text(of: frame)
    let path = "\(directory)/\(name).txt"
    if ProcessInfo.processInfo.environment["QUEUECTL_REWRITE_SNAPSHOTS"] == "1" {
      try Data(picture.utf8).write(to: URL(fileURLWithPath: path))
      return
    }
    let data = try #require(
      FileManager.default.contents(atPath: path), "there is no \(path)",
      sourceLocation: sourceLocation)
    let expected = String(decoding: data, as: UTF8.self)
    #expect(
      picture == expected, "\(name) looks otherwise:\n\(picture)\n\nnot as it did:\n\(expected)",
      sourceLocation: sourceLocation)
  }

  /// Compares a state at the five sizes, and at 80x24 in ASCII, with its files.
  static func expectAllSizes(
    of state: MonitorState, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (width, height) in [(120, 40), (80, 24), (60, 15), (40, 8), (10, 2)] {
      var state = state
      _ = state.update(.resized(Size(width: width, height: height)))
      try expect(state.frame(), "\(name)-\(width)x\(height)", sourceLocation: sourceLocation)
    }
    try expect(state.frame(.ascii), "\(name)-80x24-ascii", sourceLocation: sourceLocation)
  }

  private static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Snapshots")
    .path

  private static func text(of frame: Frame) -> String {
    let characters = frame.rows.map { "│\($0.text)│" }
    let styles = frame.rows.map { row in
      let letters = row.spans.map { span in
        String(repeating: letter(span.style), count: TextWidth.of(span.text))
      }
      return "│\(letters.joined())│"
    }
    let cursor = frame.cursor.map { "cursor: row \($0.row), column \($0.column)\n" } ?? ""
    return (characters + [""] + styles).joined(separator: "\n") + "\n" + cursor
  }

  /// Lower case for a colour, upper case if bold, too; `.` plain, `B` bold, `#` reverse.
  private static func letter(_ style: Style) -> String {
    if style.isReversed { return "#" }
    switch style.ink {
    case .plain: return style.isBold ? "B" : "."
    case .faint: return style.isBold ? "F" : "f"
    case .blue: return style.isBold ? "U" : "u"
    case .yellow: return style.isBold ? "Y" : "y"
    case .red: return style.isBold ? "R" : "r"
    }
  }
}

extension MonitorState {
  func frame(_ theme: Theme = .unicode) -> Frame { Renderer(state: self, theme: theme).frame() }

  /// Presses keys in order.
  /// - Returns: the resulting effects.
  mutating func press(_ keys: Key...) -> [Effect] {
    keys.flatMap { update(.input(.key($0))) }
  }

  mutating func type(_ text: String) -> [Effect] {
    text.flatMap { update(.input(.key(.character($0)))) }
  }
}
