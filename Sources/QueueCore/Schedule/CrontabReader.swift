/// Reads a crontab line by line. Variables apply to the lines below them.
struct CrontabReader {
  private let account: CrontabAccount
  private let isSystem: Bool
  private var variables: [EnvironmentVariable] = []
  private var zone: String?
  private var delay = Duration.zero
  /// The comment just above.
  private var comment: String?
  private var names = CrontabNames()
  private var lacksPath = false
  private var hasEntries = false
  private var namesZone = false

  init(account: CrontabAccount, isSystem: Bool) {
    self.account = account
    self.isSystem = isSystem
  }

  var notes: [String] {
    var notes: [String] = []
    if hasEntries {
      notes.append("failed runs aren't retried, as in cron")
    }
    if lacksPath {
      notes.append(
        "the crontab sets no PATH: jobs get the workers', not cron's /usr/bin:/bin")
    }
    if namesZone { notes.append("CRON_TZ is applied, as by cronie; Debian's cron ignores it") }
    return notes
  }

  /// Nil for a blank line or a comment.
  mutating func outcome(of text: String) -> Crontab.Outcome? {
    let text = String(text.drop { $0.isCronBlank }.reversed().drop { $0 == "\r" }.reversed())
    guard let first = text.first else {
      comment = nil
      return nil
    }
    if first == "#" {
      comment = String(text.drop { $0 == "#" })
      return nil
    }
    defer { comment = nil }
    do throws(InvalidJob) {
      if let (name, value) = CrontabVariable.read(text) { return try set(name, to: value) }
      return try entry(text)
    } catch {
      return .refused(error.field == "cron" ? error.problem : "\(error)")
    }
  }

  // MARK: - Variables

  /// Nil for a variable that only changes the lines below.
  private mutating func set(
    _ name: String, to value: String
  ) throws(InvalidJob) -> Crontab.Outcome? {
    switch name {
    case "MAILTO", "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING":
      return .leftOut(
        name, reason: "nothing is mailed; \"queuectl logs\" has the output, the DLQ the failures")
    case "CRON_TZ":
      if !value.isEmpty { try ZoneName.check(value) }
      zone = value.isEmpty ? nil : value
      namesZone = true
    case "RANDOM_DELAY":
      guard let minutes = Int64(value), (0...1440).contains(minutes) else {
        throw InvalidJob(
          field: "RANDOM_DELAY", problem: "must be minutes from 0 to 1440, not \(quoted: value)")
      }
      delay = .seconds(minutes * 60)
    default:
      let variable = try EnvironmentVariable(given: name, value: value)
      variables.removeAll { $0.name == name }
      variables.append(variable)
    }
    return nil
  }

  private func value(of name: String) -> String? { variables.last { $0.name == name }?.value }

  // MARK: - Entries

  private mutating func entry(_ text: String) throws(InvalidJob) -> Crontab.Outcome {
    var rest = text[...]
    var changes: [String] = []
    if rest.first == "-" {
      rest = rest.dropFirst()
      changes.append("without the leading \"-\"")
    }
    let first = rest.word()
    if first.lowercased() == "@reboot" {
      return .leftOut(
        "@reboot",
        reason: "a queue outlives reboots; keep the line in crontab, as \"@reboot queuectl enqueue "
          + "...\"")
    }
    var fields = [first]
    if !first.hasPrefix("@") { for _ in 1..<5 { fields.append(rest.word()) } }
    let user = isSystem ? rest.word() : account.name
    guard !fields.contains(""), !user.isEmpty, !rest.isEmpty else {
      throw Self.refused(
        isSystem
          ? "not a time, a user and a command" : "neither a time and a command nor NAME=value"
      )
    }
    guard user == account.name || account.isRoot else {
      return .leftOut("\(user)'s job", reason: "you are \(account.name)")
    }
    if !isSystem, let name = Self.seemingUser(of: rest), account.home(name) != nil,
      !account.isProgram(name, value(of: "PATH"))
    {
      throw Self.refused(
        "\(quoted: name) is a user, not a program: if each line names a user, pass --system")
    }
    guard let home = account.home(user) else { throw Self.refused("no user is called \(user)") }
    let (command, input) = CrontabCommand.split(Self.withoutOptions(rest, &changes))
    let name = names.name(comment: comment, command: command)
    if input != nil { changes.append("the text after % becomes its input") }
    if !first.hasPrefix("@") {
      let seed = "\(name) \(command)"
      fields = try CrontabFields.checked(fields, seed: seed, &changes)
    }
    if delay > .zero { changes.append("RANDOM_DELAY becomes a spread of \(delay.text)") }
    let cron = try CronExpression(fields.joined(separator: " "))
    hasEntries = true
    lacksPath = lacksPath || value(of: "PATH") == nil
    let directory = value(of: "HOME") ?? home
    return .entry(
      CrontabEntry(
        name: name, cron: cron, zone: zone, spread: delay,
        job: try job(
          input.map { CrontabCommand.command(command, reading: $0) } ?? command, in: directory,
          for: user, home, &changes), changes: changes))
  }

  /// The first word of a line's rest if a command follows it, not an option.
  private static func seemingUser(of text: Substring) -> String? {
    var rest = text
    let name = rest.word()
    return rest.isEmpty || rest.hasPrefix("-") ? nil : name
  }

  private static func withoutOptions(_ text: Substring, _ changes: inout [String]) -> Substring {
    var rest = text
    for option in ["-n", "-q", "-s"] where rest.hasPrefix("\(option) ") {
      rest = rest.dropFirst(option.count).drop { $0.isCronBlank }
      changes.append("without \"\(option)\"")
    }
    return rest
  }

  private func job(
    _ command: String, in directory: String, for user: String, _ home: String,
    _ changes: inout [String]
  ) throws(InvalidJob) -> JobSpec {
    var command = command
    let shell = value(of: "SHELL") ?? "/bin/sh"
    var environment = variables
    let isOther = user != account.name
    if shell != "/bin/sh" || isOther {
      command = "\(ShellWords.quoted(shell)) -c \(ShellWords.quoted(command))"
    }
    if shell != "/bin/sh" { changes.append("run by \(shell)") }
    if isOther {
      command = "runuser -u \(ShellWords.quoted(user)) -- \(command)"
      changes.append("run as \(user) by runuser")
      for (name, value) in [("HOME", home), ("LOGNAME", user), ("USER", user)]
      where self.value(of: name) == nil || name != "HOME" {
        environment.removeAll { $0.name == name }
        environment.append(try EnvironmentVariable(name: name, value: value))
      }
    }
    var job = JobSpec(command: command)
    job.maxRetries = 0
    job.directory = directory
    job.environment = environment
    job = try job.checked()
    try job.checkSize()
    return job
  }

  static func refused(_ problem: String) -> InvalidJob {
    InvalidJob(field: "cron", problem: problem)
  }
}

extension Character {
  /// A blank or a tab.
  var isCronBlank: Bool { self == " " || self == "\t" }
}

extension Substring {
  /// Takes the first word and the blanks after it; empty if there is none.
  fileprivate mutating func word() -> String {
    let word = prefix { !$0.isCronBlank }
    self = dropFirst(word.count).drop { $0.isCronBlank }
    return String(word)
  }
}
