public import QueueCore

extension SQLiteJobStore {
  private func changedSettings() throws(StoreError) -> [String: String] {
    let rows = try connection.all("SELECT key, value FROM settings") { row in
      (row.text(0), row.text(1))
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the settings in force and updates ``syncsClaims`` from `durability`.
  public func settings() throws(StoreError) -> Settings {
    let changed = try changedSettings()
    var settings = Settings()
    for setting in Setting.all {
      guard let text = changed[setting.key] else { continue }
      // A value that this version rejects was set by another version; use the default.
      do throws(InvalidSetting) { try setting.apply(text, to: &settings) } catch { continue }
    }
    syncsClaims = settings.durability == .full
    return settings
  }

  /// Stores a setting; nil deletes its row.
  public func set(_ setting: Setting, to text: String?) throws(StoreError) {
    try change { () throws(StoreError) in
      if let text {
        _ = try connection.run(
          "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
          setting.key, text)
      } else {
        _ = try connection.run("DELETE FROM settings WHERE key = ?", setting.key)
      }
    }
  }
}
