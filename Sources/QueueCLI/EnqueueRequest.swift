import ArgumentParser
import Glibc
import QueueCore
import QueueWorker

/// What is to be enqueued, and how: what `enqueue` was told.
struct EnqueueRequest {
  /// A command line, the words of a command, JSON, or `-`; none with a file.
  let words: [String]
  let now: Moment
  let defaults: JobDefaults
  let database: DatabaseLocation
  var file: String?
  var id: String?
  var ifAbsent = false
  /// Whether, of many jobs, those that are right are stored though others aren't.
  var keepGoing = false
  var wait = false
  /// Whether the words are those of a command, whatever they look like.
  var isCommand = false

  init(_ words: [String], at now: Moment, defaults: JobDefaults, database: DatabaseLocation) {
    self.words = words
    self.now = now
    self.defaults = defaults
    self.database = database
  }

  /// What the program's words ask for, if they are `enqueue` and a job without any flag. There is nothing for the argument parser to do
  /// then, which takes two thirds of the time that it takes to store a job. Nil for anything else.
  init?(withoutFlags arguments: [String]) throws {
    guard arguments.count > 1, arguments[0] == "enqueue",
      !arguments.contains(where: { $0.hasPrefix("-") })
    else { return nil }
    let now = SystemClock().now()
    let directory = try WorkingDirectory.current()
    self.init(
      Array(arguments.dropFirst()), at: now,
      defaults: JobDefaults(directory: directory, time: LocalTime.text(from: now.wall)),
      database: try DatabaseLocation(flag: nil) { () throws(Failure) in directory })
  }

  /// Whether there may be any number of jobs.
  static func isMany(_ words: [String], file: String?) -> Bool { file != nil || words == ["-"] }

  /// Stores the jobs and prints their ids, or, for one that is waited for, what it writes.
  func carryOut() throws {
    // What is wrong with a single job is known before a queue is made for it.
    let next = try source()
    let session = try Session.creating(database)
    let isMany = Self.isMany(words, file: file)
    var batch = EnqueueBatch(
      ifAbsent: ifAbsent, keepGoing: keepGoing && isMany, isMany: isMany, clock: session.clock)
    do {
      try session.store.enqueue(at: now, settings: try session.store.settings()) {
        try batch.next(from: next)
      } each: { result in
        try batch.note(result)
      } confirm: {
        try batch.confirm()
        if wait, batch.hasStored { AttachedJob.holdInterrupts() }
      }
    } catch is EnqueueBatch.Refused {
      try batch.tell(isStored: session.has)
      batch.reportRefusal()
      throw ExitCode.failure
    } catch {
      try batch.tell(isStored: session.has)
      throw error
    }
    try batch.tell(isStored: session.has)
    if wait {
      return try AttachedJob(id: singleJob(of: batch), isOwn: batch.hasStored, session: session)
        .stay()
    }
    try printIDs(of: batch)
    for id in batch.dependants { try noteStuck(id, in: session) }
    if batch.isEmpty { ErrorReport.note("there were no jobs to enqueue") }
    if batch.errorCount > 0 {
      batch.reportSkipped()
      throw ExitCode.failure
    }
  }

  /// Says that a job waits for the success of one that can't succeed any more unless it is put back.
  private func noteStuck(_ id: JobID, in session: Session) throws {
    guard try session.has(id) else { return }
    let now = session.clock.now()
    let job = try session.store.job(id.text, at: now)
    let stuck = try Hindrance.find(for: job) { job in
      job.waitsFor.map(Explanation.Reason.needs)
    } look: { id in
      try session.has(id) ? try session.store.job(id.text, at: now) : nil
    }
    if let stuck { ErrorReport.note(stuck.text(for: job)) }
  }

  /// Whoever doesn't get to read the ids must not believe that nothing was stored.
  private func printIDs(of batch: EnqueueBatch) throws {
    do throws(Output.Closed) {
      try Output.standard.write(batch.lines)
      try Output.standard.flush()
    } catch {
      guard !error.isPipe else { throw error }
      let isOne = batch.lines.count { $0 == 0x0A } == 1
      let which = isOne ? "the job \(singleJob(of: batch))" : "the jobs"
      ErrorReport.noteAtOnce("\(error); \(which) \(isOne ? "is" : "are") stored all the same")
      throw ExitCode.failure
    }
  }

  /// The only job that was stored, or was there already.
  private func singleJob(of batch: EnqueueBatch) -> JobID {
    JobID(trusted: String(decoding: batch.lines.dropLast(), as: UTF8.self))
  }

  /// Where the jobs come from, one at a time.
  private func source() throws -> EnqueueBatch.Source {
    if let file {
      return try readingAhead(try InputFile.open(file), name: file)
    }
    if words == ["-"] {
      return try readingAhead(STDIN_FILENO, name: "standard input")
    }
    let jobs = try jobsFromWords()
    if wait, jobs.count != 1 { throw ValidationError("--wait is for a single job.") }
    var rest = jobs[...]
    return { rest.popFirst().map { PlacedJob(job: $0, place: nil) } }
  }

  private func readingAhead(_ descriptor: Int32, name: String) throws -> EnqueueBatch.Source {
    let source = try JobSource(
      file: try InputFile.spool(descriptor, name: name), name: name, defaults: defaults)
    return ReadAhead(source)?.nextJob ?? source.nextJob
  }

  private func jobsFromWords() throws -> [NewJob] {
    guard !isCommand, JobText.looksLikeJSON(words[0]) else {
      let id = try id.map { text in try JobID(text) }
      return [try NewJob(id: id, command: ShellWords.command(words), with: defaults)]
    }
    guard words.count == 1 else {
      throw Failure("the JSON came in \(words.count) pieces: put it in single quotes")
    }
    let source = try JobSource(json: words[0], defaults: defaults)
    var jobs: [NewJob] = []
    do {
      while let next = try source.nextJob() { jobs.append(next.job) }
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
}
