import QueueCore

extension SQLiteJobStore {
  /// Checks schedules and their history, each row on its own; empty for no problem.
  func scheduleProblems() throws(StoreError) -> [Finding] {
    let names = try connection.all("SELECT name FROM schedules ORDER BY name") { $0.text(0) }
    var problems: [Finding] = []
    for name in names {
      if let problem = try problem(ofSchedule: name) { problems.append(problem) }
    }
    return problems + (try ownerlessHistory())
  }

  private func problem(ofSchedule name: String) throws(StoreError) -> Finding? {
    do throws(StoreError) {
      let schedule = try schedule(name)
      guard let error = Self.refusal(of: schedule) else { return nil }
      return Finding(
        .problem, "schedules", "\(name) can't be enqueued: \(error)",
        advice: "change it: \(ShellWords.command(["queuectl", "schedule", "edit", name]))")
    } catch {
      switch error.code {
      // Removed meanwhile.
      case .notFound: return nil
      case .corrupt:
        return Finding(
          .problem, "schedules", error.message,
          advice:
            "remove it and add it anew: "
            + ShellWords.command(["queuectl", "schedule", "remove", name]))
      default: throw error
      }
    }
  }

  /// Why the rules for jobs refuse its job today.
  private static func refusal(of schedule: Schedule) -> InvalidJob? {
    do throws(InvalidJob) {
      _ = try NewJob(schedule.spec.job)
      return nil
    } catch {
      return error
    }
  }

  private func ownerlessHistory() throws(StoreError) -> [Finding] {
    let count =
      try connection.first(
        "SELECT count(*) FROM occurrences WHERE schedule NOT IN (SELECT id FROM schedules)"
      ) { $0.int(0) } ?? 0
    guard count > 0 else { return [] }
    return [
      Finding(
        .problem, "schedules", "\(count, of: "row") of history without a schedule",
        advice: "another program has changed the tables: restore a backup")
    ]
  }
}
