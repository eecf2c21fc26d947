/// One thing that users can configure: its key, range and help, and how its text becomes a value.
///
/// ``all`` is the only table of them: `config`, the help and the README come from it.
public struct Setting: Sendable {
  /// As typed: `max-retries`; `_` is taken for `-`.
  public let key: String
  /// What may be set, in words.
  public let range: String
  /// What it does, in a sentence.
  public let help: String
  private let read: @Sendable (Settings) -> String
  private let write: @Sendable (String, inout Settings) -> Bool

  /// Every setting, in the order in which they are listed.
  public static let all: [Setting] = [
    integer(
      "max-retries", \.maxRetries, in: RetryPolicy.maxRetriesRange,
      help: "retries after a first failure; fixed when a job is enqueued"),
    number(
      "backoff-base", \.backoffBase, in: RetryPolicy.baseRange, RetryPolicy.baseRangeText,
      help: "a failed run number n waits base ^ n seconds"),
    duration(
      "backoff-max", \.backoffMax, from: RetryPolicy.capRange.lowerBound,
      to: RetryPolicy.capRange.upperBound, RetryPolicy.capRangeText,
      help: "the longest wait between two runs"),
    number(
      "backoff-jitter", \.backoffJitter, in: RetryPolicy.jitterRange, RetryPolicy.jitterRangeText,
      help: "share of the wait that is added at random"),
    duration(
      "snooze-delay", \.snoozeDelay, from: .milliseconds(1), to: .seconds(86_400), "1ms to 1d",
      help: "how long a job waits that said \"not now\" (snooze_on)"),
    optionalDuration(
      "timeout", \.timeout,
      help: "time limit of one run; fixed when a job is enqueued"),
    duration(
      "kill-grace", \.killGrace, from: .zero, to: .seconds(3600), "0s to 1h",
      help: "from TERM to KILL when a run is ended"),
    duration(
      "poll-interval", \.pollInterval, from: .milliseconds(50), to: .seconds(60), "50ms to 1m",
      help: "how often an idle worker looks even if nothing woke it"),
    duration(
      "lease", \.lease, from: .seconds(2), to: .seconds(86_400), "2s to 1d",
      help: "how long a worker may be silent before its job is taken over"),
    integer(
      "max-crashes", \.maxCrashes, in: 1...1000,
      help: "workers that a job may cost in a row before it is dead"),
    bytes(
      "log-max-size", \.logMaxSizeBytes, in: 8 << 10...1 << 40,
      help: "how much of a run's output is kept: half from its start, half from its end"),
    optionalDuration(
      "keep-completed", \.keepCompleted,
      help: "how long completed and cancelled jobs are kept, with their history and logs"),
    optionalDuration(
      "keep-dead", \.keepDead,
      help: "how long dead jobs are kept, with their history and logs"),
    optionalBytes(
      "log-quota", \.logQuotaBytes, from: 1 << 20,
      help: "how much space all logs may take; of more, the oldest are removed"),
    command(
      "on-dead", \.onDead,
      help: "run for each job that dies, with the job's JSON on standard input"),
    duration(
      "on-dead-timeout", \.onDeadTimeout, from: .milliseconds(1), to: .seconds(3600), "1ms to 1h",
      help: "time limit of that command"),
    choice(
      "durability", \.durability,
      help: "standard: after a power loss the last seconds' jobs may run again; full: they don't"),
  ]

  /// The setting that `key` names, with `-` or `_`.
  /// - Throws: ``InvalidSetting`` with the nearest key.
  public static func named(_ key: String) throws(InvalidSetting) -> Setting {
    let normal = String(key.map { $0 == "_" ? "-" : $0 }).lowercased()
    guard let setting = all.first(where: { $0.key == normal }) else {
      let hint = NearestWord.hint(for: normal, among: all.map(\.key))
      throw InvalidSetting(
        message:
          "no setting is called \(SafeText.quoted(key))\(hint.isEmpty ? ": \"queuectl config list\" shows them" : hint)"
      )
    }
    return setting
  }

  /// The default, as it would be typed.
  public var defaultText: String { read(Settings()) }

  /// The value in `settings`, as it would be typed.
  public func text(in settings: Settings) -> String { read(settings) }

  /// Sets the value.
  /// - Throws: ``InvalidSetting`` with the range; `settings` isn't changed then.
  public func apply(_ text: String, to settings: inout Settings) throws(InvalidSetting) {
    guard write(text, &settings) else {
      throw InvalidSetting(message: "\(key) must be \(range), not \(SafeText.quoted(text))")
    }
  }

  // MARK: - Kinds

  private typealias Key<Value> = any WritableKeyPath<Settings, Value> & Sendable

  private static func integer(
    _ key: String, _ path: Key<Int>, in range: ClosedRange<Int>, help: String
  ) -> Setting {
    Setting(
      key: key, range: "a whole number from \(range.lowerBound) to \(range.upperBound)", help: help,
      read: { String($0[keyPath: path]) },
      write: { text, settings in
        guard let value = Int(text), range.contains(value) else { return false }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func number(
    _ key: String, _ path: Key<Double>, in range: ClosedRange<Double>, _ rangeText: String,
    help: String
  ) -> Setting {
    Setting(
      key: key, range: "a number from \(rangeText)", help: help,
      read: { settings in
        let value = settings[keyPath: path]
        return Int(exactly: value).map(String.init) ?? String(value)
      },
      write: { text, settings in
        guard let value = Double(text), range.contains(value) else { return false }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func duration(
    _ key: String, _ path: Key<Duration>, from lowest: Duration, to highest: Duration,
    _ rangeText: String, help: String
  ) -> Setting {
    Setting(
      key: key, range: "a duration from \(rangeText)", help: help,
      read: { $0[keyPath: path].text },
      write: { text, settings in
        guard let value = Duration(text: text), value >= lowest, value <= highest else {
          return false
        }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func optionalDuration(
    _ key: String, _ path: Key<Duration?>, help: String
  ) -> Setting {
    Setting(
      key: key, range: "a duration of at least 1ms, or none", help: help,
      read: { $0[keyPath: path]?.text ?? "none" },
      write: { text, settings in
        let value = Duration(text: text)
        guard text == "none" || value.map({ $0 >= .milliseconds(1) }) == true else { return false }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func bytes(
    _ key: String, _ path: Key<Int>, in range: ClosedRange<Int>, help: String
  ) -> Setting {
    let (lowest, highest) = (ByteCount.text(range.lowerBound), ByteCount.text(range.upperBound))
    return Setting(
      key: key, range: "a size from \(lowest) to \(highest), such as 500KB or 10MB", help: help,
      read: { ByteCount.text($0[keyPath: path]) },
      write: { text, settings in
        guard let value = ByteCount.parse(text), range.contains(value) else { return false }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func optionalBytes(
    _ key: String, _ path: Key<Int?>, from lowest: Int, help: String
  ) -> Setting {
    Setting(
      key: key, range: "a size of at least \(ByteCount.text(lowest)), or none", help: help,
      read: { $0[keyPath: path].map(ByteCount.text) ?? "none" },
      write: { text, settings in
        let value = ByteCount.parse(text)
        guard text == "none" || value.map({ $0 >= lowest }) == true else { return false }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func command(
    _ key: String, _ path: Key<String?>, help: String
  ) -> Setting {
    Setting(
      key: key, range: "a command line, or none", help: help,
      read: { $0[keyPath: path] ?? "none" },
      write: { text, settings in
        guard text.contains(where: { !$0.isWhitespace }), !text.utf8.contains(0) else {
          return false
        }
        settings[keyPath: path] = text == "none" ? nil : text
        return true
      })
  }

  private static func choice(
    _ key: String, _ path: Key<Settings.Durability>, help: String
  ) -> Setting {
    let words = Settings.Durability.allCases.map(\.rawValue)
    return Setting(
      key: key, range: words.joined(separator: " or "), help: help,
      read: { $0[keyPath: path].rawValue },
      write: { text, settings in
        guard let value = Settings.Durability(rawValue: text) else { return false }
        settings[keyPath: path] = value
        return true
      })
  }
}

/// A key or a value that was refused, with what would be right.
public struct InvalidSetting: Error, Equatable, Sendable, CustomStringConvertible {
  /// The whole sentence.
  public var message: String

  /// The whole sentence.
  public var description: String { message }
}
