import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Rerun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerun",
    abstract: "Enqueue a new job like an existing one.",
    usage: "queuectl rerun [<options>] <id>",
    discussion: """
      The job may be in any state, and stays as it is. The new one is due now and
      waits for no other job. Its id is that of the old one with a number: job1.2.
      Options override its values; --env adds variables, or replaces their values.

      EXAMPLES:
        $ queuectl enqueue --id job1 'echo hello'
        $ queuectl worker start --drain
        $ queuectl rerun job1
        $ queuectl rerun job1 --id job1-later --delay 1h --max-retries 0
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(help: OptionParsing.job, completion: ShellCompletions.jobs)
  var id: String

  @Option(
    name: .customLong("id"), parsing: .unconditional,
    help: ArgumentHelp("The new job's id.", valueName: "id"))
  var newID: String?

  @OptionGroup var key: UniqueOption
  @OptionGroup var changes: JobChanges

  func run() throws {
    let now = try database.now()
    let edit = try changes.edit(at: now)
    let chosen = try newID.map { try JobID($0) }
    let session = try database.openReading()
    let job = try session.store.job(id, at: now)
    var spec = edit.applied(to: job.spec)
    spec.runAt = edit.runAt
    if let unique = key.unique { spec.uniqueKey = unique }
    let copy = try NewJob(spec)
    guard let chosen else { return try enqueue(copy, after: job.id, in: session, at: now) }
    guard try enqueue(copy, as: chosen, in: session, at: now) else {
      throw Failure("job \"\(chosen)\" already exists: choose another id")
    }
  }

  /// Enqueues it under the first free number.
  private func enqueue(
    _ copy: NewJob, after original: JobID, in session: Session, at now: Moment
  ) throws {
    var number = 2
    while let id = original.rerun(number) {
      if try !session.has(id), try enqueue(copy, as: id, in: session, at: now) { return }
      number += 1
    }
    _ = try enqueue(copy, as: nil, in: session, at: now)
  }

  /// Returns false, with nothing stored, if the id is taken.
  private func enqueue(
    _ copy: NewJob, as id: JobID?, in session: Session, at now: Moment
  ) throws -> Bool {
    var job = copy
    job.id = id
    var rest: NewJob? = job
    var result: EnqueueResult?
    try session.store.enqueue(at: now, settings: try session.store.settings()) {
      defer { rest = nil }
      return rest
    } each: {
      result = $0
    }
    switch result {
    case .added(let id)?:
      try Output.standard.line("\(id)")
      return true
    case .keyTaken(let key, let holder)?:
      throw Failure(
        "unfinished job \"\(holder)\" has the key \(quoted: key): wait for it, or pass another "
          + "--unique")
    case .exists?, .refused?, nil: return false
    }
  }
}

extension JobID {
  /// The id of a job's copy: the number replaces that of a copy. Nil if it would be too long.
  fileprivate func rerun(_ number: Int) -> JobID? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let isCopy = parts.count > 1 && parts.last.flatMap { Int($0) } != nil
    let base = isCopy ? parts.dropLast().joined(separator: ".") : text
    return try? JobID("\(base).\(number)")
  }
}
