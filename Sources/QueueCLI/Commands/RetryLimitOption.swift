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
      throw ValidationError("--\(error.field.replacing("_", with: "-")) \(error.problem)")
    }
  }
}

extension Session {
  /// Edits the jobs that a retry would change, each in a transaction of its own. Throws before the
  /// first one if a named job is refused; skips jobs that have changed since.
  func change(_ selection: JobSelection, by edit: JobEdit) throws {
    let jobs = try store.retry(selection, dryRun: true, at: clock.now()).jobs
    var progress = ProgressLine(clock: clock)
    defer { progress.end() }
    for (index, job) in jobs.enumerated() {
      do throws(StoreError) {
        _ = try store.edit(job.text, edit, at: clock.now())
      } catch {
        guard error.code == .wrongState || error.code == .notFound else { throw error }
      }
      progress.show(index + 1, "jobs changed")
    }
  }
}
