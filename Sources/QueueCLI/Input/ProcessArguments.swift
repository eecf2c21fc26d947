import CLinux
import QueueCore
import QueueSession

enum ProcessArguments {
  /// The program's name as typed; nil if it isn't UTF-8.
  static func name() -> String? { clinux_argument(0).flatMap { String(validatingCString: $0) } }

  /// The arguments after the name. Replacing invalid bytes would store another command.
  /// - Throws: ``Failure`` for an argument that isn't UTF-8, or if even the name is missing.
  static func words() throws(Failure) -> [String] {
    let count = clinux_argument_count()
    // Linux turns an empty argument list into one empty name.
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
