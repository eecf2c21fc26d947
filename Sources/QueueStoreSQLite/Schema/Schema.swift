import QueueCore

enum Schema {
  /// "qctl", in SQLite's header field for the application ID.
  static let applicationID = 0x7163_746C

  static var version: Int { migrations.count }

  /// Checks that the file is a queue and migrates an older one; its workers are ordered to finish
  /// and exit. Returns how many. Throws `foreign` or `newer`, with nothing changed.
  static func prepare(_ connection: Connection) throws(StoreError) -> Int {
    let found = try connection.first("PRAGMA application_id") { row in row.int(0) } ?? 0
    guard found == applicationID else {
      throw StoreError(
        .foreign,
        "\(connection.path) isn't a queuectl database and is unchanged: choose another --db")
    }
    if try knownVersion(connection) == version { return 0 }
    return try connection.transaction { () throws(StoreError) in
      let stored = try knownVersion(connection)
      // Another process was faster.
      guard stored < version else { return 0 }
      try migrate(connection, from: stored)
      return try connection.run(
        "UPDATE workers SET stop = max(coalesce(stop, 0), ?)", StopOrder.finishJob.rawValue)
    }
  }

  static func isOutdated(_ connection: Connection) throws(StoreError) -> Bool {
    try storedVersion(connection) > version
  }

  /// Runs the missing migrations inside the caller's transaction.
  static func migrate(_ connection: Connection, from stored: Int) throws(StoreError) {
    for migration in migrations[stored...] { try connection.execute(migration) }
    try connection.execute("PRAGMA user_version = \(version)")
  }

  /// Returns the file's version. Throws `newer`.
  private static func knownVersion(_ connection: Connection) throws(StoreError) -> Int {
    let stored = try storedVersion(connection)
    guard stored <= version else {
      throw StoreError(
        .newer,
        "\(connection.path) was written by a newer queuectl (schema \(stored), this one supports "
          + "\(version)) and is unchanged: use the newer queuectl")
    }
    return stored
  }

  private static func storedVersion(_ connection: Connection) throws(StoreError) -> Int {
    try connection.first("PRAGMA user_version") { row in row.int(0) } ?? 0
  }
}
