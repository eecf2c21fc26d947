import QueueCore

/// What makes a file a queue of this version: its mark, and the number of migrations that it has had.
enum Schema {
  /// Marks a file as ours: "qctl", in SQLite's header field for it.
  static let applicationID = 0x7163_746C

  /// The version that this binary writes.
  static var version: Int { migrations.count }

  /// Checks that the file is a queue that this binary knows, and brings an older one up to date.
  /// - Throws: `foreign` or `newer`; nothing is changed then.
  static func prepare(_ connection: Connection) throws(StoreError) {
    let found = try connection.first("PRAGMA application_id") { row in row.int(0) } ?? 0
    guard found == applicationID else {
      throw StoreError(
        .foreign,
        "\(connection.path) isn't a queue of queuectl: it was left alone; choose another --db")
    }
    if try knownVersion(connection) == version { return }
    try connection.transaction { () throws(StoreError) in
      // Somebody else may have been faster.
      try migrate(connection, from: try knownVersion(connection))
    }
  }

  /// Runs the migrations that the file hasn't had, inside the caller's transaction.
  static func migrate(_ connection: Connection, from stored: Int) throws(StoreError) {
    for migration in migrations[stored...] { try connection.execute(migration) }
    try connection.execute("PRAGMA user_version = \(version)")
  }

  /// The file's version.
  /// - Throws: `newer`.
  private static func knownVersion(_ connection: Connection) throws(StoreError) -> Int {
    let stored = try connection.first("PRAGMA user_version") { row in row.int(0) } ?? 0
    guard stored <= version else {
      throw StoreError(
        .newer,
        "\(connection.path) was written by a newer queuectl (schema \(stored), this one knows "
          + "\(version)): it was left alone; use the newer queuectl")
    }
    return stored
  }
}
