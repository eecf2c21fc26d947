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
        notes: ScheduleNotes.ofRunning, confirmation: .yes, action: .runSchedule(schedule.name)))
  }

  mutating func askToPauseSchedule() -> [Effect] {
    guard let schedule = scheduleInQuestion else { return [] }
    let isPaused = schedule.pausedAt != nil
    return ask(
      Dialog(
        title: "\(isPaused ? "Resume" : "Pause") schedule \(schedule.name)?",
        notes: [ScheduleNotes.ofPausing(!isPaused)], confirmation: .yes,
        action: .pauseSchedule(schedule.name, !isPaused)))
  }
}
