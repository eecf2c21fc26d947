import ArgumentParser
import QueueCore

struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a shell script that completes commands, flags, ids, queues and settings.",
    discussion: """
      scripts/install and the Debian package install it. To install it by hand, use
      these places:

      PLACES:
        bash: ~/.local/share/bash-completion/completions/queuectl
        zsh: _queuectl in a directory of $fpath
        fish: ~/.config/fish/completions/queuectl.fish

      EXAMPLES:
        $ queuectl completions bash
      """
  ).below("queuectl")

  @Argument(
    help: ArgumentHelp("The shell: \(CompletionsCommand.shells).", valueName: "shell"),
    completion: .list(CompletionShell.allCases.map(\.rawValue)))
  var shell: String

  private static let shells = CompletionShell.allCases.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell) else {
      throw ValidationError(
        "Completions exist for \(Self.shells), not for \(quoted: shell).")
    }
    try Output.standard.line(CompletionScript.text(for: shell))
  }
}
