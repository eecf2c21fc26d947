import CCurses
import Glibc

/// The terminal. The only file that knows curses; one thread uses it.
final class Screen {
  /// The reason why the terminal can't be used.
  enum Refusal: Error, Equatable {
    case unknownTerminal
    case unusableTerminal
  }

  private var numbers: [Style: Int32] = [:]

  /// Switches the terminal to full-screen mode.
  /// - Parameter terminal: its name in the terminal database.
  init(terminal: String, wantsColor: Bool) throws(Refusal) {
    TextWidth.useLocale()
    Self.awaitForeground()
    switch curses_start(terminal, wantsColor) {
    case CURSES_STARTED: break
    case CURSES_UNKNOWN_TERMINAL: throw .unknownTerminal
    default: throw .unusableTerminal
    }
    use(.dark)
    if wantsColor, Self.answersQuestions(terminal) { send("\u{1B}]11;?\u{7}") }
  }

  /// Whether to query its background colour. The reply is an input, see ``KeyDecoder``.
  private static func answersQuestions(_ terminal: String) -> Bool {
    ["xterm", "tmux", "rxvt", "foot", "alacritty"].contains { terminal.hasPrefix($0) }
  }

  /// Uses colours for that background from the next frame on.
  func use(_ background: Background) {
    defineStyles(on: background, colors: Int(curses_colors()))
    drawAnew()
  }

  /// Restores the terminal; also from the background, where SIGTTOU would stop the process instead
  /// of letting it exit.
  func close() {
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGTTOU)
    pthread_sigmask(SIG_BLOCK, &mask, nil)
    curses_stop()
  }

  /// Stops this process as ^Z does, until it is continued.
  func suspend() {
    curses_pause()
    Self.stop(by: SIGTSTP)
    Self.awaitForeground()
    // When exiting, leave the terminal to its new foreground process.
    if curses_ending() == 0 { curses_resume() }
  }

  /// Stops with SIGTTIN until the process is in the foreground, as the shell expects of a
  /// background program that needs the terminal. Ending signals take effect meanwhile.
  private static func awaitForeground() {
    // Without a shell to continue it, the process isn't stopped.
    for _ in 1...100 {
      let foreground = tcgetpgrp(STDIN_FILENO)
      guard foreground > 0, foreground != getpgrp(), curses_ending() == 0 else { return }
      stop(by: SIGTTOU)
    }
  }

  private static func stop(by signal: Int32) {
    var mask = sigset_t()
    var before = sigset_t()
    sigemptyset(&mask)
    for wanted in [signal, SIGTERM, SIGHUP, SIGINT] { sigaddset(&mask, wanted) }
    // Replaces the handler of curses for ^Z, which takes the terminal back even from the
    // background.
    let handler = Glibc.signal(signal, SIG_DFL)
    pthread_sigmask(SIG_UNBLOCK, &mask, &before)
    kill(getpid(), signal)
    Glibc.signal(signal, handler)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// Runs another program on the terminal, then returns to the screen.
  func lend(to body: () -> Void) {
    curses_pause()
    body()
    curses_resume()
  }

  /// Switches back to full-screen mode.
  func resume() { curses_resume() }

  /// The present size.
  func size() -> Size {
    var rows: Int32 = 0
    var columns: Int32 = 0
    curses_fit(&rows, &columns)
    return Size(width: Int(columns), height: Int(rows))
  }

  func draw(_ frame: Frame) {
    curses_erase()
    for (index, row) in frame.rows.enumerated() {
      var column = 0
      for span in row.spans {
        var text = span.text
        text.withUTF8 { bytes in
          bytes.withMemoryRebound(to: CChar.self) { characters in
            curses_put(
              Int32(index), Int32(column), characters.baseAddress, Int32(characters.count),
              numbers[span.style] ?? 0)
          }
        }
        column += TextWidth.of(span.text)
      }
    }
    curses_show(Int32(frame.cursor?.row ?? -1), Int32(frame.cursor?.column ?? 0))
  }

  /// Makes the next frame redraw the whole screen.
  func drawAnew() { curses_draw_anew() }

  func send(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { curses_send($0.baseAddress, Int32($0.count)) }
    }
  }

  func useMouse(_ wanted: Bool) { curses_use_mouse(wanted) }

  /// The key sequences of this terminal, from the terminal database.
  func keySequences() -> [[UInt8]: Key] {
    let names: [(String, Key)] = [
      ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home),
      ("kend", .end), ("kpp", .pageUp), ("knp", .pageDown), ("kdch1", .delete), ("kcbt", .backTab),
    ]
    let functions = (1...10).map { ("kf\($0)", Key.function($0)) }
    var sequences: [[UInt8]: Key] = [:]
    for (name, key) in names + functions {
      guard let bytes = curses_key_sequence(name).map({ Array(String(cString: $0).utf8) }),
        bytes.count > 1
      else { continue }
      sequences[bytes] = key
    }
    return sequences
  }

  // MARK: Styles

  /// Assigns a number to each style.
  private func defineStyles(on background: Background, colors: Int) {
    var number: Int32 = 0
    for ink in Style.Ink.allCases {
      let color = Int32(Palette.color(of: ink, on: background, colors: colors).number)
      for isBold in [false, true] {
        for isReversed in [false, true] {
          let style = Style(ink: ink, isBold: isBold, isReversed: isReversed)
          // Dim text is illegible in reverse, and in the colours of some terminals.
          let isDim = ink == .faint && !isReversed && colors == 0
          curses_define_style(number, color, isBold, isDim, isReversed)
          numbers[style] = number
          number += 1
        }
      }
    }
  }
}
