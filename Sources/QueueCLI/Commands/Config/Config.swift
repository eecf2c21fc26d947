import ArgumentParser
import Glibc
import QueueCore
import QueueSession

struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Show and change the queue's settings.",
    discussion: """
      Running workers follow a change within seconds. max-retries, timeout and
      inherit-env are copied into a job when it is enqueued.

      SETTINGS:
      \(Config.settingsHelp)

      EXAMPLES:
        $ queuectl config list
        $ queuectl config set max-retries 3
      """,
    subcommands: [ConfigList.self, ConfigGet.self, ConfigSet.self, ConfigUnset.self]
  ).below("queuectl")

  private static let settingsHelp = Setting.all.map { setting in
    folded("\(setting.key) (default \(setting.defaultText)): \(setting.help)")
  }.joined(separator: "\n")

  /// Wraps the text at 79 columns with a hanging indent.
  private static func folded(_ text: String) -> String {
    var lines = [" "]
    for word in text.split(separator: " ") {
      let longer = "\(lines[lines.count - 1]) \(word)"
      if longer.count < 80 {
        lines[lines.count - 1] = longer
      } else {
        lines.append("      \(word)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

struct ConfigList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show every setting, its value and its default.",
    discussion: """
      EXAMPLES:
        $ queuectl config list
        $ queuectl config list --json
      """
  ).below("queuectl config")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let session = try database.openReading()
    let settings = try session.store.settings()
    if display.json {
      return try display.printJSON { json in
        json.object { json in
          for setting in Setting.all {
            json.key(text: setting.key)
            json.value(setting.text(in: settings))
          }
        }
      }
    }
    var table = Table([
      .init(title: "KEY"), .init(title: "VALUE"), .init(title: "DEFAULT"),
      .init(title: "MEANING", isElastic: true),
    ])
    for setting in Setting.all {
      table.add([
        .init(setting.key), .init(setting.text(in: settings)), .init(setting.defaultText),
        .init(setting.help),
      ])
    }
    try display.print(table)
  }
}

struct ConfigGet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Show one setting.",
    discussion: """
      EXAMPLES:
        $ queuectl config get max-retries
      """
  ).below("queuectl config")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The setting.", completion: ShellCompletions.settings)
  var key: String

  func run() throws {
    let setting = try Setting.named(key)
    let session = try database.openReading()
    let text = setting.text(in: try session.store.settings())
    // Print the raw value for scripts.
    let isTerminal = isatty(STDOUT_FILENO) == 1
    try Output.standard.line(isTerminal ? TerminalText.sanitized(text) : text)
  }
}

struct ConfigSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change one setting.",
    discussion: """
      EXAMPLES:
        $ queuectl config set max-retries 3
        $ queuectl config set backoff-max 10m
      """
  ).below("queuectl config")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The setting.", completion: ShellCompletions.settings)
  var key: String

  @Argument(
    parsing: .allUnrecognized, help: "Its new value.", completion: ShellCompletions.settingValues)
  var value: [String]

  func run() throws {
    guard value.count == 1 else { throw ValidationError("Give one value.") }
    let setting = try Setting.named(key)
    var settings = Settings()
    try setting.apply(value[0], to: &settings)
    let session = try database.openCreating()
    let text = setting.text(in: settings)
    // A row for `on-dead` makes dead jobs wait for its command, so "none" has none.
    try session.store.set(setting, to: text == setting.defaultText ? nil : text)
    try Output.standard.line("\(setting.key) = \(TerminalText.sanitized(text))")
  }
}

struct ConfigUnset: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unset", abstract: "Reset one setting to its default.",
    discussion: """
      EXAMPLES:
        $ queuectl config unset max-retries
      """
  ).below("queuectl config")

  @OptionGroup var database: DatabaseOption

  @Argument(help: "The setting.", completion: ShellCompletions.settings)
  var key: String

  func run() throws {
    let setting = try Setting.named(key)
    let session = try database.openReading()
    try session.store.set(setting, to: nil)
    try Output.standard.line("\(setting.key) = \(setting.defaultText)")
  }
}
