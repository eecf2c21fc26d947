import QueueCore

/// A systemd unit that keeps workers or the web server running.
struct ServiceUnit: Equatable {
  /// The systemd instance that manages the unit.
  enum Scope: Equatable {
    case user
    case system(runAs: String)
  }

  /// What the unit runs.
  enum Task: Equatable {
    case workers(Workers)
    /// `queuectl web` with these options.
    case web(options: [String])
  }

  /// A stop signals only the supervisor and waits for jobs to finish. A crashed supervisor is
  /// restarted, an OOM kill fails only that job, and jobs aren't sandboxed.
  struct Workers: Equatable {
    var count: Int
    /// Queues to serve; empty for all.
    var queues: [String] = []
    var trustsOthers = false
    /// `PATH` for jobs.
    var path: String
    /// The stop timeout; nil for unlimited.
    var stopTimeout: Duration?
  }

  var scope: Scope
  /// The binary's absolute path.
  var program: String
  var isOnServer = false
  /// The database's absolute path, or the server's address.
  var database: String
  var task: Task

  /// The first line, which identifies our units.
  static let mark =
    "# Written by \"queuectl service install\"; \"queuectl service uninstall\" removes it."

  var text: String {
    """
    \(Self.mark)
    [Unit]
    Description=queuectl \(noun) for \(description)
    Documentation=man:queuectl(1)
    \(needs)

    [Service]
    Type=exec
    ExecStart=\(arguments.map(Self.argument).joined(separator: " "))
    \(identity)\(conduct)
    Restart=on-failure
    RestartSec=5s
    \(limits)

    [Install]
    WantedBy=\(scope == .user ? "default.target" : "multi-user.target")

    """
  }

  private var noun: String {
    if case .web = task { "web server" } else { "workers" }
  }

  private var conduct: String {
    switch task {
    case .workers(let workers):
      """
      # The PATH at installation, for the jobs.
      Environment=\(Self.quoted("PATH=\(workers.path)"))
      # A stop signals only the supervisor; each worker finishes its job and exits.
      KillMode=process
      TimeoutStopSec=\(Self.seconds(workers.stopTimeout))
      """
    case .web:
      """
      # It runs no jobs, so it needs no more rights than its user has.
      NoNewPrivileges=yes
      # The address has the token, which isn't for everyone who reads the journal.
      StandardOutput=null
      """
    }
  }

  private static func seconds(_ timeout: Duration?) -> String {
    timeout.map { "\(max(1, $0.milliseconds / 1000))s" } ?? "infinity"
  }

  private var limits: String {
    switch task {
    case .workers:
      """
      # If a job runs out of memory, only that job fails.
      OOMPolicy=continue
      # Each run gets a cgroup of its own. A cgroup that limits those below it can't have the
      # service's own process, which couldn't start again beside a run that is left.
      Delegate=yes
      ExecStopPost=-/bin/sh -c \(Self.argument(Self.dropLimits))
      """
    case .web: "MemoryMax=128M"
    }
  }

  /// systemd runs it in `.control` below the unit's cgroup, or in that itself.
  private static let dropLimits =
    "cd \"/sys/fs/cgroup$(sed -n 's|/[.]control$||; s|^0::||p' /proc/self/cgroup)\" "
    + "&& echo '-memory -cpu' >cgroup.subtree_control"

  /// `Description=` supports no escapes, and a trailing backslash would continue the line.
  private var description: String {
    Self.escaped(TerminalText.sanitized(database)).replacing("\\", with: "\\x5c")
  }

  private var identity: String {
    switch scope {
    case .user: ""
    case .system(let user): "User=\(Self.escaped(user))\n"
    }
  }

  private var arguments: [String] {
    switch task {
    case .workers(let workers):
      [program, "worker", "start", "--count", "\(workers.count)", "--db", database]
        + (workers.trustsOthers ? ["--trust-others"] : [])
        + workers.queues.flatMap { ["--queue", $0] }
    case .web(let options): [program, "web", "--db", database] + options
    }
  }

  private var needs: String {
    isOnServer
      ? "Wants=network-online.target\nAfter=network-online.target"
      : "RequiresMountsFor=\(Self.quoted(directory))"
  }

  private var directory: String {
    guard let slash = database.lastIndex(of: "/"), slash > database.startIndex else { return "/" }
    return String(database[..<slash])
  }

  // MARK: - Quoting

  /// `%` starts a specifier in every setting.
  private static func escaped(_ text: String) -> String { text.replacing("%", with: "%%") }

  /// Quotes a word if necessary, with C escapes. Source:
  /// <https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines>
  private static func quoted(_ word: String) -> String {
    var text = ""
    var isPlain = !word.isEmpty
    for scalar in escaped(word).unicodeScalars {
      switch scalar {
      case "\\", "\"": text += "\\\(scalar)"
      case "\u{00}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\x\(digits.count < 2 ? "0" : "")\(digits)"
      default: text.unicodeScalars.append(scalar)
      }
      isPlain =
        isPlain && scalar.value > 0x20 && scalar.value != 0x7F
        && !"\\\"';".unicodeScalars.contains(scalar)
    }
    return isPlain ? text : "\"\(text)\""
  }

  /// Quotes a command-line word, in which `$` starts a variable.
  private static func argument(_ word: String) -> String {
    quoted(word.replacing("$", with: "$$"))
  }
}
