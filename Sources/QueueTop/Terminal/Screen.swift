import CCurses
import Glibc

/// The terminal. The only file that knows curses; one thread uses it.
final class Screen {
  /// Why there is no screen.
  enum Refusal: Error, Equatable {
    case unknownTerminal
    case unusableTerminal
  }

  private var numbers: [Style: Int32] = [:]

  /// Takes the terminal over.
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

  /// Whether it may be asked for its background. The answer is an input, see ``KeyDecoder``.
  private static func answersQuestions(_ terminal: String) -> Bool {
    ["xterm", "tmux", "rxvt", "foot", "alacritty"].contains { terminal.hasPrefix($0) }
  }

  /// Uses letters that can be read on that background, from the next frame on.
  func use(_ background: Background) {
    defineStyles(on: background, colors: Int(curses_colors()))
    drawAnew()
  }

  /// Gives it back as it was. From the background, too, where the terminal would have the process
  /// stop at that: it is to end.
  func close() {
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGTTOU)
    pthread_sigmask(SIG_BLOCK, &mask, nil)
    curses_stop()
  }

  /// Stops this process, as ^Z does, until it is continued.
  func suspend() {
    curses_pause()
    Self.stop(by: SIGTSTP)
    Self.awaitForeground()
    // Who is to end leaves the terminal to its new foreground process.
    if curses_ending() == 0 { curses_resume() }
  }

  /// Stops, as the shell expects it of a program in the background that wants the terminal, until
  /// it is the foreground's. Signals that end a process do so meanwhile: this thread isn't waiting.
  private static func awaitForeground() {
    // Where no shell is left that could let it go on, it isn't stopped at all.
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
    // Curses has a handler of its own for ^Z, which takes the terminal again without asking whose
    // it is.
    let handler = Glibc.signal(signal, SIG_DFL)
    pthread_sigmask(SIG_UNBLOCK, &mask, &before)
    kill(getpid(), signal)
    Glibc.signal(signal, handler)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// Runs something else on the terminal, and comes back.
  func lend(to body: () -> Void) {
    curses_pause()
    body()
    curses_resume()
  }

  /// Takes the terminal again after another process had it.
  func resume() { curses_resume() }

  /// How large it is now.
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

  /// Has the next frame drawn over whatever the terminal shows.
  func drawAnew() { curses_draw_anew() }

  func send(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { curses_send($0.baseAddress, Int32($0.count)) }
    }
  }

  func useMouse(_ wanted: Bool) { curses_use_mouse(wanted) }

  /// What this terminal sends for keys, by the terminal database.
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

  /// Gives every style a number.
  private func defineStyles(on background: Background, colors: Int) {
    var number: Int32 = 0
    for ink in Style.Ink.allCases {
      let color = Int32(Palette.color(of: ink, on: background, colors: colors).number)
      for isBold in [false, true] {
        for isReversed in [false, true] {
          let style = Style(ink: ink, isBold: isBold, isReversed: isReversed)
          // Dim letters can't be read in reverse, nor in the colours of some terminals.
          let isDim = ink == .faint && !isReversed && colors == 0
          curses_define_style(number, color, isBold, isDim, isReversed)
          numbers[style] = number
          number += 1
        }
      }
    }
  }
}
