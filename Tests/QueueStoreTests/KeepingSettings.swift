import QueueCore
import QueueTestSupport
import Testing

@Suite struct KeepingSettings {
  @Test(arguments: StoreUnderTest.all)
  func `a new queue has no settings`(store: StoreUnderTest) throws {
    let defaults = store.settings
    let store = try store.open().store
    #expect(try store.settings() == defaults)
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      ("max-retries", "7"), ("backoff-base", "1.5"), ("backoff-max", "10m"),
      ("backoff-jitter", "0.25"), ("timeout", "90"), ("kill-grace", "0s"),
      ("poll-interval", "250ms"), ("lease", "1m30s"), ("max-crashes", "1"), ("durability", "full"),
    ])
  func `a setting holds for all connections until it is unset`(
    store: StoreUnderTest, setting: (key: String, text: String)
  ) throws {
    let defaults = store.settings
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    let key = try Setting.named(setting.key)
    var expected = defaults
    try key.apply(setting.text, to: &expected)

    try own.set(key, to: setting.text)
    #expect(try own.settings() == expected)
    #expect(try other.settings() == expected)

    try other.set(key, to: nil)
    #expect(try own.settings() == defaults)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the last value counts, and other settings stay`(store: StoreUnderTest) throws {
    let defaults = store.settings
    let store = try store.open().store
    try store.set(Setting.named("max-retries"), to: "1")
    try store.set(Setting.named("lease"), to: "5s")
    try store.set(Setting.named("max-retries"), to: "3")

    var expected = defaults
    expected.lease = .seconds(5)
    #expect(try store.settings() == expected)
  }

  @Test(arguments: StoreUnderTest.all)
  func `unsetting an unset setting does nothing`(store: StoreUnderTest) throws {
    let defaults = store.settings
    let store = try store.open().store
    try store.set(Setting.named("lease"), to: nil)
    #expect(try store.settings() == defaults)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a value that this version can't parse counts as unset`(store: StoreUnderTest) throws {
    let defaults = store.settings
    let store = try store.open().store
    try store.set(Setting.named("max-retries"), to: "plenty")
    try store.set(Setting.named("lease"), to: "5s")
    var expected = defaults
    expected.lease = .seconds(5)
    #expect(try store.settings() == expected)
  }
}
