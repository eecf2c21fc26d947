import QueueCore
import QueueOperations

/// Pausing, resuming and limiting queues.
extension MonitorState {
  var isEverythingPaused: Bool { snapshot?.controls.isEverythingPaused == true }

  /// The queue under the cursor, or the queue of the job there.
  var queueInQuestion: String? {
    page == .queues ? selectedQueue?.name : targets.first?.queue
  }

  var whyNotPause: String? {
    if let whyNoRows { return whyNoRows }
    return isEverythingPaused || queueInQuestion != nil ? nil : whyNoQueue
  }

  var whyNoQueue: String? {
    if queueInQuestion != nil { return nil }
    return page == .queues ? "no queue selected" : "no job selected"
  }

  /// While everything is paused, offers to resume that first: no queue runs before.
  mutating func askToPause() -> [Effect] {
    if isEverythingPaused {
      return ask(
        Dialog(
          title: "Resume everything?", notes: ["Jobs of queues that aren't paused run again."],
          confirmation: .yes, action: .pause(queue: nil, false)))
    }
    guard let queue = queueInQuestion else { return [] }
    let all = snapshot?.summary ?? QueueSummary()
    let unfinished = "\(all.unfinished(in: [queue]), of: "unfinished job")"
    let controls = snapshot?.controls.queues ?? []
    if let control = controls.first(where: { $0.name == queue && $0.isPaused }) {
      let stays = control.runningLimit == 0 ? " It stays paused by its limit of 0." : ""
      return ask(
        Dialog(
          title: "Resume queue \(queue)?", notes: ["It has \(unfinished).\(stays)"],
          confirmation: .yes, action: .pause(queue: queue, false)))
    }
    return ask(
      Dialog(
        title: "Pause queue \(queue)?",
        notes: ["Running jobs continue; no other job starts. It has \(unfinished)."],
        confirmation: .yesOr(label: "K everything", .pause(queue: nil, true)),
        action: .pause(queue: queue, true)))
  }

  // MARK: Limits

  /// Prompts for a limit, which Enter sets. Typing it is the confirmation.
  mutating func askForLimit() -> [Effect] {
    guard let queue = selectedQueue else { return [] }
    let limit = queue.control.runningLimit.map { "\($0)" } ?? ""
    overlay = .limit(TextField(limit), queue: queue.name)
    notice = nil
    return [.dropInput]
  }

  /// Why a typed limit can't be set; nil for a valid one.
  private static func problem(ofLimit text: String) -> String? {
    if isNone(text) || Int(text).map(QueueControl.limits.contains) == true { return nil }
    let most = Format.grouped(QueueControl.limits.upperBound)
    return "\(quoted: text) isn't a limit: 0 to \(most), or empty for none"
  }

  private static func isNone(_ text: String) -> Bool { text.isEmpty || text == "none" }

  /// Why Enter is refused in the prompt; nil if it isn't.
  var promptProblem: String? {
    switch overlay {
    case .filter: request.filter.problem
    case .limit(let field, _): Self.problem(ofLimit: field.text)
    case .dialog, .help, .logSearch, .menu, nil: nil
    }
  }

  mutating func handle(_ key: Key, in field: TextField, limiting queue: String) -> [Effect] {
    var field = field
    switch key {
    case .enter: return setLimit(field.text, of: queue)
    case .escape, .control("c"):
      overlay = nil
      say("nothing was done")
    default:
      _ = field.handle(key)
      overlay = .limit(field, queue: queue)
    }
    return []
  }

  private mutating func setLimit(_ text: String, of queue: String) -> [Effect] {
    guard Self.problem(ofLimit: text) == nil else { return [] }
    overlay = nil
    openActions += 1
    return [.act(.limit(queue: queue, Self.isNone(text) ? nil : Int(text)))]
  }
}
