import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// The changes with which jobs are retried.
struct RetryLimitOption: ParsableArguments {
  @Option(parsing: .unconditional, help: "Retries after a first failure, from now on.")
  var maxRetries: Int?

  /// Returns the changes; nil for none.
  func edit(command: String? = nil) throws -> JobEdit? {
    guard maxRetries != nil || command != nil else { return nil }
    do throws(InvalidJob) {
      var edit = try JobEdit(command: command)
      edit.maxRetries = maxRetries
      try edit.check()
      return edit
    } catch {
      throw ValidationError(error.asFlag)
    }
  }
}

extension Session {
  /// Edits the jobs that a retry would change, each in a transaction of its own. Throws before the
  /// first one if a named job is refused; skips jobs that have changed since.
  func change(_ selection: JobSelection, by edit: JobEdit) throws {
    var progress = ProgressLine(clock: clock)
    defer { progress.end() }
    var count = 0
    for part in selection.parts {
      for job in try store.retry(part, dryRun: true, at: clock.now()).jobs {
        do throws(StoreError) {
          _ = try store.edit(job.text, edit, at: clock.now())
        } catch {
          guard error.code == .wrongState || error.code == .notFound else { throw error }
        }
        count += 1
        progress.show(count, "jobs changed")
      }
    }
  }
}
