/// What a question about a schedule says before it is confirmed.
package enum ScheduleNotes {
  package static let ofRunning = [
    "A job is enqueued at once; the next time doesn't change.",
    "It is refused while an earlier job of the schedule is unfinished.",
  ]

  package static func ofPausing(_ isPaused: Bool) -> String {
    isPaused
      ? "It enqueues nothing until it is resumed. Jobs that it enqueued continue."
      : "It continues with its next time; times that passed get no job."
  }
}
