import ArgumentParser
import QueueCore

/// A value that a schedule may be without, named as its flag.
enum OptionalScheduleValue: String, CaseIterable {
  case from, until, times, spread, late
  case unique, timeout
  case maxRetries = "max-retries"
  case backoffBase = "backoff-base"
  case backoffMax = "backoff-max"
  case backoffJitter = "backoff-jitter"
  case retryOn = "retry-on"
  case noRetryOn = "no-retry-on"
  case snoozeOn = "snooze-on"
  case successOn = "success-on"
  case nice, memory, cpus, tag, env
  case bestEffort = "best-effort"

  /// - Throws: ``ValidationError`` with the names, for any other text.
  init(typed text: String) throws {
    let name = text.hasPrefix("--") ? String(text.dropFirst(2)) : text
    guard let value = Self(rawValue: name) else {
      throw OptionParsing.unknown(
        text, "a value that --unset takes", among: Self.allCases.map(\.rawValue))
    }
    self = value
  }

  /// Takes the value away.
  /// - Throws: ``ValidationError`` if it was given as well.
  func unset(in spec: inout ScheduleSpec, givenBy options: ScheduleOptions) throws {
    guard !isGiven(by: options) else {
      throw ValidationError("--\(rawValue) can't be combined with --unset \(rawValue).")
    }
    switch self {
    case .from: spec.from = nil
    case .until: spec.until = nil
    case .times: spec.timesLeft = nil
    case .spread: spec.spread = .zero
    case .late: spec.late = nil
    case .unique: spec.job.uniqueKey = nil
    case .timeout: spec.job.timeout = nil
    case .maxRetries: spec.job.maxRetries = nil
    case .backoffBase: spec.job.retryRules.backoffBase = nil
    case .backoffMax: spec.job.retryRules.backoffMax = nil
    case .backoffJitter: spec.job.retryRules.backoffJitter = nil
    case .retryOn: spec.job.retryRules.retryOn = nil
    case .noRetryOn: spec.job.retryRules.noRetryOn = nil
    case .snoozeOn: spec.job.retryRules.snoozeOn = nil
    case .successOn: spec.job.retryRules.successOn = nil
    case .nice: spec.job.limits.niceness = nil
    case .memory: spec.job.limits.memoryBytes = nil
    case .cpus: spec.job.limits.cpus = nil
    case .bestEffort: spec.job.limits.isBestEffort = nil
    case .tag: spec.job.tags = []
    case .env: spec.job.environment = []
    }
  }

  private func isGiven(by options: ScheduleOptions) -> Bool {
    switch self {
    case .from: options.from != nil
    case .until: options.until != nil
    case .times: options.times != nil
    case .spread: options.spread != nil
    case .late: options.late != nil
    case .unique: options.key.unique != nil
    case .timeout: options.run.timeout != nil
    case .maxRetries: options.run.maxRetries != nil
    case .backoffBase: options.run.backoffBase != nil
    case .backoffMax: options.run.backoffMax != nil
    case .backoffJitter: options.run.backoffJitter != nil
    case .retryOn: options.run.retryOn != nil
    case .noRetryOn: options.run.noRetryOn != nil
    case .snoozeOn: options.run.snoozeOn != nil
    case .successOn: options.run.successOn != nil
    case .nice: options.run.nice != nil
    case .memory: options.run.memory != nil
    case .cpus: options.run.cpus != nil
    case .bestEffort: options.run.bestEffort != nil
    case .tag: !options.run.tag.isEmpty
    case .env: !options.run.env.isEmpty
    }
  }
}
