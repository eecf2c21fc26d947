import Testing

@testable import QueueCore

@Suite struct SettingsTable {
  @Test func `the table has the defaults`() {
    let table = Setting.all.map { "\($0.key) \($0.defaultText)" }
    #expect(
      table == [
        "max-retries 3", "backoff-base 2", "backoff-max 1h", "backoff-jitter 0", "snooze-delay 30s",
        "timeout none", "inherit-env false",
        "kill-grace 10s", "poll-interval 1s", "lease 30s", "host-lease 2m", "max-crashes 3",
        "log-max-size 10MB", "log-share 64KB", "keep-completed 7d", "keep-dead none",
        "log-quota none",
        "on-dead none",
        "on-dead-timeout 30s", "durability standard",
      ])
  }

  @Test(arguments: [
    ("max-retries", "0", "0"), ("max-retries", "10000", "10000"), ("backoff-base", "0.1", "0.1"),
    ("backoff-base", "1e2", "100"), ("backoff-base", "1000", "1000"),
    ("backoff-base", "1.5", "1.5"), ("backoff-max", "0", "0s"), ("backoff-max", "90", "1m30s"),
    ("backoff-max", "365d", "365d"), ("backoff-jitter", "1", "1"),
    ("backoff-jitter", "0.25", "0.25"), ("timeout", "1ms", "1ms"), ("timeout", "2d", "2d"),
    ("timeout", "none", "none"), ("kill-grace", "0s", "0s"), ("kill-grace", "1h", "1h"),
    ("poll-interval", "50ms", "50ms"), ("poll-interval", "1m", "1m"), ("lease", "2", "2s"),
    ("lease", "1d", "1d"), ("max-crashes", "1", "1"), ("max-crashes", "1000", "1000"),
    ("keep-completed", "1h", "1h"), ("keep-completed", "none", "none"), ("keep-dead", "90d", "90d"),
    ("log-quota", "1MB", "1MB"), ("log-quota", "2GB", "2GB"), ("log-quota", "none", "none"),
    ("inherit-env", "true", "true"), ("inherit-env", "False", "false"),
    ("durability", "full", "full"), ("durability", "standard", "standard"),
  ])
  func `a valid value is accepted, and its text can be parsed`(
    key: String, text: String, shown: String
  ) throws {
    let setting = try Setting.named(key)
    var settings = Settings()
    try setting.apply(text, to: &settings)
    #expect(setting.text(in: settings) == shown)

    var again = Settings()
    try setting.apply(shown, to: &again)
    #expect(again == settings)
  }

  @Test func `a setting changes only its own value`() throws {
    var expected = Settings()
    expected.lease = .seconds(5)
    var settings = Settings()
    try Setting.named("lease").apply("5s", to: &settings)
    #expect(settings == expected)

    settings.timeout = .seconds(9)
    try Setting.named("timeout").apply("none", to: &settings)
    #expect(settings == expected)
  }

  @Test(arguments: ["", " ", "\t", "a\0b"])
  func `a command must not be blank or contain NUL`(text: String) throws {
    var settings = Settings()
    try Setting.named("on-dead").apply("mail me", to: &settings)
    #expect(throws: InvalidSetting.self) { try Setting.named("on-dead").apply(text, to: &settings) }
    #expect(settings.onDead == "mail me")
    try Setting.named("on-dead").apply("none", to: &settings)
    #expect(settings == Settings())
  }

  static let nonsense = ["", " ", "abc", "-1", "nan", "inf", "1e999", "3x", "0x", "1,5", "٣", "\0"]

  /// Except the command, which may be any text.
  @Test(arguments: Setting.all.map(\.key).filter { $0 != "on-dead" }, nonsense)
  func `an invalid value is refused with the range, and changes nothing`(key: String, text: String)
    throws
  {
    let setting = try Setting.named(key)
    var settings = Settings()
    #expect(
      throws: InvalidSetting(
        message: "\(key) must be \(setting.range), not \(quoted: text)")
    ) {
      try setting.apply(text, to: &settings)
    }
    #expect(settings == Settings())
  }

  @Test(arguments: [
    ("max-retries", "10001", "max-retries must be a whole number from 0 to 10000, not \"10001\""),
    ("max-retries", "2.5", "max-retries must be a whole number from 0 to 10000, not \"2.5\""),
    ("backoff-base", "0", "backoff-base must be a number from 0.1 to 1000, not \"0\""),
    ("backoff-base", "1001", "backoff-base must be a number from 0.1 to 1000, not \"1001\""),
    ("backoff-max", "366d", "backoff-max must be a duration from 0s to 365d, not \"366d\""),
    ("backoff-jitter", "1.1", "backoff-jitter must be a number from 0 to 1, not \"1.1\""),
    ("timeout", "0", "timeout must be a duration of at least 1ms, or none, not \"0\""),
    ("timeout", "None", "timeout must be a duration of at least 1ms, or none, not \"None\""),
    ("kill-grace", "2h", "kill-grace must be a duration from 0s to 1h, not \"2h\""),
    ("poll-interval", "49ms", "poll-interval must be a duration from 50ms to 1m, not \"49ms\""),
    ("lease", "1999ms", "lease must be a duration from 2s to 1d, not \"1999ms\""),
    ("max-crashes", "0", "max-crashes must be a whole number from 1 to 1000, not \"0\""),
    ("durability", "Full", "durability must be standard or full, not \"Full\""),
  ])
  func `a value out of range is refused with the range`(key: String, text: String, message: String)
    throws
  {
    let setting = try Setting.named(key)
    var settings = Settings()
    #expect(throws: InvalidSetting(message: message)) { try setting.apply(text, to: &settings) }
  }

  @Test(arguments: ["max-retries", "max_retries", "MAX_RETRIES", "Max-Retries"])
  func `a key is found with - or _ and in any case`(key: String) throws {
    #expect(try Setting.named(key).key == "max-retries")
  }

  @Test(arguments: [
    ("max-retrys", "no setting is called \"max-retrys\"; did you mean \"max-retries\"?"),
    ("leese", "no setting is called \"leese\"; did you mean \"lease\"?"),
    ("colour", "no setting is called \"colour\": \"queuectl config list\" shows them"),
    ("", "no setting is called \"\": \"queuectl config list\" shows them"),
    ("a\u{1B}[m", "no setting is called \"a^[[m\": \"queuectl config list\" shows them"),
  ])
  func `an unknown key is refused with the nearest`(key: String, message: String) {
    #expect(throws: InvalidSetting(message: message)) { _ = try Setting.named(key) }
  }
}
