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
      return [Finding(.ok, "schedules", ScheduleCounts(schedules, at: now.wall).text)]
    }
    let surroundings = try ScheduleSurroundings(of: session, at: now)
    return views.flatMap { view in
      view.lateReasons(surroundings).map {
        Finding(.problem, "schedules", "\(view.schedule.name): \($0.text)", advice: $0.advice)
      }
    }
  }
}
