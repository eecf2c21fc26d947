/// Functions behind enqueue and the operator's commands. Callers have locked the jobs' rows in
/// `work` or `ended` FOR UPDATE, in the order of arrival, and checked their states.
extension Schema {
  /// Returns the states of jobs that a transaction refers to, and keeps them from ending, or from
  /// being removed, until it ends. Jobs that don't exist are missing in the result.
  static let hold = """
    CREATE OR REPLACE FUNCTION @schema@.hold_1(a_seqs bigint[])
      RETURNS TABLE (o_seq bigint, o_state text) LANGUAGE plpgsql
      SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      held bigint[] := '{}';
      states text[] := '{}';
    BEGIN
      -- A job may move from one table to the other while its row is waited for.
      FOR pass IN 1..4 LOOP
        SELECT held || coalesce(array_agg(seq), '{}'), states || coalesce(array_agg(state), '{}')
          INTO held, states FROM (
            SELECT seq, state FROM @schema@.work WHERE seq = ANY (a_seqs) AND NOT seq = ANY (held)
            ORDER BY seq FOR KEY SHARE) x;
        SELECT held || coalesce(array_agg(seq), '{}'), states || coalesce(array_agg(state), '{}')
          INTO held, states FROM (
            SELECT seq, state FROM @schema@.ended WHERE seq = ANY (a_seqs) AND NOT seq = ANY (held)
            ORDER BY seq FOR KEY SHARE) x;
        EXIT WHEN held @> a_seqs;
      END LOOP;
      RETURN QUERY SELECT * FROM unnest(held, states);
    END $$;
    """

  /// Stores the unmet prerequisites of jobs added in this transaction, and sets the jobs' lines.
  /// `a_jobs` has all jobs that name prerequisites, the other arrays one entry per link.
  static let connect = """
    CREATE OR REPLACE FUNCTION @schema@.connect_1(
      a_jobs bigint[], a_links bigint[], a_needs bigint[], a_any_end bool[], a_now bigint
    ) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    BEGIN
      INSERT INTO @schema@.prerequisites SELECT * FROM unnest(a_links, a_needs, a_any_end);
      UPDATE @schema@.work x SET waits_for = p.unmet,
          line = CASE WHEN x.state <> 'pending' THEN x.line WHEN p.unmet > 0 THEN 4
            WHEN x.run_at > a_now THEN 1 ELSE 0 END,
          rank = CASE WHEN x.state <> 'pending' THEN x.rank WHEN p.unmet > 0 THEN x.seq
            WHEN x.run_at > a_now THEN x.run_at ELSE -x.priority END
        FROM (SELECT j, (SELECT count(*) FROM unnest(a_links) l WHERE l = j) AS unmet
          FROM unnest(a_jobs) j) p WHERE x.seq = p.j;
      UPDATE @schema@.ended x SET waits_for = p.unmet
        FROM (SELECT l, count(*) AS unmet FROM unnest(a_links) l GROUP BY l) p WHERE x.seq = p.l;
      PERFORM @schema@.lower_floors_1(a_jobs);
    END $$;
    """

  /// Cancels waiting jobs, and orders the workers of running ones to end them. Leaves others.
  static let cancel = """
    CREATE OR REPLACE FUNCTION @schema@.cancel_1(a_seqs bigint[], a_now bigint)
      RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      n record;
    BEGIN
      UPDATE @schema@.work SET cancel = true WHERE seq = ANY (a_seqs) AND line = 3;
      FOR n IN
        WITH gone AS (
          DELETE FROM @schema@.work WHERE seq = ANY (a_seqs) AND line <> 3 RETURNING *
        ), come AS (
          INSERT INTO @schema@.ended SELECT seq, run, CASE state WHEN 'failed' THEN NULL
            ELSE run_at END, \(following("updated_at")), queue, priority, attempts, crashes,
            waits_for, 'cancelled'
          FROM gone RETURNING seq, updated_at
        ), moved AS (
          INSERT INTO @schema@.journal (at, times, queue, gone, come)
          SELECT a_now, count(*), queue, state, 'cancelled' FROM gone GROUP BY queue, state
        )
        SELECT g.seq, g.unique_key, g.schedule, r.exit_code, r.elapsed_ms, c.updated_at AS time,
          EXISTS (SELECT 1 FROM @schema@.prerequisites WHERE needs = g.seq) AS is_awaited
        FROM gone g JOIN come c USING (seq) LEFT JOIN @schema@.runs r ON r.id = g.run
        ORDER BY seq
      LOOP
        IF n.unique_key IS NOT NULL OR n.schedule IS NOT NULL THEN
          PERFORM @schema@.follow_1(n.seq, 'cancelled', n.unique_key, n.schedule, n.exit_code,
            n.elapsed_ms, n.time);
        END IF;
        IF n.is_awaited THEN
          PERFORM @schema@.release_dependants_1(n.seq, 'cancelled', n.time);
        END IF;
      END LOOP;
    END $$;
    """

  /// Requeues dead and cancelled jobs with 0 attempts, and ends the backoff of failed ones.
  /// Leaves others. Returns jobs that it leaves because their unique key was taken, or a
  /// prerequisite removed, since the caller looked.
  static let retry = """
    CREATE OR REPLACE FUNCTION @schema@.retry_1(a_seqs bigint[], a_now bigint, a_queue_ms bigint)
      RETURNS SETOF bigint LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      n record;
    BEGIN
      UPDATE @schema@.work SET run_at = least(run_at, a_queue_ms), rank = least(rank, a_queue_ms)
        WHERE seq = ANY (a_seqs) AND line = 2;
      PERFORM @schema@.hold_1(array_agg(needs)) FROM @schema@.prerequisites
        WHERE job = ANY (a_seqs) AND needs > 0;
      FOR n IN
        SELECT e.*, i.unique_key, i.schedule,
          CASE WHEN e.state = 'cancelled' AND e.run_at > a_now THEN e.run_at END AS starts_at
        FROM @schema@.ended e JOIN @schema@.jobs i ON i.seq = e.seq
        WHERE e.seq = ANY (a_seqs) AND e.state IN ('dead', 'cancelled') ORDER BY e.seq
        FOR UPDATE OF e
      LOOP
        IF EXISTS (SELECT 1 FROM @schema@.prerequisites WHERE job = n.seq AND needs < 0) THEN
          RETURN NEXT n.seq;
          CONTINUE;
        END IF;
        IF n.unique_key IS NOT NULL THEN
          INSERT INTO @schema@.unique_keys VALUES (n.unique_key, n.seq) ON CONFLICT DO NOTHING;
          IF NOT FOUND THEN
            RETURN NEXT n.seq;
            CONTINUE;
          END IF;
        END IF;
        DELETE FROM @schema@.ended WHERE seq = n.seq;
        INSERT INTO @schema@.work
          (seq, run, run_at, updated_at, schedule, queue, priority, waits_for, unique_key, line,
            rank)
          VALUES (n.seq, n.run, n.starts_at, \(following("n.updated_at")), n.schedule, n.queue,
            n.priority, n.waits_for, n.unique_key,
            CASE WHEN n.waits_for > 0 THEN 4 WHEN n.starts_at IS NOT NULL THEN 1 ELSE 0 END,
            CASE WHEN n.waits_for > 0 THEN n.seq ELSE coalesce(n.starts_at, -n.priority) END);
        INSERT INTO @schema@.journal (at, queue, gone, come)
          VALUES (a_now, n.queue, n.state, 'pending');
        IF n.schedule IS NOT NULL THEN
          PERFORM @schema@.follow_1(
            n.seq, 'pending', n.unique_key, n.schedule, NULL, NULL, a_now);
        END IF;
      END LOOP;
      PERFORM @schema@.lower_floors_1(a_seqs);
    END $$;
    """

  /// Changes the priority of a job that isn't running, or the time of one that waits; NULL leaves
  /// them. The time is given as wall time and as queue time, which a failed job waits in.
  static let edit = """
    CREATE OR REPLACE FUNCTION @schema@.edit_1(
      a_seq bigint, a_priority int, a_run_at bigint, a_run_at_queue bigint
    ) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      j record;
    BEGIN
      SELECT priority, line, rank, run_at, state INTO j FROM @schema@.work
        WHERE seq = a_seq AND line <> 3 FOR UPDATE;
      IF NOT FOUND THEN
        UPDATE @schema@.ended SET priority = coalesce(a_priority, priority) WHERE seq = a_seq;
        RETURN;
      END IF;
      j.priority := coalesce(a_priority, j.priority);
      IF a_run_at IS NOT NULL THEN
        j.run_at := CASE j.state WHEN 'failed' THEN a_run_at_queue ELSE a_run_at END;
        IF j.line <> 4 THEN
          j.line := CASE j.state WHEN 'failed' THEN 2 ELSE 1 END;
          j.rank := j.run_at;
        END IF;
      END IF;
      IF j.line = 0 THEN j.rank := -j.priority; END IF;
      UPDATE @schema@.work SET priority = j.priority, line = j.line, rank = j.rank,
        run_at = j.run_at WHERE seq = a_seq;
      IF j.line = 0 THEN PERFORM @schema@.lower_floors_1(ARRAY[a_seq]); END IF;
    END $$;
    """

  /// Removes jobs with everything that belongs to them: ended ones, or jobs added in this
  /// transaction. Links from cancelled jobs are negated: those can't be retried any more.
  /// Returns the numbers of their runs.
  static let remove = """
    CREATE OR REPLACE FUNCTION @schema@.remove_1(a_seqs bigint[], a_now bigint)
      RETURNS SETOF bigint LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    BEGIN
      RETURN QUERY
        WITH RECURSIVE chain (id) AS (
          SELECT run FROM @schema@.states WHERE seq = ANY (a_seqs)
          UNION ALL SELECT r.previous FROM chain c JOIN @schema@.runs r ON r.id = c.id
        ), removed AS (
          DELETE FROM @schema@.runs WHERE id IN (SELECT id FROM chain) RETURNING id
        ), forgotten AS (
          DELETE FROM @schema@.outputs WHERE run IN (SELECT id FROM chain)
        )
        SELECT id FROM removed ORDER BY id DESC;
      INSERT INTO @schema@.journal (at, times, queue, gone)
        SELECT a_now, count(*), queue, state FROM @schema@.states
        WHERE seq = ANY (a_seqs) AND state <> 'processing' GROUP BY queue, state;
      DELETE FROM @schema@.unique_keys WHERE key IN (
        SELECT unique_key FROM @schema@.work WHERE seq = ANY (a_seqs)) AND job = ANY (a_seqs);
      DELETE FROM @schema@.scheduled_work WHERE (schedule, job) IN (
        SELECT schedule, seq FROM @schema@.work WHERE seq = ANY (a_seqs));
      DELETE FROM @schema@.work WHERE seq = ANY (a_seqs);
      DELETE FROM @schema@.ended WHERE seq = ANY (a_seqs);
      WITH gone AS (DELETE FROM @schema@.jobs WHERE seq = ANY (a_seqs) RETURNING seq, tags)
        DELETE FROM @schema@.tags t USING gone CROSS JOIN unnest(gone.tags) AS g (tag)
        WHERE t.tag = g.tag AND t.job = gone.seq;
      DELETE FROM @schema@.progress WHERE job = ANY (a_seqs);
      DELETE FROM @schema@.prerequisites WHERE job = ANY (a_seqs);
      UPDATE @schema@.prerequisites SET needs = -needs WHERE needs = ANY (a_seqs);
    END $$;
    """
}
