import QueueCore

/// What makes a file a queue of this version: its mark, and the number of migrations that it has
/// had.
enum Schema {
  /// Marks a file as ours: "qctl", in SQLite's header field for it.
  static let applicationID = 0x7163_746C

  /// The version that this binary writes.
  static var version: Int { migrations.count }

  /// Checks that the file is a queue that this binary knows, and brings an older one up to date.
  /// Workers that are there know the older tables only: they are told to finish their jobs and
  /// leave.
  /// - Returns: how many workers were told.
  /// - Throws: `foreign` or `newer`; nothing is changed then.
  static func prepare(_ connection: Connection) throws(StoreError) -> Int {
    let found = try connection.first("PRAGMA application_id") { row in row.int(0) } ?? 0
    guard found == applicationID else {
      throw StoreError(
        .foreign,
        "\(connection.path) isn't a queue of queuectl: it was left alone; choose another --db")
    }
    if try knownVersion(connection) == version { return 0 }
    return try connection.transaction { () throws(StoreError) in
      let stored = try knownVersion(connection)
      // Somebody else was faster.
      guard stored < version else { return 0 }
      try migrate(connection, from: stored)
      return try connection.run(
        "UPDATE workers SET stop = max(coalesce(stop, 0), ?)", StopOrder.finishJob.rawValue)
    }
  }

  /// Whether a newer binary has brought the file up to date since this one has opened it.
  static func isOutdated(_ connection: Connection) throws(StoreError) -> Bool {
    try storedVersion(connection) > version
  }

  /// Runs the migrations that the file hasn't had, inside the caller's transaction.
  static func migrate(_ connection: Connection, from stored: Int) throws(StoreError) {
    for migration in migrations[stored...] { try connection.execute(migration) }
    try connection.execute("PRAGMA user_version = \(version)")
  }

  /// The file's version.
  /// - Throws: `newer`.
  private static func knownVersion(_ connection: Connection) throws(StoreError) -> Int {
    let stored = try storedVersion(connection)
    guard stored <= version else {
      throw StoreError(
        .newer,
        "\(connection.path) was written by a newer queuectl (schema \(stored), this one knows "
          + "\(version)): it was left alone; use the newer queuectl")
    }
    return stored
  }

  private static func storedVersion(_ connection: Connection) throws(StoreError) -> Int {
    try connection.first("PRAGMA user_version") { row in row.int(0) } ?? 0
  }
}
