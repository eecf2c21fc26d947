import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct EnqueueRequest {
  let line: EnqueueLine
  let now: Moment
  let defaults: JobDefaults
  let database: DatabaseLocation
  var file: String?
  var id: String?
  /// With `--each` and `--lines`, the byte that ends each piece of input.
  var each: UInt8?
  /// Whether each piece is a command line.
  var takesLines = false
  var ifAbsent = false
  /// Whether ids of ended jobs may be reused.
  var replacesEnded = false
  /// Whether valid jobs are stored even if some are invalid.
  var keepGoing = false
  var wait = false
  /// Whether ids aren't printed.
  var isQuiet = false

  init(_ line: EnqueueLine, at now: Moment, defaults: JobDefaults, database: DatabaseLocation) {
    self.line = line
    self.now = now
    self.defaults = defaults
    self.database = database
  }

  init(withoutOptions line: EnqueueLine) throws {
    let directory = try WorkingDirectory.current()
    let database = try DatabaseLocation(flag: nil) { () throws(Failure) in directory }
    let now = try Session.clock(of: database).now()
    self.init(
      line, at: now,
      defaults: JobDefaults(directory: directory, time: LocalTime.text(from: now.wall)),
      database: database)
  }

  private var words: [String] { line.words }

  static func isMany(_ words: [String], file: String?) -> Bool { file != nil || words == ["-"] }

  /// Stores the jobs and prints their ids, or attaches to the job with `--wait`.
  func carryOut() throws {
    let (next, mayStore) = peeking(replacing(try source()))
    let session = try open(creating: mayStore)
    let newQueue = try newQueue(in: session)
    let isMany = each != nil || Self.isMany(words, file: file) && !line.isExact
    var batch = EnqueueBatch(
      ifAbsent: ifAbsent, keepGoing: keepGoing && isMany, isMany: isMany,
      collectsIDs: !isQuiet || wait, clock: session.clock)
    let settings = try session.store.settings()
    var inheritance = EnvironmentInheritance(isDefault: settings.inheritEnv)
    do {
      try session.store.enqueue(at: now, settings: settings) {
        try batch.next(from: next).map { inheritance.applied(to: $0) }
      } each: { result in
        try batch.note(result)
      } confirm: {
        try batch.confirm()
        if wait, batch.hasStored { AttachedJob.holdInterrupts() }
      }
    } catch is EnqueueBatch.Refused {
      try batch.tell(state: session.state)
      batch.reportRefusal()
      _ = try noteEnded(batch.existing, in: session)
      for id in batch.dependants { try noteStuck(id, in: session) }
      throw batch.hasInvalid ? Self.isInvalid : ExitCode.failure
    } catch {
      try batch.tell(state: session.state)
      throw error
    }
    try batch.tell(state: session.state)
    inheritance.noteUnreadable()
    if let newQueue, batch.hasStored { ErrorReport.note(newQueue) }
    if !wait, let job = batch.firstStored { try noteLackOfWorkers(for: job, in: session) }
    let hasEnded = try noteEnded(batch.existing, in: session)
    if wait {
      if hasEnded { throw Self.isOver }
      return try AttachedJob(id: singleJob(of: batch), isOwn: batch.hasStored, session: session)
        .stay()
    }
    try printIDs(of: batch)
    for id in batch.dependants { try noteStuck(id, in: session) }
    if batch.isEmpty {
      ErrorReport.note("the input has no jobs")
      // An empty list is normal with `--each`; JSON without a job is a mistake.
      if each == nil { throw Self.isInvalid }
    }
    if batch.errorCount > 0 {
      batch.reportSkipped()
      throw ExitCode.failure
    }
    if hasEnded { throw Self.isOver }
  }

  /// With `--if-absent`, the job exists but won't run again.
  private static let isOver = ExitCode(3)

  private static let isInvalid = ExitCode(Failure.Status.usage.rawValue)

  /// Prints the ids. On failure, reports that the jobs are stored nevertheless.
  private func printIDs(of batch: EnqueueBatch) throws {
    guard !isQuiet else { return }
    do throws(Output.Closed) {
      try Output.standard.write(batch.lines)
      try Output.standard.flush()
    } catch {
      guard !error.isPipe else { throw error }
      let isOne = batch.lines.count { $0 == 0x0A } == 1
      let which = isOne ? "the job \(singleJob(of: batch))" : "the jobs"
      ErrorReport.noteAtOnce("\(error); \(which) \(isOne ? "is" : "are") stored nevertheless")
      throw ExitCode.failure
    }
  }

  /// The single job, stored now or before.
  private func singleJob(of batch: EnqueueBatch) -> JobID {
    JobID(trusted: String(decoding: batch.lines.dropLast(), as: UTF8.self))
  }

  private func source() throws -> EnqueueBatch.Source {
    if let each { return try sourceForEach(endedBy: each) }
    if let file {
      return try readingAhead(try InputFile.open(file), name: file)
    }
    if words == ["-"], !line.isExact {
      return try readingAhead(STDIN_FILENO, name: "standard input")
    }
    let jobs = try jobsFromWords()
    if wait, jobs.count != 1 { throw ValidationError("--wait takes a single job.") }
    var rest = jobs[...]
    return { rest.popFirst().map { PlacedJob(job: $0, place: nil) } }
  }

  /// Reads the first job early: unless it is valid, nothing is stored, and no queue needs creating.
  private func peeking(
    _ source: @escaping EnqueueBatch.Source
  ) -> (next: EnqueueBatch.Source, mayStore: Bool) {
    let first: Result<PlacedJob?, any Error> = Result(catching: source)
    var early: Result<PlacedJob?, any Error>? = first
    let mayStore =
      switch first {
      case .success(let job): job != nil
      case .failure: keepGoing
      }
    return (
      {
        guard let read = early else { return try source() }
        early = nil
        return try read.get()
      }, mayStore
    )
  }

  /// Opens an empty queue in place of a missing one that needn't be created.
  private func open(creating: Bool) throws -> Session {
    if creating { return try Session.creating(database) }
    return try Session(database, creating: false) ?? Session(emptyAt: database)
  }

  private func replacing(_ source: @escaping EnqueueBatch.Source) -> EnqueueBatch.Source {
    guard replacesEnded else { return source }
    return {
      guard let placed = try source() else { return nil }
      var job = placed.job
      job.replacesEnded = true
      return PlacedJob(job: job, place: placed.place)
    }
  }

  private func sourceForEach(endedBy end: UInt8) throws -> EnqueueBatch.Source {
    let command = Array(words.prefix { $0 != ":::" })
    let form =
      takesLines ? EachForm(commandLinesWithID: id) : EachForm(words: command, id: id)
    guard form.hasOwnIDs else {
      throw ValidationError(
        "with --\(takesLines ? "lines" : "each"), --id needs {#} or {} to make each id unique: "
          + "--id 'clip-{#}'")
    }
    if command.count < words.count {
      let pieces = Array(words.dropFirst(command.count + 1))
      return JobSource(each: form, of: pieces, defaults: defaults).nextJob
    }
    let name = file ?? "standard input"
    let descriptor = try InputFile.spool(
      try file.map(InputFile.open) ?? STDIN_FILENO, name: name, endedBy: end)
    let source = JobSource(
      each: form, file: descriptor, name: name, endedBy: end, defaults: defaults)
    return ReadAhead(source)?.nextJob ?? source.nextJob
  }

  private func readingAhead(_ descriptor: Int32, name: String) throws -> EnqueueBatch.Source {
    let source = try JobSource(
      file: try InputFile.spool(descriptor, name: name), name: name, defaults: defaults)
    return ReadAhead(source)?.nextJob ?? source.nextJob
  }

  private func jobsFromWords() throws -> [NewJob] {
    guard JobText.looksLikeJSON(words[0]) else { return [try jobFromWords()] }
    // `[` is also a program; other JSON isn't.
    if line.isExact {
      guard words == ["["] || words.count > 1 && words[0] == "[" else {
        throw ValidationError("the words after -- are a command: omit -- before JSON")
      }
      return [try jobFromWords()]
    }
    guard words.count == 1 || words.allSatisfy(JobText.isObject) else {
      if words.contains("-") { throw ValidationError("- can't be combined with JSON arguments.") }
      throw ValidationError("the JSON was split into \(words.count) words: put it in single quotes")
    }
    let source = try JobSource(json: words.joined(separator: "\n"), defaults: defaults)
    var jobs: [NewJob] = []
    do {
      while let next = try source.nextJob() { jobs.append(next.job) }
    } catch let error as BadJob {
      let place = error.place.map { "\($0): " } ?? ""
      throw Failure(
        place + error.problem + (place.isEmpty ? "" : "; nothing was enqueued"), status: .usage)
    }
    if let id {
      guard jobs.count == 1 else { throw ValidationError("--id takes a single job.") }
      guard jobs[0].id == nil else {
        throw ValidationError("The id is given twice: by --id and in the JSON.")
      }
      jobs[0].id = try JobID(id)
    }
    return jobs
  }

  private func jobFromWords() throws -> NewJob {
    if !line.isExact, words.count == 1 { try CommandFile.check(words[0]) }
    if words.dropFirst().contains(":::") {
      ErrorReport.note(
        "\":::\" is a word of the command: a job for each word after it needs --each")
    }
    let command = line.isExact ? ShellWords.command(words) : ShellWords.line(words)
    let job = try NewJob(id: try id.map { try JobID($0) }, command: command, with: defaults)
    try job.checkSize()
    return job
  }
}
