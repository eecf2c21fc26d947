import Glibc
import QueueCore
import QueueHost

/// Prints logs: raw bytes when piped, sanitized text on a terminal.
struct LogPrinter {
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private var text = TerminalSanitizer()
  private var isInLine = false
  /// Where the whole log is if this is a copy; nil for the log itself.
  var origin: String?

  mutating func print(all reader: LogReader) throws {
    while let piece = try reader.next() {
      switch piece {
      case .bytes(let bytes):
        try Output.standard.write(isTerminal ? Array(text.text(bytes).utf8) : bytes)
        isInLine = bytes.last.map { $0 != 0x0A } ?? isInLine
      case .leftOut(let count):
        try end()
        // The text after the gap belongs to another line.
        if !isTerminal, isInLine { try Output.standard.line("") }
        let reason =
          origin.map { "this is a copy, and the whole log is \($0); see log-share" }
          ?? "a long log keeps its start and end, see log-max-size"
        ErrorReport.note("\(ByteCount.brief(count)) are omitted here: \(reason)")
      }
    }
    try Output.standard.flush()
  }

  /// Ends the output, on a terminal with a line end.
  mutating func end() throws {
    guard isTerminal else { return }
    try Output.standard.write(Array(text.end().utf8))
    if !text.isAtLineStart { try Output.standard.line("") }
    text = TerminalSanitizer()
    try Output.standard.flush()
  }
}
