import ArgumentParser
import QueueCore

struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print the script by which a shell completes commands, flags, ids, queues and keys.",
    discussion: """
      scripts/install and the Debian package have put them in place already. Where
      else they belong:

      PLACES:
        bash: ~/.local/share/bash-completion/completions/queuectl
        zsh: _queuectl in a directory of $fpath
        fish: ~/.config/fish/completions/queuectl.fish

      EXAMPLES:
        $ queuectl completions bash
      """)

  @Argument(
    help: ArgumentHelp("The shell: \(CompletionsCommand.shells).", valueName: "shell"),
    completion: .list(CompletionShell.allCases.map(\.rawValue)))
  var shell: String

  private static let shells = CompletionShell.allCases.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell) else {
      throw ValidationError(
        "There are completions for \(Self.shells), not for \(quoted: shell).")
    }
    try Output.standard.line(CompletionScript.text(for: shell))
  }
}
