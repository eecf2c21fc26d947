import CLinux
import QueueCore
import QueueSession

/// The words that the process was started with.
enum ProcessArguments {
  /// The program's name as it was typed; nil where it isn't text.
  static func name() -> String? { clinux_argument(0).flatMap { String(validatingCString: $0) } }

  /// All of them but the name. Each must be text: replacing a byte would store another command.
  /// - Throws: ``Failure`` for one that isn't UTF-8, or when there isn't even a name.
  static func words() throws(Failure) -> [String] {
    let count = clinux_argument_count()
    // Linux makes an empty name of an empty list.
    guard count > 0, count > 1 || clinux_argument(0)?.pointee != 0 else {
      throw Failure("queuectl was started without arguments, not even a name", status: .usage)
    }
    var words: [String] = []
    for index in 1..<count {
      guard let argument = clinux_argument(index) else { break }
      guard let word = String(validatingCString: argument) else {
        let shown = TerminalText.quoted(String(cString: argument))
        throw Failure("Argument \(index), \(shown), isn't valid UTF-8.", status: .usage)
      }
      words.append(word)
    }
    return words
  }
}
