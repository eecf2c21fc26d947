import ArgumentParser
import QueueCore

/// The arguments of `enqueue`, split into our options and the command before parsing. The parser
/// would take every `--` and option out of the command. Our options precede the command's first
/// word, or follow a command that is a single word.
struct EnqueueLine {
  let options: [String]
  /// A command line, the words of a command, JSON, or `-`.
  let words: [String]
  /// Whether the words followed `--` and are taken literally.
  let isExact: Bool

  /// Options without a value; all other options consume the next argument.
  private static let flags: Set = [
    "--if-absent", "--replace-ended", "--keep-going", "--wait", "--each", "--lines", "--null",
    "--quiet", "--inherit-env", "--no-inherit-env", "--best-effort", "--no-best-effort", "--help",
    "--version",
  ]

  /// - Throws: `ValidationError` for an option that could be ours or the command's.
  init(_ typed: [String]) throws {
    let arguments = Self.withListedNames(typed)
    let head = Self.optionCount(arguments[...])
    let (own, rest) = (Array(arguments[..<head]), arguments[head...])
    if own.count(where: { $0 == "--file" || $0.hasPrefix("--file=") }) > 1 {
      throw ValidationError(
        "--file is given twice: enqueue one file at a time, or join them with cat")
    }
    isExact = rest.first == "--"
    let isEach = own.contains("--each")
    if isExact {
      (options, words) = (own, Array(rest.dropFirst()))
      if isEach { try checkProgram() }
      return
    }
    if isEach, !rest.isEmpty { throw ValidationError(Self.needsProgram) }
    let tail = rest.dropFirst()
    let option = tail.prefix { $0 != "--" }.first(where: Self.isOption)
    if let option {
      let areOurs = option.hasPrefix("--") && option != "--help" && option != "--version"
      guard areOurs, option == tail.first, Self.optionCount(tail) == tail.count else {
        throw Self.misplaced(option, own, rest)
      }
      (options, words) = (own + tail, Array(rest.prefix(1)))
    } else {
      (options, words) = (own, Array(rest))
    }
    try Self.checkUnit(before: words, options)
    try checkSingleLine()
  }

  /// Replaces the ``UnlistedNames`` before the command.
  private static func withListedNames(_ typed: [String]) -> [String] {
    var arguments = typed
    while true {
      let index = optionCount(arguments[...], until: { UnlistedNames.enqueueOptions[$0] != nil })
      guard index < arguments.count else { return arguments }
      let listed = UnlistedNames.replaced(arguments[index], by: UnlistedNames.enqueueOptions)
      guard listed != arguments[index] else { return arguments }
      arguments[index] = listed
    }
  }

  /// The number of leading arguments that are options or option values.
  /// - Parameter isEnd: whether an option called this ends them.
  private static func optionCount(
    _ arguments: ArraySlice<String>, until isEnd: (String) -> Bool = { _ in false }
  ) -> Int {
    var index = arguments.startIndex
    while index < arguments.endIndex, isOption(arguments[index]), arguments[index] != "--" {
      let word = arguments[index]
      if isEnd(String(word.prefix { $0 != "=" })) { break }
      let takesNext = word.hasPrefix("--") && !word.contains("=") && !flags.contains(word)
      index += takesNext ? 2 : 1
    }
    return min(index, arguments.endIndex) - arguments.startIndex
  }

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && word != "-" }

  private static func misplaced(
    _ option: String, _ own: [String], _ command: ArraySlice<String>
  ) -> ValidationError {
    let line = (["queuectl", "enqueue"] + own + ["--"] + command).map(ShellWords.quoted)
    // After `--`, a shell line would be taken for a program's name.
    let isLine = command.first?.contains(where: \.isWhitespace) == true
    let typed = TerminalText.sanitized(line.joined(separator: " "))
    let remedy = isLine ? "" : "; if it belongs to the command, type: \(typed)"
    return ValidationError(
      "\(quoted: option) comes after the command: put options of enqueue before it"
        + remedy)
  }

  static let needsProgram =
    "--each needs a command after --, a program and its arguments; for a shell's command line: "
    + #"queuectl enqueue --each -- sh -c 'wc -c <"$1" | tee sizes' sh {}"#

  /// Refuses a shell line after `--each --`, which would run a program of that name.
  private func checkProgram() throws {
    let command = words.prefix { $0 != ":::" }
    guard command.count == 1, let line = command.first, line.contains(where: \.isWhitespace),
      line.contains(where: { "|&;<>{".contains($0) })
    else { return }
    throw ValidationError(Self.needsProgram)
  }

  /// Refuses a shell line followed by further words, of which the first must be a program.
  private func checkSingleLine() throws {
    guard words.count > 1, let first = words.first, first.contains(where: \.isWhitespace),
      !JobText.looksLikeJSON(first)
    else { return }
    throw ValidationError(
      "\(quoted: first) is a command line, and \(quoted: words[1]) follows it: call enqueue once "
        + "per command line, or put -- before the words of a single command")
  }

  // MARK: - A unit apart from its number

  private static let durations: Set = ["--delay", "--timeout", "--backoff-max"]
  private static let units = [
    "ms": ["ms", "msec", "millisecond", "milliseconds"],
    "s": ["s", "sec", "secs", "second", "seconds"],
    "m": ["m", "min", "mins", "minute", "minutes"],
    "h": ["h", "hr", "hrs", "hour", "hours"],
    "d": ["d", "day", "days"],
  ]
  private static let partsOfTimes: Set = ["am", "pm", "today", "tonight", "tomorrow", "utc"]

  /// Refuses `--delay 1 hour true`, which would run a program called `hour`.
  private static func checkUnit(before words: [String], _ options: [String]) throws {
    guard let word = words.first?.lowercased(), let value = options.last, options.count > 1 else {
      return
    }
    let option = options[options.count - 2]
    let unit = units.first { $0.value.contains(word) }?.key
    if durations.contains(option), let unit, Double(value) != nil {
      throw ValidationError(
        "\(option) \(value) \(word): write \(option) \(value)\(unit); if \(quoted: word) is the "
          + "command, put -- before it")
    }
    if option == "--at", partsOfTimes.contains(word) {
      throw ValidationError(
        "--at \(TerminalText.sanitized(value)) \(word): --at takes \(TimeText.forms); if "
          + "\(quoted: word) is the command, put -- before it")
    }
  }
}
