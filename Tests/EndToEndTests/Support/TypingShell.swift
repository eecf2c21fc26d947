import Foundation
import Testing

/// A shell of a person's, at which a test types: it completes a line, and keeps what it made of it instead of running it.
enum TypingShell: String {
  case fish, zsh

  /// What each line has become after a press of the tab key.
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
    for line in lines { terminal.type("\(line)\t\(Self.keepKey)") }
    terminal.type("exit\r")
    try await shell.exit()
    return try queue.lines(of: "kept").map { line in
      line.hasSuffix(" ") ? String(line.dropLast()) : line
    }
  }

  private static let prompt = "type here> "
  /// Control and `]`, which neither shell uses.
  private static let keepKey = "\u{1D}"

  /// What the shell reads when it starts.
  private var startFile: String {
    switch self {
    case .fish: "start.fish"
    case .zsh: ".zshrc"
    }
  }

  private var arguments: [String] {
    switch self {
    case .fish: ["--no-config", "-i", "-C", "source \(startFile)"]
    case .zsh: ["-d", "-i"]
    }
  }

  private var script: String {
    switch self {
    case .fish: Self.fishScript
    case .zsh: Self.zshScript
    }
  }

  private static let fishScript = """
    source _queuectl
    function keep; commandline -b >> kept; commandline ''; end
    function fish_prompt; echo -n '\(prompt)'; end
    set fish_greeting
    bind \\c] keep

    """

  private static let zshScript = """
    fpath=($PWD $fpath)
    autoload -Uz compinit && compinit -u -D
    keep() { print -r -- "$BUFFER" >> kept; BUFFER= }
    zle -N keep
    bindkey '^]' keep
    PROMPT='\(prompt)'

    """
}
