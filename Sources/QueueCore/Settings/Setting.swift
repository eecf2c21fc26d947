/// A setting: its key, range, help and text form.
/// ``all`` is the only table of them; `config`, the help and the README derive from it.
public struct Setting: Sendable {
  /// Such as `max-retries`; input may use `_` for `-`.
  public let key: String
  /// A one-line description.
  public let help: String
  private let rangeText: @Sendable () -> String
  private let read: @Sendable (Settings) -> String
  private let write: @Sendable (String, inout Settings) -> Bool

  /// All settings, in display order.
  public static let all: [Setting] = [
    Setting(
      "max-retries", \.maxRetries, .whole(RetryPolicy.maxRetriesRange),
      help: "retries after a first failure; fixed when a job is enqueued"),
    Setting(
      "backoff-base", \.backoffBase, .number(RetryPolicy.baseRange, RetryPolicy.baseRangeText),
      help: "the wait after failed run n is base ^ n seconds"),
    Setting(
      "backoff-max", \.backoffMax, .duration(RetryPolicy.capRange, RetryPolicy.capRangeText),
      help: "the longest backoff, before jitter"),
    Setting(
      "backoff-jitter", \.backoffJitter,
      .number(RetryPolicy.jitterRange, RetryPolicy.jitterRangeText),
      help: "largest random share added to the wait"),
    Setting(
      "snooze-delay", \.snoozeDelay, .duration(.milliseconds(1) ... .seconds(86_400), "1ms to 1d"),
      help: "how long a snoozed job waits (see --snooze-on)"),
    Setting(
      "timeout", \.timeout, .optional(.duration(atLeast: .milliseconds(1))),
      help: "time limit of one run; fixed when a job is enqueued"),
    Setting(
      "inherit-env", \.inheritEnv, .truth,
      help: "whether jobs run with the environment of their enqueue; fixed when enqueued"),
    Setting(
      "kill-grace", \.killGrace, .duration(.zero ... .seconds(3600), "0s to 1h"),
      help: "time between TERM and KILL when a run is ended"),
    Setting(
      "poll-interval", \.pollInterval, .duration(.milliseconds(50) ... .seconds(60), "50ms to 1m"),
      help: "how often an idle worker polls, even without a wake-up"),
    Setting(
      "lease", \.lease, .duration(.seconds(2) ... .seconds(86_400), "2s to 1d"),
      help: "how long a worker may miss heartbeats before its job is reclaimed"),
    Setting(
      "host-lease", \.hostLease, .duration(.seconds(30) ... .seconds(86_400), "30s to 1d"),
      help: "replaces lease in a queue on a server, from which hosts may be cut off"),
    Setting(
      "max-crashes", \.maxCrashes, .whole(1...1000),
      help: "worker deaths in a row after which a job is dead"),
    Setting(
      "log-max-size", \.logMaxSizeBytes, .bytes(8 << 10...1 << 40),
      help: "size limit of a run's log; beyond it, start and end are kept, half each"),
    Setting(
      "log-share", \.logShareBytes, .bytes(0...1 << 20),
      help: "how much of a run's output a server keeps for other hosts to read"),
    Setting(
      "keep-completed", \.keepCompleted, .optional(.duration(atLeast: .milliseconds(1))),
      help: "how long completed and cancelled jobs are kept, with their history and logs"),
    Setting(
      "keep-dead", \.keepDead, .optional(.duration(atLeast: .milliseconds(1))),
      help: "how long dead jobs are kept, with their history and logs"),
    Setting(
      "log-quota", \.logQuotaBytes, .optional(.bytes(atLeast: 1 << 20)),
      help: "space for all logs; beyond it, the oldest are removed"),
    Setting(
      "on-dead", \.onDead, .optional(.command),
      help: "command to run for each dead job, with the job's JSON on standard input"),
    Setting(
      "on-dead-timeout", \.onDeadTimeout,
      .duration(.milliseconds(1) ... .seconds(3600), "1ms to 1h"),
      help: "time limit of the on-dead command"),
    Setting(
      "durability", \.durability, .durability,
      help: "standard: after a power loss the last seconds' jobs may run again; full: they don't"),
  ]

  /// Builds key path and range on demand, because every command reads the settings.
  private init<Value>(
    _ key: String,
    _ path: @autoclosure @escaping @Sendable () -> any WritableKeyPath<Settings, Value> & Sendable,
    _ form: SettingForm<Value>, help: String
  ) {
    self.key = key
    self.help = help
    rangeText = form.range
    read = { form.text($0[keyPath: path()]) }
    write = { text, settings in
      guard let value = form.value(text) else { return false }
      settings[keyPath: path()] = value
      return true
    }
  }

  /// The allowed values, in words.
  public var range: String { rangeText() }

  /// Returns the setting named `key`, with `-` or `_`; the error suggests the nearest key.
  public static func named(_ key: String) throws(InvalidSetting) -> Setting {
    let normal = String(key.map { $0 == "_" ? "-" : $0 }).lowercased()
    guard let setting = all.first(where: { $0.key == normal }) else {
      let hint = Suggestion.hint(for: normal, among: all.map(\.key))
      throw InvalidSetting(
        message:
          "no setting is called \(quoted: key)"
          + (hint.isEmpty ? ": \"queuectl config list\" shows them" : hint)
      )
    }
    return setting
  }

  /// The default as typed.
  public var defaultText: String { read(Settings()) }

  /// The value in `settings` as typed.
  public func text(in settings: Settings) -> String { read(settings) }

  /// Parses and sets the value. On error, names the range and leaves `settings` unchanged.
  public func apply(_ text: String, to settings: inout Settings) throws(InvalidSetting) {
    guard write(text, &settings) else {
      throw InvalidSetting(message: "\(key) must be \(range), not \(quoted: text)")
    }
  }
}

/// An invalid key or value, with a suggestion.
public struct InvalidSetting: Error, Equatable, Sendable, CustomStringConvertible {
  /// The whole message.
  public var message: String

  /// The message.
  public var description: String { message }
}
