import QueueCore

/// Checks how the server is set up and what burdens it.
struct ServerCheck {
  private let connection: Connection
  /// A snapshot that is held for longer is a finding.
  private let snapshotAge: Duration

  init(_ connection: Connection, snapshotAge: Duration = .seconds(600)) {
    self.connection = connection
    self.snapshotAge = snapshotAge
  }

  /// Returns the findings; changes nothing.
  func findings() throws(StoreError) -> [Finding] {
    let burdens = [try snapshot(), try slot(), try deadRows(), try connections()]
    return [try server(), try durability(), try writers()]
      + ([try transport()] + burdens).compactMap { $0 }
  }

  private func setting(_ name: String) throws(StoreError) -> String {
    try connection.first("SELECT current_setting($1)", name) { row in row.text(0) } ?? ""
  }

  private func server() throws(StoreError) -> Finding {
    Finding(
      .ok, "server",
      "PostgreSQL \(try setting("server_version")) at \(connection.address.shown)")
  }

  private func durability() throws(StoreError) -> Finding {
    for name in ["fsync", "full_page_writes"] where try setting(name) == "off" {
      return Finding(
        .problem, "durability",
        "\(name) is off: a crash of the server may lose or damage the queue",
        advice: "ALTER SYSTEM SET \(name) = on, and restart the server")
    }
    let standbys = try connection.first(
      """
      SELECT current_setting('synchronous_standby_names') <> '',
        (SELECT count(*) FROM pg_catalog.pg_stat_replication)
      """
    ) { row in (isSynchronous: row.bool(0), count: row.int(1)) }
    if let standbys, standbys.count > 0, !standbys.isSynchronous {
      return Finding(
        .note, "durability", "the standby isn't synchronous: a failover loses the latest commits",
        advice: "set synchronous_standby_names if that matters")
    }
    return Finding(.ok, "durability", "commits are synced")
  }

  /// Roles that can choose the workers' commands, besides superusers.
  private func writers() throws(StoreError) -> Finding {
    let roles = try connection.all(
      """
      SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g
      WHERE g.table_schema = $1 AND g.privilege_type IN ('INSERT', 'UPDATE', 'TRIGGER')
        AND g.grantee <> current_user ORDER BY 1
      """,
      connection.address.schema
    ) { row in row.text(0) }
    guard !roles.isEmpty else {
      return Finding(.ok, "access", "only \(connection.user) can write to the tables")
    }
    return Finding(
      .note, "access",
      "other roles can write to the tables, and so choose commands: "
        + roles.joined(separator: ", "))
  }

  /// Nil for a connection within the machine.
  private func transport() throws(StoreError) -> Finding? {
    let isOpen = try connection.first(
      """
      SELECT NOT s.ssl FROM pg_catalog.pg_stat_ssl s
      WHERE s.pid = pg_backend_pid() AND inet_client_addr() IS NOT NULL
        AND inet_client_addr() <> inet_server_addr()
      """
    ) { row in row.bool(0) }
    guard let isOpen else { return nil }
    guard isOpen else { return Finding(.ok, "network", "the connection is encrypted") }
    return Finding(
      .note, "network",
      "the connection isn't encrypted: commands and output can be read on the way",
      advice: "add sslmode=verify-full to the address")
  }

  /// Old snapshots keep dead rows, over which every claim passes.
  private func snapshot() throws(StoreError) -> Finding? {
    let found = try connection.first(
      """
      SELECT what, seconds FROM (
        SELECT concat_ws(' of ', 'the session ' || pid, nullif(application_name, '')) AS what,
          extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds
        FROM pg_catalog.pg_stat_activity WHERE xact_start IS NOT NULL AND backend_xmin IS NOT NULL
          AND datname = current_database() AND pid <> pg_backend_pid()
        UNION ALL SELECT 'the prepared transaction ' || gid,
          extract(epoch FROM clock_timestamp() - prepared)::bigint FROM pg_catalog.pg_prepared_xacts
      ) old WHERE seconds >= $1 ORDER BY seconds DESC LIMIT 1
      """,
      Int(snapshotAge.components.seconds)
    ) { row in (what: row.text(0), time: Duration.seconds(row.int(1))) }
    guard let found else { return nil }
    return Finding(
      .note, "snapshot",
      "\(found.what) holds a snapshot for \(found.time.brief): claims get slower",
      advice: "end it, if it isn't a dump")
  }

  /// A replication slot without a reader keeps WAL until the disk is full.
  private func slot() throws(StoreError) -> Finding? {
    let found = try connection.first(
      """
      SELECT slot_name, pg_catalog.pg_wal_lsn_diff(
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
        ELSE pg_catalog.pg_current_wal_lsn() END, restart_lsn)::bigint AS kept
      FROM pg_catalog.pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL
      ORDER BY kept DESC LIMIT 1
      """
    ) { row in (name: row.text(0), bytes: row.int(1)) }
    guard let found else { return nil }
    return Finding(
      .note, "replication slot",
      "\(found.name) has no reader and keeps \(ByteCount.brief(found.bytes)) of WAL",
      advice: "drop it with pg_drop_replication_slot, or start its reader")
  }

  private static let manyDeadRows = 100_000

  private func deadRows() throws(StoreError) -> Finding? {
    let count =
      try connection.first(
        """
        SELECT coalesce(sum(n_dead_tup), 0) FROM pg_catalog.pg_stat_user_tables
        WHERE schemaname = $1 AND relname IN ('work', 'journal')
        """,
        connection.address.schema
      ) { row in row.int(0) } ?? 0
    guard count > Self.manyDeadRows else { return nil }
    return Finding(
      .note, "vacuum", "\(count) dead rows slow claims down",
      advice: "VACUUM as the owner of the tables; is autovacuum on?")
  }

  private static let fewConnections = 5

  private func connections() throws(StoreError) -> Finding? {
    let left =
      try connection.first(
        """
        SELECT current_setting('max_connections')::bigint
          - current_setting('superuser_reserved_connections')::bigint - count(*)
        FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'
        """
      ) { row in row.int(0) } ?? 0
    guard left < Self.fewConnections else { return nil }
    return Finding(
      .problem, "connections", "only \(max(0, left)) are left on the server",
      advice: "raise max_connections, or put a pooler before it; each worker needs one")
  }
}
