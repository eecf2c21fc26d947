import QueueCore
import QueueOperations
import QueueSession

/// The output of `explain` for a schedule.
struct ScheduleAccount {
  private let view: ScheduleView
  private let reasons: [ScheduleExplanation.Reason]

  init(of name: String, in session: Session, at now: Moment) throws {
    view = try ScheduleView(try session.store.schedule(name), in: session, at: now.wall)
    reasons = view.reasons(try ScheduleSurroundings(of: session, at: now))
  }

  func show(_ display: DisplayOptions) throws {
    let schedule = view.schedule
    guard !display.json else {
      return try display.printJSON { json in
        json.object { json in
          json.field("name", schedule.name)
          json.field("next_at", schedule.nextAt)
          json.key("reasons")
          json.array { json in for reason in reasons { json.object(reason.write) } }
        }
      }
    }
    let time = schedule.nextAt.map { " (\(view.clock.text($0)))" } ?? ""
    let text = "\(schedule.name) is a schedule: \(schedule.spec.words); next: \(view.next)\(time)"
    try Output.standard.line(TerminalText.sanitized(text))
    for reason in reasons {
      try Output.standard.line("  " + TerminalText.sanitized(reason.text))
      if let advice = reason.advice { try Output.standard.line("    $ " + advice) }
    }
    if reasons.isEmpty { try Output.standard.line("  none: its next job is enqueued on time") }
  }
}
