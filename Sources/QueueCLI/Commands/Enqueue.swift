import ArgumentParser
import QueueCore

/// `queuectl enqueue`: stores jobs and prints their ids.
struct Enqueue: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put jobs into the queue and print their ids.",
    discussion: """
      A job is a command line, the words of a command after --, or JSON: an object,
      an array of objects, or one object a line from a file or standard input. Many
      jobs are stored all together or not at all. Flags apply to jobs whose JSON
      doesn't say otherwise.

      Fields in JSON: \(Enqueue.fields).

      EXAMPLES:
        $ queuectl enqueue 'echo one && echo two'
        $ queuectl enqueue --id backup --timeout 2h --max-retries 5 -- tar czf /tmp/b.tgz /etc/hostname
        $ queuectl enqueue '{"id":"job1","command":"sleep 10"}'
        $ queuectl enqueue '[{"command":"true"},{"command":"false","max_retries":0}]'
        $ printf '{"command":"echo %s"}\\n' a b c | queuectl enqueue -
        $ queuectl enqueue --id report --after job1 -- echo done
      """)

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp(
      "A command, or JSON, or - for JSON Lines from standard input.", valueName: "job"))
  var words: [String] = []

  @Option(
    help: ArgumentHelp("Read JSON Lines, or one JSON array, from a file.", valueName: "path"),
    completion: .file())
  var file: String?

  @Option(parsing: .unconditional, help: "The job's id; made up if there is none.")
  var id: String?

  @OptionGroup var options: JobOptions

  @Flag(
    help: "A job whose id or --unique key is there already is left as it is, and that is no error.")
  var ifAbsent = false

  @Flag(
    help: "Of many jobs, store the good ones; the bad ones are reported, and the exit status is 1.")
  var keepGoing = false

  @Flag(
    help: ArgumentHelp(
      "Show what the job writes, and exit as it does; ^C cancels it, a second one leaves it be, as does one for a job that was there."
    ))
  var wait = false

  private static let fields = JobField.allCases.filter(\.canBeGiven).map(\.rawValue)
    .joined(separator: ", ")

  mutating func validate() throws {
    if file != nil && !words.isEmpty {
      throw ValidationError("--file and a job on the command line don't go together.")
    }
    if file == nil && words.isEmpty {
      throw ValidationError(
        "Say what to run: a command, JSON, --file PATH, or - for standard input.")
    }
    if id != nil && isMany { throw ValidationError("--id is for a single job.") }
    if wait && isMany { throw ValidationError("--wait is for a single job.") }
  }

  func run() throws {
    let now = SystemClock().now()
    var request = EnqueueRequest(
      words, at: now, defaults: try options.defaults(at: now), database: try database.location())
    request.file = file
    request.id = id
    request.ifAbsent = ifAbsent
    request.keepGoing = keepGoing
    request.wait = wait
    // The command of that name; other words are told what is wrong with their JSON.
    let hasSeparator = try ProcessArguments.words().contains("--")
    request.isCommand = words.count > 1 && words[0] == "[" && hasSeparator
    if let at = options.at, let runAt = request.defaults.runAt, runAt < now.wall {
      let ago = (now.wall - runAt).brief
      ErrorReport.note("--at \(SafeText.quoted(at)) was \(ago) ago: the job is due at once")
    }
    try request.carryOut()
  }

  /// Flags after the first of several words would be taken from the command that those words are, and another one stored.
  static func checkFlags(in arguments: [String]) throws {
    guard !arguments.contains("--"), let first = arguments.first, !first.hasPrefix("-") else {
      return
    }
    let others = arguments.dropFirst()
    guard let flag = others.first(where: { $0.hasPrefix("-") && $0 != "-" }) else { return }
    guard flag != "--help", flag != "-h" else { return }
    // After a single word they are ours; of one that is misspelt the parser knows the right name.
    let isOurs = flag.hasPrefix("--") || (try? parseAsRoot(arguments)) is Enqueue
    if others.first?.hasPrefix("-") == true, flag != "--version", isOurs { return }
    throw misplaced(flag)
  }

  /// The same where flags come first.
  func checkOrder(in arguments: [String]) throws {
    let tail = arguments.suffix(words.count)
    guard words.count > 1, !arguments.contains("--"), tail != words[...] else { return }
    throw Self.misplaced(tail.first { $0.hasPrefix("-") } ?? words[0])
  }

  private static func misplaced(_ flag: String) -> ValidationError {
    ValidationError(
      "\(SafeText.quoted(flag)) stands after the first word of the command. If it is the command's, put -- "
        + "before the command; if not, put it first.")
  }

  private var isMany: Bool { EnqueueRequest.isMany(words, file: file) }
}
