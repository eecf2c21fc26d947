extension Schema {
  /// Stores up to some 1,000 jobs, given as arrays of equal length, in order. A statement and no
  /// function, because a new session would load PL/pgSQL for it.
  ///
  /// - Parameters: $1 ids, $2 commands, $3 numbers of queues, whose rows the transaction holds FOR
  ///   KEY SHARE, $4 priorities, $5 run times, $6 retries, $7 unique keys, $8 whether it names
  ///   prerequisites, which `connect_1` stores then, $9 directories, $10 environments, $11
  ///   timeouts, $12 to $14 backoff base, maximum and jitter, $15 to $18 exit statuses to retry,
  ///   not to retry, to snooze and to accept, $19 tags; $20 the time; $21 resource limits.
  /// - Returns: the place in the arrays, from 1, and the number of each stored job, in order.
  ///   Fewer than given if any id or key is taken: roll back to a savepoint and store one by one.
  static let addJobs = """
    WITH asked AS (
      SELECT a.*, nextval('@schema@.jobs_seq_seq') AS seq
      FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::bigint[], $6::int[],
        $7::text[], $8::bool[], $9::text[], $10::text[], $11::bigint[], $12::float8[],
        $13::bigint[], $14::float8[], $15::text[], $16::text[], $17::text[], $18::text[],
        $19::text[], $21::text[])
        WITH ORDINALITY AS a (id, command, queue, priority, run_at, max_retries, key, waits, cwd,
          env, timeout_ms, base, longest_ms, jitter, retry_on, no_retry_on, snooze_on, success_on,
          tags, limits, place)
    ), stored AS (
      INSERT INTO @schema@.jobs (seq, created_at, queue, max_retries, id, command, cwd, env,
        timeout_ms, backoff_base, backoff_max_ms, backoff_jitter, retry_on, no_retry_on, snooze_on,
        success_on, unique_key, tags, limits)
      SELECT seq, $20::bigint, queue, max_retries, id, command, cwd, env, timeout_ms, base,
        longest_ms, jitter, retry_on, no_retry_on, snooze_on, success_on, key,
        tags::text[], limits FROM asked
      ON CONFLICT (id) DO NOTHING RETURNING seq
    ), keyed AS (
      INSERT INTO @schema@.unique_keys SELECT key, seq FROM stored JOIN asked USING (seq)
      WHERE key IS NOT NULL ON CONFLICT DO NOTHING RETURNING job
    ), tagged AS (
      INSERT INTO @schema@.tags SELECT t.tag, seq
      FROM asked JOIN stored USING (seq) CROSS JOIN unnest(tags::text[]) AS t (tag)
      WHERE tags IS NOT NULL
    ), placed AS (
      INSERT INTO @schema@.work
        (seq, rank, run_at, updated_at, queue, priority, line, unique_key)
      SELECT seq, CASE WHEN waits THEN seq WHEN run_at > $20 THEN run_at ELSE -priority END,
        run_at, $20, queue, priority, CASE WHEN waits THEN 4 WHEN run_at > $20 THEN 1 ELSE 0 END,
        key
      FROM stored JOIN asked USING (seq) RETURNING queue, line, rank, seq
    ), lowered AS (
      INSERT INTO @schema@.floors
      SELECT queue, rank, seq FROM (
        SELECT DISTINCT ON (queue) queue, rank, seq FROM placed WHERE line = 0
        ORDER BY queue, rank, seq) n
      WHERE (rank, seq) < (SELECT rank, seq FROM @schema@.floors WHERE queue = n.queue
        ORDER BY rank, seq LIMIT 1)
      ON CONFLICT DO NOTHING
    )
    SELECT place, seq FROM stored JOIN asked USING (seq)
    WHERE key IS NULL OR seq IN (SELECT job FROM keyed) ORDER BY place
    """
}
