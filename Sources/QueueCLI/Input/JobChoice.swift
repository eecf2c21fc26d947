import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

typealias JobChoice = JobChoices<UsualPlaceFilters>

/// The jobs that a command changes: those of its arguments, or by filters, or all.
struct JobChoices<Place: PlaceFilters>: ParsableArguments {
  @OptionGroup var filter: JobFilters<Place>

  @Flag(help: "All jobs to which the command applies.")
  var all = false

  @Flag(help: "Only count the jobs and name the first ten.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask; required without a terminal, unless jobs are named.")
  var yes = false

  /// Throws unless the jobs are given either by ids, or by filters or `--all`. Called after the
  /// parser has refused unknown options, whose values look like ids.
  /// - Parameter states: the command's own filter.
  func check(_ ids: [String], _ states: StateFilter? = nil) throws {
    let example = "--all or a filter like \(Place.prefixes.queue)queue"
    let isSelected = all || !filter.isEmpty || states?.isEmpty == false
    if ids.isEmpty, !isSelected {
      throw ValidationError("Name the jobs by id, or pass \(example).")
    }
    if !ids.isEmpty, isSelected {
      throw ValidationError("Ids can't be combined with \(example).")
    }
  }

  /// Notes names that don't exist.
  func selection(
    _ ids: [String], in states: [JobState], of session: Session
  ) throws -> JobSelection {
    guard ids.isEmpty else { return JobSelection(.named(ids), in: states) }
    return try filter.selection(in: states, of: session)
  }

  /// The consent to change the jobs.
  func consent(_ ids: [String]) -> Consent {
    Consent(dryRun: dryRun, yes: yes, isNamed: !ids.isEmpty)
  }
}
