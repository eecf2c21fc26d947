import QueueCore

/// The systemd unit that keeps workers running: a value, and its text.
///
/// What it promises: a stop asks the supervisor only, which lets each worker finish its job, and
/// waits as long as that takes. A supervisor that dies is started again while its workers finish
/// what they have. A job that the kernel ends for want of memory is that job's failure, not the
/// service's end. Nothing is taken away from jobs, as nobody but their owner knows what they need.
struct ServiceUnit: Equatable {
  /// Whose systemd runs it.
  enum Scope: Equatable {
    /// The user's own, in which it runs as that user.
    case user
    /// The machine's, in which it runs as this user.
    case system(runAs: String)
  }

  var scope: Scope
  /// The binary, by its absolute path.
  var program: String
  /// The queue's database, by its absolute path.
  var database: String
  var count: Int
  /// Queues that are served; all when empty.
  var queues: [String] = []
  /// Whether workers start although others may write to the queue.
  var trustsOthers = false
  /// Where jobs' programs are looked for.
  var path: String
  /// How long a stop waits for jobs; nil for as long as they take.
  var stopTimeout: Duration?

  /// By this line a unit is known as one of ours.
  static let mark =
    "# Written by \"queuectl service install\"; \"queuectl service uninstall\" removes it."

  /// The unit file.
  var text: String {
    """
    \(Self.mark)
    [Unit]
    Description=queuectl workers for \(description)
    Documentation=man:queuectl(1)
    RequiresMountsFor=\(Self.quoted(directory))

    [Service]
    Type=exec
    ExecStart=\(arguments.map(Self.argument).joined(separator: " "))
    \(identity)# Jobs find the programs that whoever installed this found.
    Environment=\(Self.quoted("PATH=\(path)"))
    # A stop tells the supervisor only; each worker finishes its job and leaves.
    KillMode=process
    TimeoutStopSec=\(stopTimeout.map { "\(max(1, $0.milliseconds / 1000))s" } ?? "infinity")
    Restart=on-failure
    RestartSec=5s
    # A job that takes too much memory fails alone.
    OOMPolicy=continue

    [Install]
    WantedBy=\(scope == .user ? "default.target" : "multi-user.target")

    """
  }

  /// A backslash at the end of a line would have the next one belong to it; `Description=` knows no
  /// escapes.
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
    [program, "worker", "start", "--count", "\(count)", "--db", database]
      + (trustsOthers ? ["--trust-others"] : []) + queues.flatMap { ["--queue", $0] }
  }

  private var directory: String {
    guard let slash = database.lastIndex(of: "/"), slash > database.startIndex else { return "/" }
    return String(database[..<slash])
  }

  // MARK: - Quoting

  /// `%` begins a specifier everywhere.
  private static func escaped(_ text: String) -> String { text.replacing("%", with: "%%") }

  /// A word in quotes where it needs them, with escapes as in C.
  /// Source:
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

  /// A word of a command line, in which `$` begins a variable.
  private static func argument(_ word: String) -> String {
    quoted(word.replacing("$", with: "$$"))
  }
}
