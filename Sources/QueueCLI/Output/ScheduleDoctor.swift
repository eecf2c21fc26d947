import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// The findings of `doctor` about schedules: their zones, and late ones.
struct ScheduleDoctor {
  private let session: Session

  init(_ session: Session) { self.session = session }

  /// Empty without schedules. Rows that are damaged are findings of the store.
  func findings() throws -> [Finding] {
    let schedules = try session.store.schedules()
    return schedules.isEmpty ? [] : zones(of: schedules) + (try lateness(of: schedules))
  }

  private func zones(of schedules: [Schedule]) -> [Finding] {
    let users = Dictionary(grouping: schedules, by: \.spec.zone)
    let problems = users.keys.sorted().compactMap { name -> Finding? in
      do throws(InvalidJob) {
        _ = try session.zones.zone(name)
        return nil
      } catch {
        let names = (users[name] ?? []).map(\.name)
        let more = names.count > 3 ? " and \(names.count - 3) more" : ""
        return Finding(
          .problem, "zones",
          "\(error), which \(names.prefix(3).joined(separator: ", "))\(more) use",
          advice: "install tzdata; workers leave these schedules until they can read the zone")
      }
    }
    guard problems.isEmpty else { return problems }
    let data = session.zones.version.map { "tzdata \($0)" } ?? "zone data of unknown version"
    return [
      Finding(.ok, "zones", "\(data); all of the schedules' zones (\(users.count)) are readable")
    ]
  }

  private func lateness(of schedules: [Schedule]) throws -> [Finding] {
    let now = session.clock.now()
    let views =
      try schedules
      .filter { ($0.lateness(at: now.wall) ?? .zero) > ScheduleCheck.display.lateLimit }
      .map { try ScheduleView($0, in: session, at: now.wall) }
    guard !views.isEmpty else {
      let counts = ScheduleCounts(schedules, at: now.wall)
      let isSound = counts.faulty == 0
      return [
        Finding(
          isSound ? .ok : .note, "schedules", counts.text,
          advice: isSound ? nil : "queuectl schedule check")
      ]
    }
    let surroundings = try ScheduleSurroundings(of: session, at: now)
    // With workers, the advice would be to run this command.
    let isServed = !surroundings.workers.isEmpty && !surroundings.areDraining
    return views.flatMap { view in
      view.lateReasons(surroundings).map { reason in
        Finding(
          .problem, "schedules", "\(view.schedule.name): \(reason.text)",
          advice: reason.advice.map { isServed ? "see the log of the workers" : $0 })
      }
    }
  }
}
