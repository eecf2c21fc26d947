/// Reads the output of `--help`.
extension String {
  /// The lines below each matching heading, up to an empty line.
  func lines(below isHeading: (Substring) -> Bool) -> [Substring] {
    split(separator: "\n", omittingEmptySubsequences: false)
      .split(separator: "").flatMap { $0.drop { !isHeading($0) }.dropFirst() }
  }

  /// The names under `SUBCOMMANDS:` and under the headings of groups, without aliases.
  var subcommandsInHelp: [String] {
    lines { $0.hasSuffix("SUBCOMMANDS:") }
      .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first.map { String($0.prefix { $0 != "," }) } }
  }
}
