/// Names of options and commands that similar tools use. They work, but the help omits them.
enum UnlistedNames {
  /// For `enqueue`, whose words may belong to another command.
  static let enqueueOptions = [
    "-f": "--file", "-g": "--queue", "-q": "--quiet", "--name": "--id",
    "--retries": "--max-retries", "--run-at": "--at",
  ]

  private static let options: [(command: [String], names: [String: String])] = [
    (["list"], ["-s": "--state"]), (["edit"], ["--run-at": "--at"]),
    (["worker", "start"], ["--background": "--detach", "-j": "--count", "--workers": "--count"]),
  ]

  /// Returns the words with listed names instead.
  static func replaced(in words: [String]) -> [String] {
    if words.starts(with: ["config"]) { return config(words) }
    guard let known = options.first(where: { words.starts(with: $0.command) }) else {
      return words
    }
    let end = words.firstIndex(of: "--") ?? words.endIndex
    return words[..<end].map { replaced($0, by: known.names) } + words[end...]
  }

  /// Returns one word, `NAME` or `NAME=VALUE`, with its listed name.
  static func replaced(_ word: String, by names: [String: String]) -> String {
    let name = word.prefix { $0 != "=" }
    return names[String(name)].map { $0 + word.dropFirst(name.count) } ?? word
  }

  /// `config show`, and `config get` without a key, are `config list`.
  private static func config(_ words: [String]) -> [String] {
    let rest = Array(words.dropFirst(2))
    let hasKey = rest.contains { !$0.hasPrefix("-") } && !(rest.count == 2 && rest[0] == "--db")
    let asksForHelp = rest.contains("--help") || rest.contains("-h")
    guard words.count > 1, words[1] == "show" || words[1] == "get" && !hasKey && !asksForHelp
    else { return words }
    return ["config", "list"] + rest
  }
}
