/// Functions of a worker's step: the end of its run and its next claim.
extension Schema {
  /// The rows that follow a job to a new state, besides its dependants: keys, history and on-dead.
  /// `a_exit` and `a_elapsed` are those of its last run.
  static let follow = """
    CREATE OR REPLACE FUNCTION @schema@.follow_1(
      a_seq bigint, a_state text, a_key text, a_schedule bigint, a_exit int, a_elapsed bigint,
      a_now bigint
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF a_key IS NOT NULL AND a_state IN ('completed', 'dead', 'cancelled') THEN
        DELETE FROM @schema@.unique_keys WHERE key = a_key AND job = a_seq;
      END IF;
      IF a_state = 'dead' THEN
        INSERT INTO @schema@.notices SELECT a_seq, NULL
          WHERE EXISTS (SELECT 1 FROM @schema@.settings WHERE key = 'on-dead')
          ON CONFLICT (job) DO UPDATE SET taken_by = NULL;
      END IF;
      IF a_schedule IS NULL THEN RETURN; END IF;
      IF a_state IN ('pending', 'processing', 'failed') THEN
        UPDATE @schema@.occurrences SET ended_at = NULL, exit_code = NULL, ran_ms = NULL
          WHERE schedule = a_schedule AND job = a_seq;
        INSERT INTO @schema@.scheduled_work VALUES (a_schedule, a_seq) ON CONFLICT DO NOTHING;
        RETURN;
      END IF;
      DELETE FROM @schema@.scheduled_work WHERE schedule = a_schedule AND job = a_seq;
      UPDATE @schema@.occurrences
        SET state = a_state, ended_at = a_now, exit_code = a_exit, ran_ms = a_elapsed
        WHERE schedule = a_schedule AND job = a_seq;
      IF a_state = 'completed' THEN
        UPDATE @schema@.schedules SET succeeded_at = a_now, failures_in_row = 0,
          successes_in_row = successes_in_row + 1 WHERE id = a_schedule;
      ELSIF a_state = 'dead' THEN
        UPDATE @schema@.schedules SET failures_in_row = failures_in_row + 1,
          successes_in_row = 0 WHERE id = a_schedule;
      END IF;
    END $$;
    """

  /// Ends a run and moves its job. Call it with the worker's row locked. Locks the job's schedule
  /// before the job, as `advance` does. Keeps queue time for the next boot if there is a backoff.
  ///
  /// Returns 0, with nothing changed, unless the run is its job's latest and active; else 1, plus 2
  /// if a cancellation replaced an unfinished state, plus 4 if the end may free other jobs.
  static let endRun = """
    CREATE OR REPLACE FUNCTION @schema@.end_run_1(
      a_worker bigint, a_run bigint, a_state text, a_attempts int, a_crashes int, a_delay bigint,
      a_event text, a_outcome text, a_exit int, a_signal int, a_error text, a_elapsed bigint,
      a_cpu bigint, a_peak bigint, a_now bigint, a_queue_ms bigint, a_boot text
    ) RETURNS int LANGUAGE plpgsql AS $$
    DECLARE
      h record;
      j record;
      is_awaited bool;
      due bigint := a_queue_ms + coalesce(a_delay, 0);
      flags int := 1;
    BEGIN
      SELECT x.seq, x.schedule, q.running_limit IS NOT NULL AS is_limited INTO h
        FROM @schema@.runs r JOIN @schema@.work x ON x.seq = r.job
        JOIN @schema@.queues q ON q.no = x.queue WHERE r.id = a_run AND r.worker = a_worker;
      IF NOT FOUND THEN RETURN 0; END IF;
      IF h.schedule IS NOT NULL THEN
        PERFORM 1 FROM @schema@.schedules WHERE id = h.schedule FOR NO KEY UPDATE;
      END IF;
      SELECT seq, run, run_at, queue, priority, cancel, unique_key, schedule, updated_at INTO j
        FROM @schema@.work WHERE seq = h.seq AND run = a_run AND line = 3 FOR UPDATE;
      IF NOT FOUND THEN RETURN 0; END IF;
      a_now := \(following("j.updated_at"));
      IF j.cancel AND a_state IN ('pending', 'failed') THEN
        a_state := 'cancelled';
        flags := flags + 2;
      END IF;
      SELECT EXISTS (SELECT 1 FROM @schema@.prerequisites WHERE needs = j.seq) INTO is_awaited;
      IF h.is_limited OR is_awaited THEN flags := flags + 4; END IF;

      UPDATE @schema@.runs SET finished_at = a_now, outcome = a_outcome, exit_code = a_exit,
        signal = a_signal, error = a_error, elapsed_ms = a_elapsed, cpu_ms = a_cpu,
        peak_bytes = a_peak WHERE id = a_run;
      INSERT INTO @schema@.journal (at, ms, queue, worker, event, come)
        VALUES (a_now, greatest(a_elapsed, 0), j.queue, a_worker, a_event, a_state);
      IF a_state = 'failed' THEN
        UPDATE @schema@.work SET state = a_state, line = 2, rank = due, run_at = due,
          cancel = false, attempts = a_attempts, crashes = a_crashes, updated_at = a_now
          WHERE seq = j.seq;
        UPDATE @schema@.queue_clock SET seen_at = a_queue_ms
          WHERE boot = a_boot AND seen_at < a_queue_ms - 1000;
      ELSIF a_state = 'pending' THEN
        UPDATE @schema@.work SET state = a_state, line = 0, rank = -priority, run_at = NULL,
          cancel = false, attempts = a_attempts, crashes = a_crashes, updated_at = a_now
          WHERE seq = j.seq;
      ELSE
        DELETE FROM @schema@.work WHERE seq = j.seq;
        INSERT INTO @schema@.ended
          (seq, run, run_at, updated_at, queue, priority, attempts, crashes, state)
          VALUES (j.seq, a_run, j.run_at, a_now, j.queue, j.priority, a_attempts, a_crashes,
            a_state);
        IF a_state = 'dead' THEN
          INSERT INTO @schema@.journal (at, queue, event) VALUES (a_now, j.queue, 'dead');
        END IF;
      END IF;
      IF j.unique_key IS NOT NULL OR j.schedule IS NOT NULL OR a_state = 'dead' THEN
        PERFORM @schema@.follow_1(
          j.seq, a_state, j.unique_key, j.schedule, a_exit, a_elapsed, a_now);
      END IF;
      IF is_awaited AND a_state IN ('completed', 'dead', 'cancelled') THEN
        PERFORM @schema@.release_dependants_1(j.seq, a_state, a_now);
      END IF;
      IF a_state = 'pending' THEN
        PERFORM @schema@.lower_floors_1(ARRAY[j.seq]);
      END IF;
      RETURN flags;
    END $$;
    """

  /// Ends a run (NULL for none) and claims the next job if `a_next` is set, in one transaction.
  ///
  /// `a_request` numbers the calls of a worker, upwards. A call whose answer was lost is repeated
  /// with the same number and `a_again`, before any other: it changes only what the first copy
  /// hasn't changed, and refuses a first copy that arrives later.
  ///
  /// `a_size`, `a_head` and `a_tail` are the run's output; NULL if none is to be kept.
  ///
  /// - `o_ended`: NULL without a run, else the result of `end_run_1`; -1 for a refused first copy.
  /// - `o_next`: `job`, `none`, `stop` or `evicted`; NULL if no claim was asked for.
  /// - `o_due`: milliseconds until the next timed job, at least 0; NULL for none.
  /// - `o_busy`: another worker was claiming from a limited queue; call again in some milliseconds.
  static let step = """
    CREATE OR REPLACE FUNCTION @schema@.step_1(
      a_worker bigint, a_run bigint, a_state text, a_attempts int, a_crashes int, a_delay bigint,
      a_event text, a_outcome text, a_exit int, a_signal int, a_error text, a_elapsed bigint,
      a_cpu bigint, a_peak bigint, a_next bool, a_now bigint, a_uptime bigint, a_queue_ms bigint,
      a_boot text, a_request bigint, a_size bigint, a_host text, a_head bytea, a_tail bytea,
      a_again bool,
      OUT o_ended int, OUT o_next text, OUT o_stop int, OUT o_due bigint, OUT o_busy bool,
      OUT o_run bigint, OUT o_id text, OUT o_queue text, OUT o_attempts int, OUT o_crashes int,
      OUT o_max_retries int, OUT o_priority int, OUT o_run_at bigint, OUT o_unique_key text,
      OUT o_command text, OUT o_cwd text, OUT o_env text, OUT o_timeout bigint,
      OUT o_backoff_base float8, OUT o_backoff_max bigint, OUT o_backoff_jitter float8,
      OUT o_retry_on text, OUT o_no_retry_on text, OUT o_snooze_on text, OUT o_success_on text,
      OUT o_schedule_name text, OUT o_scheduled_for bigint, OUT o_stands_for int
    ) LANGUAGE plpgsql SET enable_seqscan = off SET jit = off
      SET plan_cache_mode = force_generic_plan AS $$
    DECLARE
      k record;
      j record;
      n record;
      claimed bigint;
      started bigint;
      waited bigint;
      is_locked bool := a_run IS NOT NULL OR a_again;
      has_promoted bool := false;
      ignores_floors bool := false;
    BEGIN
      -- The row is locked against `evict`, and against a first copy of this call. A mere claim
      -- locks it when there is a job: an idle look writes nothing.
      IF is_locked THEN
        SELECT stop, queues, heartbeat_at, heartbeat_uptime, barrier, namespaces INTO k
          FROM @schema@.workers WHERE id = a_worker AND NOT evicted FOR NO KEY UPDATE;
      ELSE
        SELECT stop, queues, barrier INTO k FROM @schema@.workers
          WHERE id = a_worker AND NOT evicted;
      END IF;
      IF NOT FOUND THEN
        IF a_run IS NOT NULL THEN o_ended := 0; END IF;
        IF a_next THEN o_next := 'evicted'; END IF;
        RETURN;
      END IF;
      IF a_again THEN
        UPDATE @schema@.workers SET barrier = a_request WHERE id = a_worker;
        SELECT x.seq, x.run, r.request INTO j FROM @schema@.work x
          JOIN @schema@.runs r ON r.id = x.run WHERE x.state = 'processing' AND r.worker = a_worker;
        IF FOUND AND j.request = a_request AND j.run IS DISTINCT FROM a_run THEN
          claimed := j.seq;
        END IF;
        IF a_run IS NOT NULL AND (j.run IS NULL OR j.run <> a_run) THEN
          SELECT 5 + CASE WHEN s.state = 'cancelled'
              AND a_state IN ('pending', 'failed') THEN 2 ELSE 0 END INTO o_ended
            FROM @schema@.runs r JOIN @schema@.states s ON s.seq = r.job
            WHERE r.id = a_run AND r.worker = a_worker AND r.outcome = a_outcome;
          a_run := NULL;
          IF NOT FOUND THEN
            o_ended := 0;
            RETURN;
          END IF;
        END IF;
      ELSIF a_request <= k.barrier THEN
        o_ended := -1;
        RETURN;
      END IF;

      IF a_run IS NOT NULL THEN
        o_ended := @schema@.end_run_1(
          a_worker, a_run, a_state, a_attempts, a_crashes, a_delay, a_event, a_outcome, a_exit,
          a_signal, a_error, a_elapsed, a_cpu, a_peak, a_now, a_queue_ms, a_boot);
        IF o_ended = 0 THEN RETURN; END IF;
        IF a_size IS NOT NULL THEN
          INSERT INTO @schema@.outputs (run, size, host, head, tail, site)
            VALUES (a_run, a_size, a_host, a_head, a_tail, k.namespaces) ON CONFLICT DO NOTHING;
        END IF;
        -- A heartbeat, but not with each of many short runs: old versions of a row slow it down.
        IF abs(a_uptime - k.heartbeat_uptime) >= 1000 OR abs(a_now - k.heartbeat_at) >= 1000 THEN
          UPDATE @schema@.workers SET heartbeat_at = a_now, heartbeat_uptime = a_uptime
            WHERE id = a_worker;
        END IF;
      END IF;

      IF a_next AND claimed IS NULL THEN
        IF k.stop IS NOT NULL THEN
          o_next := 'stop';
          o_stop := k.stop;
        ELSE
          o_next := 'none';
          o_busy := false;
          LOOP
            FOR n IN
              SELECT q.no, q.running_limit, h.rank, h.seq,
                min(least(a.rank - a_now, b.rank - a_queue_ms)) OVER () AS due
              FROM @schema@.queues q
              LEFT JOIN LATERAL (SELECT rank FROM @schema@.work WHERE queue = q.no AND line = 1
                ORDER BY rank LIMIT 1) a ON true
              LEFT JOIN LATERAL (SELECT rank FROM @schema@.work WHERE queue = q.no AND line = 2
                ORDER BY rank LIMIT 1) b ON true
              LEFT JOIN LATERAL (SELECT rank, seq FROM @schema@.floors
                WHERE queue = q.no AND NOT ignores_floors ORDER BY rank, seq LIMIT 1) f ON true
              LEFT JOIN LATERAL (SELECT rank, seq FROM @schema@.work
                WHERE queue = q.no AND line = 0
                  AND (rank, seq) >= (coalesce(f.rank, -9223372036854775808), coalesce(f.seq, 0))
                  AND NOT q.paused AND NOT EXISTS (
                    SELECT 1 FROM @schema@.meta WHERE key = 'paused')
                  AND (q.running_limit IS NULL OR q.running_limit > (SELECT count(*)
                    FROM @schema@.work
                    WHERE queue = q.no AND line = 3 AND rank >= q.running_floor))
                ORDER BY rank, seq LIMIT 1) h ON true
              WHERE k.queues IS NULL OR q.name = ANY (k.queues)
              ORDER BY h.rank, h.seq
            LOOP
              o_due := n.due;
              IF NOT is_locked AND (n.rank IS NOT NULL OR n.due <= 0) THEN
                SELECT stop, barrier INTO j FROM @schema@.workers
                  WHERE id = a_worker AND NOT evicted FOR NO KEY UPDATE;
                IF NOT FOUND OR j.stop IS NOT NULL OR a_request <= j.barrier THEN
                  o_next := CASE WHEN j.stop IS NOT NULL THEN 'stop' ELSE 'evicted' END;
                  o_stop := j.stop;
                  RETURN;
                END IF;
                is_locked := true;
              END IF;
              EXIT WHEN n.rank IS NULL OR (n.due <= 0 AND NOT has_promoted);
              IF n.running_limit IS NOT NULL THEN
                SELECT running_limit, running_floor INTO j FROM @schema@.queues
                  WHERE no = n.no FOR NO KEY UPDATE SKIP LOCKED;
                IF NOT FOUND THEN
                  o_busy := true;
                  CONTINUE;
                END IF;
                CONTINUE WHEN j.running_limit <= (SELECT count(*) FROM @schema@.work
                  WHERE queue = n.no AND line = 3 AND rank >= j.running_floor);
              END IF;
              SELECT seq, run, state, run_at, updated_at, attempts INTO j FROM @schema@.work
                WHERE queue = n.no AND line = 0 AND (rank, seq) >= (n.rank, n.seq)
                ORDER BY rank, seq LIMIT 1 FOR UPDATE SKIP LOCKED;
              CONTINUE WHEN NOT FOUND;
              claimed := j.seq;
              started := \(following("j.updated_at"));
              waited := greatest(coalesce(j.run_at, j.updated_at), j.updated_at);
              waited := CASE WHEN j.state = 'failed' THEN
                  a_queue_ms - coalesce(j.run_at, a_queue_ms)
                WHEN a_now - a_queue_ms > 86400000 AND waited <= a_queue_ms THEN
                  a_queue_ms - waited
                ELSE a_now - waited END;
              waited := least(1::bigint << 50, greatest(0, waited));
              INSERT INTO @schema@.runs
                (job, previous, worker, request, started_at, waited_ms, attempt)
                VALUES (j.seq, j.run, a_worker, a_request, started, waited, j.attempts + 1)
                RETURNING id INTO o_run;
              UPDATE @schema@.work SET state = 'processing', line = 3, rank = o_run, run = o_run,
                updated_at = started, run_at = CASE j.state WHEN 'failed' THEN NULL ELSE run_at END
                WHERE seq = j.seq;
              INSERT INTO @schema@.journal (at, ms, queue, worker, event, gone)
                VALUES (a_now, waited, n.no, a_worker, 'started', j.state);
              EXIT;
            END LOOP;
            -- Due jobs are made ready first: one of them may be next.
            IF o_due <= 0 AND NOT has_promoted THEN
              PERFORM @schema@.promote_1(k.queues, a_now, a_queue_ms, 500);
              has_promoted := true;
              CONTINUE;
            END IF;
            EXIT WHEN claimed IS NOT NULL OR o_busy OR ignores_floors;
            -- A floor may have risen above a job that wasn't committed.
            ignores_floors := true;
          END LOOP;
          IF o_due < 0 THEN o_due := 0; END IF;
        END IF;
      END IF;

      IF claimed IS NOT NULL THEN
        o_next := 'job';
        SELECT x.run, i.id, q.name, x.attempts, x.crashes, i.max_retries, x.priority, x.run_at,
            i.unique_key, i.command, i.cwd, i.env, i.timeout_ms, i.backoff_base, i.backoff_max_ms,
            i.backoff_jitter, i.retry_on, i.no_retry_on, i.snooze_on, i.success_on,
            i.schedule_name, i.scheduled_for, i.stands_for
          INTO o_run, o_id, o_queue, o_attempts, o_crashes, o_max_retries, o_priority, o_run_at,
            o_unique_key, o_command, o_cwd, o_env, o_timeout, o_backoff_base, o_backoff_max,
            o_backoff_jitter, o_retry_on, o_no_retry_on, o_snooze_on, o_success_on,
            o_schedule_name, o_scheduled_for, o_stands_for
          FROM @schema@.work x JOIN @schema@.jobs i ON i.seq = x.seq
          JOIN @schema@.queues q ON q.no = x.queue WHERE x.seq = claimed;
      END IF;
      -- A server that crashes must not take back a claim that a live worker has. A look in vain
      -- needs no fsync.
      IF claimed IS NULL AND coalesce(o_ended, 0) = 0 THEN
        IF is_locked THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;
      ELSIF current_setting('synchronous_commit') IN ('off', 'local') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
      END IF;
    END $$;
    """
}
