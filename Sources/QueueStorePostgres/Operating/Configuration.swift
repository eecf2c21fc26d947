public import QueueCore

extension PostgresJobStore {
  /// Returns the settings in force.
  public func settings() throws(StoreError) -> Settings {
    let rows = try connection.all("SELECT key, value FROM @.settings") { row in
      (row.text(0), row.text(1))
    }
    let changed = Dictionary(rows, uniquingKeysWith: { first, _ in first })
    var settings = Settings()
    for setting in Setting.all {
      guard let text = changed[setting.key] else { continue }
      // A value that this version rejects was set by another version; use the default.
      do throws(InvalidSetting) { try setting.apply(text, to: &settings) } catch { continue }
    }
    lease = settings.hostLease
    return settings
  }

  /// Stores a setting; nil deletes its row. Without a command, no death waits for it.
  public func set(_ setting: Setting, to text: String?) throws(StoreError) {
    try change { () throws(StoreError) in
      if let text {
        try connection.run(
          """
          INSERT INTO @.settings VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2
          """,
          setting.key, text)
      } else {
        try connection.run("DELETE FROM @.settings WHERE key = $1", setting.key)
        if setting.key == "on-dead" { try connection.run("DELETE FROM @.notices") }
      }
    }
  }
}
