import Foundation
import Synchronization

/// A pseudo terminal on which a test reads and types; for a command it is interactive.
final class Terminal: Sendable {
  /// The output, with line ends `\r\n`.
  let screen = Transcript()
  /// The device that a command opens.
  let path: String
  private let keyboard: Descriptor
  /// A descriptor of the device while it is stopped, because closing the last one would resume it.
  private let held = Mutex<Descriptor?>(nil)

  // Source: asm-generic/ioctls.h; Swift doesn't import macros that use sizeof.
  private static let unlock: UInt = 0x4004_5431  // TIOCSPTLCK
  private static let getNumber: UInt = 0x8004_5430  // TIOCGPTN

  init(columns: UInt16 = 80) throws {
    keyboard = try Descriptor.open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var locked: Int32 = 0
    var number: Int32 = 0
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(keyboard.number, Self.unlock, &locked) == 0,
      ioctl(keyboard.number, Self.getNumber, &number) == 0,
      ioctl(keyboard.number, UInt(TIOCSWINSZ), &size) == 0
    else { throw Surprise("can't set up a terminal: \(String(cString: strerror(errno)))") }
    path = "/dev/pts/\(number)"
    // Otherwise ^C discards unread output, which tests need.
    var modes = termios()
    tcgetattr(keyboard.number, &modes)
    modes.c_lflag |= tcflag_t(NOFLSH)
    tcsetattr(keyboard.number, TCSANOW, &modes)
  }

  /// Reads output until the last process that has the terminal open ends.
  func show() { screen.follow(keyboard) }

  /// Waits until `text` has been printed.
  func shows(_ text: String) async throws {
    try await offPool { [self] in
      guard screen.waitFor(text, atMost: Patience.usual) else {
        throw Surprise("the screen never showed \"\(text)\": \(screen.text)")
      }
    }
  }

  /// Stops output, as ^S does.
  func stop() throws { try flow(TCOOFF) }

  /// Resumes output, as ^Q does.
  func goOn() throws { try flow(TCOON) }

  private func flow(_ action: Int32) throws {
    let device = try Descriptor.open(path, O_RDWR | O_NOCTTY)
    guard tcflow(device.number, action) == 0 else {
      throw Surprise("can't stop a terminal: \(String(cString: strerror(errno)))")
    }
    // The output ends when the last one is closed.
    held.withLock { $0 = action == TCOOFF ? device : nil }
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(keyboard.number, bytes, bytes.count)
  }

  /// Resizes it; the foreground processes get a signal.
  func resize(columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(keyboard.number, UInt(TIOCSWINSZ), &size)
  }

  /// Hangs up, like a dropped connection, after more output.
  func hangUp() throws {
    let nothing = try Descriptor.open("/dev/null", O_RDONLY)
    dup2(nothing.number, keyboard.number)
  }

  /// Whether it echoes and is in canonical mode, as a shell expects.
  var isAsAShellWantsIt: Bool {
    var modes = termios()
    guard tcgetattr(keyboard.number, &modes) == 0 else { return false }
    let wanted = tcflag_t(ICANON | ECHO)
    return modes.c_lflag & wanted == wanted
  }
}

extension TestQueue {
  /// Starts `queuectl` on a terminal, as session leader.
  func start(
    _ arguments: String..., on terminal: Terminal, adding: [String: String?] = [:]
  ) throws -> ChildProcess {
    let child = try start(
      program: Binary.path, ["queuectl"] + arguments,
      adding: ["TERM": "xterm"].merging(adding) { _, given in given },
      streams: .terminal(terminal.path))
    terminal.show()
    return child
  }

  /// The output of `queuectl` on a terminal of that width.
  func screen(_ arguments: String...) async throws -> String { try await screen(arguments) }

  /// The output of `queuectl` on a terminal of that width.
  func screen(
    _ arguments: [String], columns: UInt16 = 80, adding: [String: String?] = [:]
  ) async throws -> String {
    let terminal = try Terminal(columns: columns)
    let child = try start(
      program: Binary.path, ["queuectl"] + arguments,
      adding: ["TERM": "xterm"].merging(adding) { _, given in given },
      streams: .terminal(terminal.path))
    terminal.show()
    let status = try await child.exit()
    try await offPool { _ = terminal.screen.waitForEnd(atMost: Patience.usual) }
    guard status == 0 else {
      throw Surprise("\(arguments) ended with \(status): \(terminal.screen.text)")
    }
    return terminal.screen.text.replacingOccurrences(of: "\r\n", with: "\n")
  }
}
