import QueueCore

/// What kind of job it is: its command says so, and chance decides each run accordingly.
enum JobCharacter: String, CaseIterable {
  case good, flaky, bad, slow, stuck, stubborn, messy, immortal, missing, poison

  func plan(_ chance: inout Chance, lease: Duration) -> JobPlan {
    let brief = chance.milliseconds(0...1500)
    switch self {
    case .good: return JobPlan(end: (.exited(0), brief))
    case .flaky: return JobPlan(end: (.exited(chance.happens(0.5) ? 0 : 1), brief))
    case .bad: return JobPlan(end: (chance.happens(0.8) ? .exited(3) : .signaled(11), brief))
    case .slow: return JobPlan(end: (.exited(chance.happens(0.7) ? 0 : 1), lease + brief))
    case .stuck: return JobPlan()
    case .stubborn: return JobPlan(ignoresTerm: true, strays: lease * 4)
    case .messy:
      return JobPlan(
        end: (.exited(chance.happens(0.4) ? 0 : 1), brief),
        strays: lease + chance.milliseconds(0...60_000))
    case .immortal:
      return JobPlan(
        end: (.exited(chance.happens(0.4) ? 0 : 1), brief),
        immortals: chance.happens(0.5) ? brief + brief : lease + brief)
    case .missing: return JobPlan(refusal: .notStarted(127))
    case .poison:
      guard chance.happens(0.7) else { return JobPlan(end: (.exited(0), brief)) }
      return JobPlan(
        end: chance.happens(0.5) ? (.exited(1), .seconds(20)) : nil,
        killsWorker: chance.happens(0.5) ? .zero : brief)
    }
  }
}

extension World {
  /// What a run of this job will do. When the faults have stopped, every job comes to its end.
  func plan(for job: ClaimedJob) -> JobPlan {
    if isCalm { return JobPlan(end: (.exited(chance.happens(0.7) ? 0 : 1), .milliseconds(100))) }
    let character = JobCharacter(rawValue: job.command) ?? .good
    var plan = character.plan(&chance, lease: rulebook.lease)
    // No host can end these before another takes the job.
    if hosts.count > 1 { plan.immortals = nil }
    return plan
  }
}
