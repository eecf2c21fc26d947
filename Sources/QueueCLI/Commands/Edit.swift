import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Change jobs that aren't running.",
    usage: "queuectl edit [<options>] (<id> ... | --all | filters)",
    discussion: """
      All named jobs are changed, or none. Running and completed jobs are refused;
      filters skip them. A dead or cancelled job keeps its state until it is
      retried. --env adds variables, or replaces their values.

      EXAMPLES:
        $ queuectl enqueue --id job1 --delay 1h 'echo hello'
        $ queuectl edit job1 --priority 10 --delay 0
        $ queuectl edit job1 --command 'echo bye' --timeout 10m --max-retries 5
        $ queuectl edit --with-tag reel1 --state pending --nice 10 --dry-run
        $ queuectl edit --in-queue default --queue night --yes
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to change.", valueName: "id"), completion: ShellCompletions.jobs)
  var ids: [String] = []

  @OptionGroup var changes: JobChanges
  @OptionGroup var states: StateFilter
  @OptionGroup var choice: JobChoices<PresentPlaceFilters>

  func run() throws {
    try choice.check(ids, states)
    let now = try database.now()
    let edit = try changes.edit(at: now)
    guard edit != (try JobEdit()) else {
      throw ValidationError("Give the change, such as --priority, --delay or --command.")
    }
    let chosen = try states.states(among: JobState.editable) { state in
      "\(state) jobs can't be edited"
        + (state == .completed ? "; \"queuectl rerun\" enqueues a changed copy." : ".")
    }
    noteUnselected()
    let session = try database.openReading()
    let selection = try choice.selection(ids, in: chosen, of: session)
    let change = JobChange.edit(selection, edit, in: session)
    guard !ids.isEmpty else { return try change.run(with: choice.consent(ids)) }
    try change.run(with: choice.consent(ids)) { changed in
      for id in changed { try Output.standard.line("edited \(id)") }
      for id in changed { try noteEnded(id, in: session) }
    }
  }

  /// Notes that `--tag` and `--queue` don't select jobs, as they do for other commands.
  private func noteUnselected() {
    guard ids.isEmpty, !choice.all, choice.filter.queue == nil, choice.filter.tag.isEmpty else {
      return
    }
    if !changes.run.tag.isEmpty { ErrorReport.note("--tag adds a tag; --with-tag selects jobs") }
    if changes.queue != nil {
      ErrorReport.note("--queue moves jobs to that queue; --in-queue selects jobs")
    }
  }

  /// Notes a job that won't run with its changes unless it is retried.
  private func noteEnded(_ id: JobID, in session: Session) throws {
    let job = try session.store.job(id.text, at: session.clock.now())
    guard !job.state.isUnfinished else { return }
    let advice = ShellWords.command(["queuectl", "retry", id.text])
    ErrorReport.note("\(id) stays \(job.state) until it is retried: \"\(advice)\"")
  }
}
