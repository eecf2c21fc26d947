import ArgumentParser
import QueueCore
import QueueHost

struct Enqueue: ParsableCommand {
  static let name = "enqueue"

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract: "Put jobs into the queue and print their ids.",
    discussion: """
      A job is a command line as one argument, a program and its arguments after --,
      or JSON: objects or an array of them, as arguments, in a file or on standard
      input. A batch is stored as a whole or not at all. Flags supply the fields
      that the JSON doesn't set. "queuectl import" takes the JSON of "export".

      --each makes a job of each line of standard input or --file, or of each word
      after :::. In the command, --id and --unique, {} is the line, {.} the line
      without its extension, {/} its base name, {//} its directory and {#} its
      number. Other options are taken literally, and --wait isn't for --each. --lines
      takes each line as a command line, except blank ones and those that begin
      with #. A pipeline needs a shell: --each -- sh -c 'wc <"$1" | sort' sh {}

      Fields in JSON: \(Enqueue.fields).

      EXAMPLES:
        $ queuectl enqueue 'echo one && echo two'
        $ queuectl enqueue --id backup --timeout 2h -- tar czf /tmp/b.tgz /etc/hosts
        $ queuectl enqueue '{"id":"job1","command":"sleep 10"}'
        $ queuectl enqueue '[{"command":"true"},{"command":"false","max_retries":0}]'
        $ printf '{"command":"echo %s"}\\n' a b c | queuectl enqueue -
        $ queuectl enqueue --id report --after job1 -- echo done
        $ find . -name '*.log' -print0 | queuectl enqueue --each -0 -- gzip -k {}
        $ queuectl enqueue --each --id 'page-{#}' -- echo {} {.}.pdf ::: a.txt b.txt
        $ printf 'echo one | wc -c\\n# two\\nls /\\n' | queuectl enqueue --lines --quiet
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp(
      "A command, JSON, or - for JSON from standard input.", valueName: "job"))
  var words: [String] = []

  @Option(
    help: ArgumentHelp(
      "Read JSON from a file, or text with --each or --lines.", valueName: "path"),
    completion: .file())
  var file: String?

  @Option(parsing: .unconditional, help: "The job's id; generated if omitted.")
  var id: String?

  @OptionGroup var options: JobOptions

  @Flag(help: "Make a job of each line of input, with the command after --.")
  var each = false

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "With --each: items end with a zero byte instead of a line end.")
  var isEndedByNull = false

  @Flag(help: "Make a job of each line of input, which is its command line.")
  var lines = false

  @Flag(
    help: ArgumentHelp(
      "If the id or the --unique key is taken, keep the existing job; exit status 3 if it has "
        + "ended."))
  var ifAbsent = false

  @Flag(
    help: ArgumentHelp(
      "If an ended job has the id, rename that job to ID.SUFFIX."
    ))
  var replaceEnded = false

  @Flag(
    help: "Store the valid jobs of a batch and report the others, with exit status 1.")
  var keepGoing = false

  @Flag(
    help: ArgumentHelp(
      "Print the job's output, both streams on standard output, and exit with its status. 2>FILE "
        + "in the command keeps them apart. ^C cancels the job; a second ^C detaches. For a job "
        + "that already existed, ^C only detaches."
    ))
  var wait = false

  @Flag(help: "Don't print the ids.")
  var quiet = false

  private static let fields = JobField.allCases.filter(\.canBeGiven).map(\.rawValue)
    .joined(separator: ", ")

  mutating func validate() throws {
    if each {
      if lines { throw ValidationError("--each can't be combined with --lines.") }
      let isForWords = words.contains(":::")
      if words.isEmpty || words.first == ":::" {
        throw ValidationError(EnqueueLine.needsProgram)
      }
      if isForWords && (file != nil || isEndedByNull) {
        throw ValidationError("::: can't be combined with --file or -0")
      }
      if wait { throw ValidationError("--wait takes a single job.") }
      return
    }
    if isEndedByNull { throw ValidationError("-0 needs --each.") }
    if lines {
      guard words.isEmpty else {
        throw ValidationError("--lines reads the commands from standard input or --file.")
      }
      if wait { throw ValidationError("--wait takes a single job.") }
      return
    }
    if file != nil && !words.isEmpty {
      throw ValidationError("--file can't be combined with a job on the command line.")
    }
    if file == nil && words.isEmpty {
      throw ValidationError(
        "Give a job: a command, JSON, --file PATH, or - for standard input.")
    }
    if id != nil && isMany { throw ValidationError("--id takes a single job.") }
    if wait && isMany { throw ValidationError("--wait takes a single job.") }
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
    let now = try database.now()
    var request = EnqueueRequest(
      line, at: now, defaults: try options.defaults(at: now), database: try database.location())
    request.file = file
    request.id = id
    request.each = each || lines ? (isEndedByNull ? 0 : 0x0A) : nil
    request.takesLines = lines
    request.ifAbsent = ifAbsent
    request.replacesEnded = replaceEnded
    request.keepGoing = keepGoing
    request.wait = wait
    request.isQuiet = quiet
    if each && !line.isExact { throw ValidationError(EnqueueLine.needsProgram) }
    if let at = options.at, let runAt = request.defaults.runAt, runAt < now.wall {
      let ago = (now.wall - runAt).brief
      ErrorReport.note("--at \(quoted: at) was \(ago) ago: the job is due now")
    }
    return request
  }

  private var isMany: Bool { EnqueueRequest.isMany(words, file: file) }
}
