import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

struct ServiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service",
    abstract: "Have systemd start workers, or the web server, at boot and keep them running.",
    discussion: """
      EXAMPLES:
        $ queuectl service install --user --count 3
        $ queuectl service status --user
        $ queuectl service uninstall --user
      """,
    subcommands: [ServiceInstall.self, ServiceUninstall.self, ServiceStatus.self]
  ).below("queuectl")
}

struct ServiceChoice: ParsableArguments {
  enum Manager: String, EnumerableFlag {
    case user, system

    static func help(for value: Manager) -> ArgumentHelp? {
      switch value {
      case .user: "A service of your user; needs no root."
      case .system: "A system service; needs root."
      }
    }
  }

  @Flag var manager: Manager

  @Flag(help: "The web server instead of workers; see \"queuectl web\".")
  var web = false

  @Option(help: "The service's name; queuectl by default, queuectl-web with --web.")
  var name: String?

  private var usualName: String { web ? "queuectl-web" : "queuectl" }

  func validate() throws {
    let name = name ?? usualName
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isPlain, (1...100).contains(name.utf8.count), !name.hasPrefix("-") else {
      throw ValidationError(
        "--name takes letters, digits, \"-\" and \"_\", not \(quoted: name).")
    }
  }

  var service: ServiceManager { ServiceManager(isUser: manager == .user, name: name ?? usualName) }
  /// The flags that select this service, for messages.
  var flags: String {
    "--\(manager.rawValue)\(web ? " --web" : "")\(name.map { " --name \($0)" } ?? "")"
  }
}

struct ServiceInstall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Write a systemd unit for workers or the web server, enable it and start it.",
    usage: "queuectl service install (--user | --system) [<options>]",
    discussion: """
      --print shows the unit and changes nothing. A stop waits until each worker has
      finished its job, or at most --stop-timeout. An existing unit is replaced but
      not restarted, because a restart waits for jobs.

      EXAMPLES:
        $ queuectl service install --user --count 3 --queue mail --print
        $ queuectl service install --system --run-as root --stop-timeout 10m --print
        $ queuectl service install --user --count 3
        $ queuectl service install --user --web --unix --print
      """
  ).below("queuectl service")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var choice: ServiceChoice

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "How many workers, 1 to \(WorkerStart.counts.upperBound); 1 by default.")
  var count: Int?

  @Option(
    help: "Take jobs of this queue only; may be repeated.", completion: ShellCompletions.queues)
  var queue: [String] = []

  @Flag(help: ArgumentHelp(WorkerStart.trustOthersHelp))
  var trustOthers = false

  @Option(
    help: ArgumentHelp(
      "With --system, the user that runs the jobs. Default: the owner of the database.",
      valueName: "user"))
  var runAs: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long a stop waits for jobs. Default: until they end.", valueName: "duration"))
  var stopTimeout: String?

  @OptionGroup var web: WebOptions

  @Flag(help: "Only print the unit.")
  var print = false

  func validate() throws {
    try count.map(WorkerStart.check)
    if choice.web {
      guard count == nil, queue.isEmpty, !trustOthers, stopTimeout == nil else {
        throw ValidationError(
          "--count, --queue, --trust-others and --stop-timeout are for workers, not for --web.")
      }
      try web.check()
    } else if let option = web.words.first {
      throw ValidationError("\(option) needs --web.")
    }
    for queue in queue { try OptionParsing.check(queue: queue, prefix: "--") }
    if runAs != nil && choice.manager == .user {
      throw ValidationError("--run-as needs --system: a user's service runs as that user.")
    }
  }

  func run() throws {
    let unit = try unit()
    if print { return try Output.standard.write(Array(unit.text.utf8)) }
    let service = choice.service
    try service.check(
      substitute: "\"queuectl service install \(choice.flags) --print\" shows the unit")
    let file = UnitFile(path: try service.file())
    let isThere = try file.checkIsOurs()
    try file.write(unit.text)
    try service.run("daemon-reload")
    try service.run("enable", service.unit)
    try service.run("start", service.unit)
    let restart = "systemctl \(choice.manager == .user ? "--user " : "")restart \(service.unit)"
    try Output.standard.line(
      TerminalText.sanitized(file.path)
        + (isThere
          ? " replaced; to apply it to a running service: \(restart)"
          : " written, enabled and started"))
    if choice.manager == .user, let user = Account.current, access(user.lingerFile, F_OK) != 0 {
      ErrorReport.note(
        "it runs only while you are logged in; to run it always: loginctl enable-linger "
          + user.name)
    }
  }

  private func unit() throws -> ServiceUnit {
    let location = try database.location()
    var unit = ServiceUnit(
      scope: .user, program: try Self.program(), isOnServer: location.path == nil,
      database: try location.argument(),
      task: choice.web ? .web(options: web.words) : .workers(try workers()))
    var user = UInt32(geteuid())
    if choice.manager == .system {
      let account = try self.user(of: location)
      unit.scope = .system(runAs: account.name)
      user = account.id
    }
    // Workers would refuse to start, over and over, with errors only in the journal.
    if !trustOthers, !choice.web, let path = location.path {
      try WorkerStart.check(QueueDirectory(database: path), for: user)
    }
    return unit
  }

  private func workers() throws -> ServiceUnit.Workers {
    var workers = ServiceUnit.Workers(
      count: count ?? 1, queues: queue, trustsOthers: trustOthers,
      path: try ProcessEnvironment.current.text("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
    workers.stopTimeout = try stopTimeout.map {
      try OptionParsing.duration($0, flag: "--stop-timeout")
    }
    return workers
  }

  private func user(of location: DatabaseLocation) throws -> Account {
    if let runAs {
      guard let account = Account(name: runAs) else {
        throw Failure("user \(quoted: runAs) doesn't exist")
      }
      return account
    }
    guard let database = location.path else {
      throw ValidationError("--system needs --run-as USER: a queue on a server has no owner here.")
    }
    var status = stat()
    guard stat(database, &status) == 0 else {
      throw Failure.system("read \(database), whose owner would run the jobs: pass --run-as USER")
    }
    let owner = status.st_uid
    guard let account = Account(id: owner) else {
      throw Failure("the database belongs to uid \(owner), which has no name: pass --run-as USER")
    }
    return account
  }

  /// The path that the shell resolved, if possible: it may be a symlink that an update redirects.
  private static func program() throws -> String {
    guard let real = try RealPath.of("/proc/self/exe") else {
      throw Failure.system("find the path of this program")
    }
    let program = ProgramPath(
      typed: ProcessArguments.name() ?? "",
      path: try ProcessEnvironment.current.text("PATH") ?? "",
      directory: try WorkingDirectory.current())
    return try program.candidates.first { try RealPath.of($0) == real } ?? real
  }
}

struct ServiceUninstall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Stop the service, once its jobs have ended, and remove its unit.",
    usage: "queuectl service uninstall (--user | --system) [--web] [--name <name>]",
    discussion: """
      The queue stays as it is.

      EXAMPLES:
        $ queuectl service uninstall --user
        $ queuectl service uninstall --user --web
      """
  ).below("queuectl service")

  @OptionGroup var choice: ServiceChoice

  func run() throws {
    let service = choice.service
    try service.check()
    let file = UnitFile(path: try service.file())
    guard try file.checkIsOurs() else {
      throw Failure("\(file.path) doesn't exist: nothing to remove")
    }
    if !choice.web {
      ErrorReport.note("stopping \(service.unit): its workers finish their jobs first")
    }
    try service.run("disable", "--now", service.unit)
    try file.remove()
    try service.run("daemon-reload")
    try Output.standard.line("\(TerminalText.sanitized(file.path)) removed")
  }
}

struct ServiceStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show whether the service is installed, starts at boot, and runs.",
    usage: "queuectl service status (--user | --system) [<options>]",
    discussion: """
      The exit status is 1 if it isn't running.

      EXAMPLES:
        $ queuectl service status --user
        $ queuectl service status --system --json
      """
  ).below("queuectl service")

  @OptionGroup var choice: ServiceChoice
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let service = choice.service
    try service.check(changing: false)
    let known = try service.properties(ServiceState.properties)
    let state = ServiceState(unit: service.unit, properties: known)
    if display.json {
      try display.printJSON { state.write(to: &$0) }
    } else {
      for line in state.lines { try Output.standard.line(TerminalText.sanitized(line)) }
      if !state.isInstalled {
        ErrorReport.note("not installed: \"queuectl service install \(choice.flags)\" installs it")
      }
    }
    if !state.isRunning { throw ExitCode.failure }
  }
}
