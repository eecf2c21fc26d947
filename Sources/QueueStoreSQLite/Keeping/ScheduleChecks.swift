import QueueCore

extension SQLiteJobStore {
  /// Checks schedules and their history, each row on its own; empty for no problem.
  func scheduleProblems() throws(StoreError) -> [Finding] {
    let damaged = try damagedSchedules().map { schedule in
      Finding(
        .problem, "schedules", schedule.problem,
        advice: "add it again after \(Self.command("remove", schedule.name))")
    }
    let refused = try schedules().compactMap { schedule -> Finding? in
      guard let error = Self.refusal(of: schedule) else { return nil }
      return Finding(
        .problem, "schedules", "\(schedule.name) can't be enqueued: \(error)",
        advice: "change it: \(Self.command("edit", schedule.name))")
    }
    return damaged + refused + (try ownerlessHistory())
  }

  private static func command(_ verb: String, _ name: String) -> String {
    ShellWords.command(["queuectl", "schedule", verb, name])
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
