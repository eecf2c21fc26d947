import ArgumentParser
import QueueCore

struct DisplayOptions: ParsableArguments {
  @Flag(help: "Print JSON only.")
  var json = false

  @Flag(help: "Print without colours, as with the environment variable NO_COLOR.")
  var noColor = false

  var terminal: Terminal { Terminal(allowsColor: !noColor) }

  func print(_ table: Table) throws {
    for line in table.lines(for: terminal) { try Output.standard.line(line) }
  }

  /// Prints the JSON written by `body`, then a newline.
  func printJSON(_ body: (inout JSONWriter) -> Void) throws {
    var writer = JSONWriter()
    body(&writer)
    writer.lineEnd()
    try Output.standard.write(writer.bytes)
  }
}

struct EnvironmentOption: ParsableArguments {
  @Flag(
    name: .customLong("show-env"),
    help: "Show the values of jobs' variables, which are hidden by default.")
  var isShown = false
}
