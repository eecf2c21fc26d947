/// Functions that move jobs between the lines of a queue.
extension Schema {
  /// Keeps the floors at or before jobs that have become ready, in the same transaction. Reads job
  /// by job: for an array, a plan from when the table was empty may read a whole index.
  static let lowerFloors = """
    CREATE OR REPLACE FUNCTION @schema@.lower_floors_1(a_seqs bigint[])
      RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO @schema@.floors
        SELECT queue, rank, seq FROM (
          SELECT DISTINCT ON (x.queue) x.* FROM unnest(a_seqs) AS ready CROSS JOIN LATERAL (
            SELECT queue, rank, seq, line FROM @schema@.work WHERE seq = ready OFFSET 0) x
          WHERE x.line = 0 ORDER BY x.queue, x.rank, x.seq) n
        WHERE (rank, seq) < (SELECT rank, seq FROM @schema@.floors WHERE queue = n.queue
          ORDER BY rank, seq LIMIT 1)
        ON CONFLICT DO NOTHING;
    END $$;
    """

  /// Makes due jobs ready, `a_limit` of each kind and queue; NULL queues for all. Skips jobs that
  /// another transaction is moving. Returns how many.
  static let promote = """
    CREATE OR REPLACE FUNCTION @schema@.promote_1(
      a_queues text[], a_now bigint, a_queue_ms bigint, a_limit int
    ) RETURNS int LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      moved bigint[];
    BEGIN
      WITH due AS (
        SELECT x.seq FROM @schema@.queues q CROSS JOIN LATERAL (
          SELECT seq FROM @schema@.work WHERE queue = q.no AND line = 1 AND rank <= a_now
          ORDER BY rank LIMIT a_limit FOR UPDATE SKIP LOCKED) x
        WHERE a_queues IS NULL OR q.name = ANY (a_queues)
      ), late AS (
        SELECT x.seq FROM @schema@.queues q CROSS JOIN LATERAL (
          SELECT seq FROM @schema@.work WHERE queue = q.no AND line = 2 AND rank <= a_queue_ms
          ORDER BY rank LIMIT a_limit FOR UPDATE SKIP LOCKED) x
        WHERE a_queues IS NULL OR q.name = ANY (a_queues)
      )
      SELECT array_agg(seq) INTO moved FROM (TABLE due UNION ALL TABLE late) x;
      IF moved IS NULL THEN RETURN 0; END IF;
      UPDATE @schema@.work SET line = 0, rank = -priority WHERE seq = ANY (moved);
      PERFORM @schema@.lower_floors_1(moved);
      RETURN array_length(moved, 1);
    END $$;
    """

  /// Releases the dependants of a job that has just ended. The caller holds the ended job's row, so
  /// no prerequisite can be added meanwhile. A job with a time of its own becomes ready by a claim:
  /// here, the clock may be behind `a_now`.
  static let releaseDependants = """
    CREATE OR REPLACE FUNCTION @schema@.release_dependants_1(
      a_seq bigint, a_state text, a_now bigint
    ) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      freed bigint[];
      held bigint[] := '{}';
    BEGIN
      SELECT array_agg(job) INTO freed FROM @schema@.prerequisites
        WHERE needs = a_seq AND (any_end OR a_state = 'completed');
      IF freed IS NULL THEN RETURN; END IF;
      -- A dependant may be cancelled or retried, and so be moved to the other table, meanwhile.
      FOR pass IN 1..4 LOOP
        SELECT held || coalesce(array_agg(seq), '{}') INTO held FROM (
          SELECT seq FROM @schema@.work WHERE seq = ANY (freed) AND NOT seq = ANY (held)
          ORDER BY seq FOR UPDATE) x;
        SELECT held || coalesce(array_agg(seq), '{}') INTO held FROM (
          SELECT seq FROM @schema@.ended WHERE seq = ANY (freed) AND NOT seq = ANY (held)
          ORDER BY seq FOR UPDATE) x;
        EXIT WHEN held @> freed;
      END LOOP;
      UPDATE @schema@.work SET waits_for = waits_for - 1,
        updated_at = \(following("updated_at")),
        line = CASE WHEN waits_for > 1 THEN 4 WHEN run_at IS NULL THEN 0 ELSE 1 END,
        rank = CASE WHEN waits_for > 1 THEN seq ELSE coalesce(run_at, -priority) END
        WHERE seq = ANY (freed);
      UPDATE @schema@.ended SET waits_for = waits_for - 1,
        updated_at = \(following("updated_at"))
        WHERE seq = ANY (freed);
      DELETE FROM @schema@.prerequisites WHERE needs = a_seq AND job = ANY (freed);
      PERFORM @schema@.lower_floors_1(freed);
    END $$;
    """
}
