import QueueCore
import QueueOperations

/// Pausing and resuming queues.
extension MonitorState {
  var isEverythingPaused: Bool { snapshot?.controls.isEverythingPaused == true }

  var whyNotPause: String? {
    if let whyNoRows { return whyNoRows }
    return isEverythingPaused || !targets.isEmpty
      ? nil : "there is no job here, whose queue this would be about"
  }

  /// The queue of the job under the cursor; resuming comes first, as nothing runs without it.
  mutating func askToPause() -> [Effect] {
    if isEverythingPaused {
      return ask(
        Dialog(
          title: "Resume everything?", notes: ["Jobs of queues that aren't paused run again."],
          confirmation: .yes, action: .pause(queue: nil, false)))
    }
    guard let queue = targets.first?.queue else { return [] }
    let waiting = Format.grouped(summary.unfinished(in: [queue]))
    let controls = snapshot?.controls.queues ?? []
    if controls.contains(where: { $0.name == queue && $0.isPaused }) {
      return ask(
        Dialog(
          title: "Resume queue \(queue)?", notes: ["\(waiting) of its jobs aren't over."],
          confirmation: .yes, action: .pause(queue: queue, false)))
    }
    return ask(
      Dialog(
        title: "Pause queue \(queue)?",
        notes: ["What runs goes on; no other job of it begins. \(waiting) aren't over."],
        confirmation: .yesOr(label: "K everything", .pause(queue: nil, true)),
        action: .pause(queue: queue, true)))
  }
}
