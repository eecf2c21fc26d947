import ArgumentParser
import QueueCore
import QueueHost

struct Enqueue: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put jobs into the queue and print their ids.",
    discussion: """
      A job is a command line in one word, the words of a command after --, or JSON:
      objects, or an array of them, here, in a file or on standard input. Many jobs
      are stored all together or not at all. Flags apply to jobs whose JSON doesn't
      say otherwise.

      --each makes a job of each line of standard input or of --file, or of each word
      after :::, with the line put in for {}, the line without its ending for {.},
      its base name for {/}, its directory for {//}, its number for {#}.

      Fields in JSON: \(Enqueue.fields).

      EXAMPLES:
        $ queuectl enqueue 'echo one && echo two'
        $ queuectl enqueue --id backup --timeout 2h -- tar czf /tmp/b.tgz /etc/hostname
        $ queuectl enqueue '{"id":"job1","command":"sleep 10"}'
        $ queuectl enqueue '[{"command":"true"},{"command":"false","max_retries":0}]'
        $ printf '{"command":"echo %s"}\\n' a b c | queuectl enqueue -
        $ queuectl enqueue --id report --after job1 -- echo done
        $ find . -name '*.log' -print0 | queuectl enqueue --each -0 -- gzip -k {}
        $ queuectl enqueue --each --id 'page-{#}' -- echo {} {.}.pdf ::: a.txt b.txt
      """)

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp(
      "A command, or JSON, or - for JSON from standard input.", valueName: "job"))
  var words: [String] = []

  @Option(
    help: ArgumentHelp("Read JSON, or with --each lines, from a file.", valueName: "path"),
    completion: .file())
  var file: String?

  @Option(parsing: .unconditional, help: "The job's id; made up if there is none.")
  var id: String?

  @OptionGroup var options: JobOptions

  @Flag(help: "Make a job of each line of input, for the words of a command after --.")
  var each = false

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "With --each: a byte 0 ends each piece of input, not the end of the line.")
  var isEndedByNull = false

  @Flag(
    help: "A job whose id or --unique key is there already is left as it is, and that is no error.")
  var ifAbsent = false

  @Flag(
    help: ArgumentHelp(
      "An ended job of the same id is renamed to ID.MADE, so that this one can be stored."
    ))
  var replaceEnded = false

  @Flag(
    help: "Of many jobs, store the good ones; the bad ones are reported, and the exit status is 1.")
  var keepGoing = false

  @Flag(
    help: ArgumentHelp(
      "Show what the job writes, and exit as it does; ^C cancels it, a second one leaves it be, as "
        + "does one for a job that was there."
    ))
  var wait = false

  private static let fields = JobField.allCases.filter(\.canBeGiven).map(\.rawValue)
    .joined(separator: ", ")

  mutating func validate() throws {
    if each {
      let isForWords = words.contains(":::")
      if words.isEmpty || words.first == ":::" {
        throw ValidationError("--each takes the words of a command after --")
      }
      if isForWords && (file != nil || isEndedByNull) {
        throw ValidationError("::: doesn't go together with --file and -0")
      }
      if wait { throw ValidationError("--wait is for a single job.") }
      return
    }
    if isEndedByNull { throw ValidationError("-0 is for --each.") }
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

  static func run(_ arguments: [String]) throws {
    let line = try EnqueueLine(arguments)
    // Without options, skip the parser: it takes two thirds of the time to store a job.
    if line.options.isEmpty, !line.words.isEmpty {
      return try EnqueueRequest(withoutOptions: line).carryOut()
    }
    let words = line.options + (line.words.isEmpty ? [] : ["--"] + line.words)
    guard let enqueue = (try? parseAsRoot(words)) as? Enqueue else {
      // Parsing from the root handles help and prints the full command name in errors.
      var command = try Queuectl.parseAsRoot(["enqueue"] + words)
      return try command.run()
    }
    try enqueue.request(for: line).carryOut()
  }

  private func request(for line: EnqueueLine) throws -> EnqueueRequest {
    let now = SystemClock().now()
    var request = EnqueueRequest(
      line, at: now, defaults: try options.defaults(at: now), database: try database.location())
    request.file = file
    request.id = id
    request.each = each ? (isEndedByNull ? 0 : 0x0A) : nil
    request.ifAbsent = ifAbsent
    request.replacesEnded = replaceEnded
    request.keepGoing = keepGoing
    request.wait = wait
    if each && !line.isExact {
      throw ValidationError("--each takes the words of a command after --")
    }
    if let at = options.at, let runAt = request.defaults.runAt, runAt < now.wall {
      let ago = (now.wall - runAt).brief
      ErrorReport.note("--at \(quoted: at) was \(ago) ago: the job is due at once")
    }
    return request
  }

  private var isMany: Bool { EnqueueRequest.isMany(words, file: file) }
}
