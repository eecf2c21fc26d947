import Foundation

/// `queuectl top` on a terminal, with a typing user.
final class TopScreen: Sendable {
  let terminal: Terminal
  let process: ChildProcess
  private let columns: UInt16

  init(
    _ queue: TestQueue, _ arguments: String..., columns: UInt16 = 80,
    adding: [String: String?] = [:]
  ) throws {
    self.columns = columns
    terminal = try Terminal(columns: columns)
    process = try queue.start(
      program: Binary.path, ["queuectl", "top"] + arguments,
      adding: ["TERM": "xterm-256color"].merging(adding) { _, given in given },
      streams: .terminal(terminal.path))
    terminal.show()
  }

  /// All output so far.
  var sent: String { terminal.screen.text }

  /// Waits until the screen shows the text.
  func shows(_ text: String) async throws {
    try await offPool { [self] in
      let isShown = terminal.screen.waitUntil(atMost: Patience.usual) { sent in
        Self.painted(sent, columns).contains(text)
      }
      guard isShown else {
        throw Surprise("the screen never showed \"\(text)\":\n\(Self.painted(sent, columns))")
      }
    }
  }

  /// Types, and waits until the screen shows the text.
  func type(_ keys: String, thenShows text: String) async throws {
    terminal.type(keys)
    try await shows(text)
  }

  private static func painted(_ sent: String, _ columns: UInt16) -> String {
    var screen = PaintedScreen(columns: Int(columns), rows: 24)
    screen.take(sent)
    return screen.text
  }

  /// Presses q.
  /// - Returns: the exit status.
  func quit() async throws -> Int {
    terminal.type("q")
    return try await end()
  }

  /// Waits for its end, and for the rest of its output.
  func end() async throws -> Int {
    let status = try await process.exit()
    try await offPool { [self] in _ = terminal.screen.waitForEnd(atMost: Patience.usual) }
    return status
  }
}
