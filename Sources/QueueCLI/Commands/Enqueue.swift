import ArgumentParser
import Glibc
import QueueCore
import QueueWorker

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
      "Show what the job writes, and exit as it does; ^C cancels it, a second one leaves it be."))
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
    let clock = SystemClock()
    let now = clock.now()
    let defaults = try options.defaults(at: now)
    // What is wrong with a single job is known before a queue is made for it.
    let next = try source(defaults)
    let session = try database.openCreating()
    var batch = EnqueueBatch(
      ifAbsent: ifAbsent, keepGoing: keepGoing && isMany, isMany: isMany, clock: clock)
    do {
      try session.store.enqueue(at: now, settings: try session.store.settings()) {
        try batch.next(from: next)
      } each: { result in
        try batch.note(result)
      } confirm: {
        try batch.confirm()
      }
    } catch is EnqueueBatch.Refused {
      batch.reportRefusal()
      throw ExitCode.failure
    }
    session.ring()
    if wait { return try AttachedJob(id: singleJob(of: batch), session: session).stay() }
    try Output.standard.write(batch.lines)
    if batch.isEmpty { ErrorReport.note("there were no jobs to enqueue") }
    if batch.errorCount > 0 {
      batch.reportSkipped()
      throw ExitCode.failure
    }
  }

  /// The only job that was stored, or was there already.
  private func singleJob(of batch: EnqueueBatch) -> JobID {
    JobID(trusted: String(decoding: batch.lines.dropLast(), as: UTF8.self))
  }

  private var isMany: Bool { file != nil || words == ["-"] }

  /// Where the jobs come from, one at a time with their places.
  private func source(_ defaults: JobDefaults) throws -> EnqueueBatch.Source {
    if let file {
      let source = try JobSource(
        file: try InputFile.spool(try InputFile.open(file), name: file), name: file,
        defaults: defaults)
      return { (try source.nextJob(), source.place) }
    }
    if words == ["-"] {
      let source = try JobSource(
        file: try InputFile.spool(STDIN_FILENO, name: "standard input"), name: "standard input",
        defaults: defaults)
      return { (try source.nextJob(), source.place) }
    }
    let jobs = try jobsFromWords(defaults)
    if wait, jobs.count != 1 { throw ValidationError("--wait is for a single job.") }
    var rest = jobs[...]
    return { (rest.popFirst(), nil) }
  }

  private func jobsFromWords(_ defaults: JobDefaults) throws -> [NewJob] {
    guard JobText.looksLikeJSON(words[0]) else {
      return [try job(command: ShellWords.command(words), defaults)]
    }
    guard words.count == 1 else {
      throw Failure("the JSON came in \(words.count) pieces: put it in single quotes")
    }
    let source = try JobSource(json: words[0], defaults: defaults)
    var jobs: [NewJob] = []
    do {
      while let job = try source.nextJob() { jobs.append(job) }
    } catch let error as BadJob {
      let place = error.place.map { "\($0): " } ?? ""
      throw Failure(place + error.problem + (place.isEmpty ? "" : "; nothing was enqueued"))
    }
    if let id {
      guard jobs.count == 1 else { throw ValidationError("--id is for a single job.") }
      guard jobs[0].id == nil else {
        throw ValidationError("The id is given twice: by --id and in the JSON.")
      }
      jobs[0].id = try JobID(id)
    }
    return jobs
  }

  private func job(command: String, _ defaults: JobDefaults) throws -> NewJob {
    try NewJob(
      id: try id.map { text in try JobID(text) }, command: command, queue: defaults.queue,
      priority: defaults.priority, runAt: defaults.runAt, prerequisites: defaults.prerequisites,
      uniqueKey: defaults.uniqueKey, timeout: defaults.timeout, maxRetries: defaults.maxRetries,
      retryRules: defaults.retryRules, directory: defaults.directory,
      environment: defaults.environment)
  }
}
