import ArgumentParser
import QueueCore

/// How a command shows data.
struct DisplayOptions: ParsableArguments {
  @Flag(help: "Print JSON and nothing else.")
  var json = false

  @Flag(help: "Use no colours; the same as the environment variable NO_COLOR.")
  var noColor = false

  /// The terminal, as the flags allow it to be used.
  var terminal: Terminal { Terminal(allowsColor: !noColor) }

  func print(_ table: Table) throws {
    for line in table.lines(for: terminal) { try Output.standard.line(line) }
  }

  /// Prints what `body` writes, and a line end.
  func printJSON(_ body: (inout JSONWriter) -> Void) throws {
    var writer = JSONWriter()
    body(&writer)
    writer.lineEnd()
    try Output.standard.write(writer.bytes)
  }
}

/// Whether the values of jobs' variables are shown, which may be secrets.
struct EnvironmentOption: ParsableArguments {
  @Flag(
    name: .customLong("show-env"),
    help: "Show the values of jobs' variables, which are hidden otherwise.")
  var isShown = false
}
