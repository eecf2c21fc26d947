import Foundation
import Testing

/// An interactive shell in which a test types. It completes a line, and records the resulting words
/// instead of running them.
enum TypingShell: String, CaseIterable {
  case bash, fish, zsh

  /// The words of each line, joined by a space, after pressing TAB.
  func completions(of lines: [String], queue: TestQueue) async throws -> [String] {
    try await queue.shell("queuectl completions \(rawValue) > _queuectl").expectSuccess()
    try queue.write(script, to: startFile)
    let terminal = try Terminal(columns: 200)
    let path = "\(try Binary.directory(in: queue.path)):\(queue.environment["PATH"] ?? "")"
    let shell = try queue.start(
      program: "/usr/bin/\(rawValue)", [rawValue] + arguments,
      adding: ["TERM": "xterm", "PATH": path, "ZDOTDIR": queue.path],
      streams: .terminal(terminal.path))
    terminal.show()
    try await terminal.shows(Self.prompt)
    // Line by line, because a terminal buffers a few kilobytes.
    for (index, line) in lines.enumerated() {
      terminal.type("\(line)\t\(Self.keepKey)")
      try await terminal.shows("[kept \(index + 1)]")
    }
    terminal.type("exit\r")
    try await shell.exit()
    return try queue.lines(of: "kept")
  }

  private static let prompt = "type here> "
  /// Control and `]`, unused by both shells.
  private static let keepKey = "\u{1D}"

  /// The shell's start-up file.
  var startFile: String {
    switch self {
    case .bash: "start.bash"
    case .fish: "start.fish"
    case .zsh: ".zshrc"
    }
  }

  private var arguments: [String] {
    switch self {
    case .bash: ["--noprofile", "--rcfile", startFile, "-i"]
    case .fish: ["--no-config", "-i", "-C", "source \(startFile)"]
    case .zsh: ["-d", "-i"]
    }
  }

  private var script: String {
    switch self {
    case .bash: Self.bashScript
    case .fish: Self.fishScript
    case .zsh: Self.zshScript
    }
  }

  private static let bashScript = """
    source _queuectl
    keep() {
      eval "words=($READLINE_LINE)"
      printf '%s\\n' "${words[*]}" >> kept
      READLINE_LINE='' READLINE_POINT=0
      echo "[kept $((++count))]"
    }
    bind -x '"\\C-]": keep'
    bind 'set bell-style none'
    bind 'set enable-bracketed-paste off'
    HISTFILE=
    PS1='\(prompt)'

    """

  private static let fishScript = """
    source _queuectl
    function keep
      eval "set -l words "(commandline -b)
      echo -- "$words" >> kept
      set -g count (math $count + 1)
      echo "[kept $count]"
      commandline ''
    end
    function fish_prompt; echo -n '\(prompt)'; end
    set fish_greeting
    set -g count 0
    bind \\c] keep

    """

  private static let zshScript = """
    fpath=($PWD $fpath)
    autoload -Uz compinit && compinit -u -D
    keep() {
      eval "words=($BUFFER)"
      print -r -- "${(j: :)words}" >> kept
      BUFFER=
      print "[kept $((++count))]"
    }
    zle -N keep
    bindkey '^]' keep
    PROMPT='\(prompt)'

    """
}
