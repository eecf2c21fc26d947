import QueueCore

/// The queue's schema, as found or made when a store opens.
struct Installation {
  let facts: InstallationFacts
  var isNew = false
  var dismissedWorkers = 0

  static var version: Int { Schema.migrations.count }

  /// Finds the queue and migrates an older one, whose workers are ordered to finish and exit.
  /// - Returns: nil if there is none and `creating` isn't set.
  static func open(
    _ connection: Connection, creating: Bool
  ) throws(StoreError) -> Installation? {
    var found = try look(connection)
    if let found, found.version == version {
      if let timeline = found.newTimeline {
        _ = try connection.all(composed: adoptTimeline, Parameters(timeline)) { _ in }
      }
      return Installation(facts: found)
    }
    if let found { try check(found.version, connection) }
    guard found != nil || creating else { return nil }
    return try connection.write { () throws(StoreError) in
      // Two that migrate at once take turns.
      try connection.run(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        "queuectl:\(connection.address.schema)")
      if found == nil { try createSchema(connection) }
      found = try look(connection)
      let stored = found?.version ?? 0
      try check(stored, connection)
      guard stored < version else {
        return found.map { Installation(facts: $0) }
      }
      for migration in Schema.migrations[stored...] { try connection.execute(migration) }
      try connection.run(
        "UPDATE @.meta SET value = $1 WHERE key = 'schema_version'", String(version))
      guard let made = try look(connection) else {
        throw StoreError(.other, "\(connection.address.shown): the schema has no id")
      }
      let dismissed = try connection.run(
        "UPDATE @.workers SET stop = greatest(coalesce(stop, 0), $1)",
        StopOrder.finishJob.rawValue)
      return Installation(facts: made, isNew: stored == 0, dismissedWorkers: dismissed)
    }
  }

  /// Returns the version in the schema; 0 if it is gone.
  static func storedVersion(_ connection: Connection) throws(StoreError) -> Int {
    try connection.first("SELECT value FROM @.meta WHERE key = 'schema_version'") { row in
      row.int(0)
    } ?? 0
  }

  private static func check(_ stored: Int, _ connection: Connection) throws(StoreError) {
    guard stored <= version else {
      throw StoreError(
        .newer,
        "\(connection.address.shown) was written by a newer queuectl (schema \(stored), this one "
          + "supports \(version)) and is unchanged: use the newer queuectl")
    }
  }

  /// The facts of ``InstallationFacts``. The timeline changes with a failover; a standby has none.
  /// Makes the server end sessions of cut-off hosts, which it would otherwise keep for hours.
  static let facts = """
    SELECT f.id, f.version, txid_current_snapshot()::text,
      CASE WHEN f.timeline <> f.current THEN f.current END,
      floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
      pg_catalog.set_config('tcp_keepalives_idle', '10', false),
      pg_catalog.set_config('tcp_keepalives_interval', '5', false),
      pg_catalog.set_config('tcp_keepalives_count', '3', false)
    FROM (SELECT
      (SELECT value FROM @.meta WHERE key = 'database_id') AS id,
      (SELECT value FROM @.meta WHERE key = 'schema_version') AS version,
      (SELECT value FROM @.meta WHERE key = 'timeline') AS timeline,
      CASE WHEN NOT pg_is_in_recovery()
        THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS current) f
    """

  /// After a failover, skips numbers that the old server may have assigned.
  static let adoptTimeline = "SELECT @.adopt_timeline_1($1)"

  /// Returns nil if the schema is missing or empty. A schema with other tables is left alone.
  private static func look(
    _ connection: Connection
  ) throws(StoreError) -> InstallationFacts? {
    // In a transaction a failed statement is the last.
    if !connection.isInTransaction, let found = try readFacts(connection) { return found }
    guard try hasTables(connection) else { return nil }
    // Another process may have made them meanwhile.
    guard let found = try readFacts(connection) else {
      throw StoreError(
        .foreign,
        "the schema \(connection.address.schema) at \(connection.address.shown) has tables that "
          + "aren't queuectl's and is unchanged: name another with ?schema=NAME")
    }
    return found
  }

  /// Returns nil if the tables are missing or another program's.
  private static func readFacts(
    _ connection: Connection
  ) throws(StoreError) -> InstallationFacts? {
    do throws(StoreError) {
      return try connection.timed { () throws(StoreError) in
        try connection.all(composed: facts, Parameters()) { row in InstallationFacts(row) }
      } wall: {
        $0.first??.wall
      }.first ?? nil
    } catch {
      guard missing.contains(error.cause) else { throw error }
      return nil
    }
  }

  /// The causes of statements whose schema, table or column is missing.
  private static let missing = ["3F000", "42P01", "42703"].map(StoreError.number)

  private static func hasTables(_ connection: Connection) throws(StoreError) -> Bool {
    try connection.first(
      """
      SELECT 1 FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r' LIMIT 1
      """,
      connection.address.schema
    ) { _ in true } ?? false
  }

  private static func createSchema(_ connection: Connection) throws(StoreError) {
    let schema = connection.address.schema
    let isThere = try connection.first(
      "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", schema
    ) { row in row.int(0) }
    guard isThere == nil else { return }
    do throws(StoreError) {
      try connection.execute("CREATE SCHEMA \(quotedName(schema))")
    } catch {
      guard error.cause == StoreError.number("42501") else { throw error }
      throw StoreError(
        .cannotOpen,
        "\(connection.address.shown): the role \(connection.user) may not create a schema; the "
          + "owner of the database can run: CREATE SCHEMA \(schema) AUTHORIZATION "
          + connection.user,
        cause: error.cause)
    }
  }
}

/// The facts of a queue that a connection begins with.
struct InstallationFacts {
  let databaseID: String
  /// The number of migrations.
  let version: Int
  /// See ``PostgresJobStore/hasChanged()``.
  let snapshot: String
  /// The server's timeline, if it is another than the queue's.
  let newTimeline: String?
  /// The server's wall clock.
  let wall: Timestamp

  /// Nil for tables that aren't a queue's.
  init?(_ row: Row) {
    guard let id = row.optionalText(0), let version = row.optionalText(1).flatMap({ Int($0) })
    else { return nil }
    databaseID = id
    self.version = version
    snapshot = row.text(2)
    newTimeline = row.optionalText(3)
    wall = row.timestamp(4)
  }

  init?(_ rows: Rows) {
    guard rows.count == 1 else { return nil }
    self.init(rows[0])
  }
}
