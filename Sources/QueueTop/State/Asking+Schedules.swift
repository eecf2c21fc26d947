import QueueCore
import QueueOperations

/// Running, pausing and resuming schedules.
extension MonitorState {
  var whyNoSchedule: String? { scheduleInQuestion == nil ? "no schedule selected" : nil }

  private var scheduleInQuestion: Schedule? {
    page == .schedules ? selectedSchedule?.schedule : nil
  }

  mutating func askToRunSchedule() -> [Effect] {
    guard let schedule = scheduleInQuestion else { return [] }
    return ask(
      Dialog(
        title: "Run schedule \(schedule.name) now?",
        notes: [
          "A job is enqueued at once; the next time doesn't change.",
          "It is refused while an earlier job of the schedule is unfinished.",
        ], confirmation: .yes, action: .runSchedule(schedule.name)))
  }

  mutating func askToPauseSchedule() -> [Effect] {
    guard let schedule = scheduleInQuestion else { return [] }
    let isPaused = schedule.pausedAt != nil
    return ask(
      Dialog(
        title: "\(isPaused ? "Resume" : "Pause") schedule \(schedule.name)?",
        notes: [
          isPaused
            ? "It continues with its next time; times that passed get no job."
            : "It enqueues nothing until it is resumed. Jobs that it enqueued continue."
        ], confirmation: .yes, action: .pauseSchedule(schedule.name, !isPaused)))
  }
}
