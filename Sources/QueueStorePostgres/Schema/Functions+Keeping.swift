/// Functions that reclaim jobs of lost workers and keep the tables small.
extension Schema {
  /// Evicts a worker that has neither sent a heartbeat nor changed its run since it was read.
  /// Returns false if it has, or is unknown.
  static let evict = """
    CREATE OR REPLACE FUNCTION @schema@.evict_1(
      a_worker bigint, a_heartbeat_at bigint, a_heartbeat_uptime bigint, a_run bigint
    ) RETURNS bool LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    BEGIN
      PERFORM 1 FROM @schema@.workers WHERE id = a_worker AND heartbeat_at = a_heartbeat_at
        AND heartbeat_uptime = a_heartbeat_uptime FOR NO KEY UPDATE;
      IF NOT FOUND THEN RETURN false; END IF;
      IF a_run IS DISTINCT FROM (SELECT max(x.run) FROM @schema@.work x
        JOIN @schema@.runs r ON r.id = x.run WHERE x.state = 'processing' AND r.worker = a_worker)
      THEN RETURN false; END IF;
      UPDATE @schema@.workers SET evicted = true WHERE id = a_worker AND NOT evicted;
      RETURN true;
    END $$;
    """

  /// Ends the run of an evicted worker as lost (NULL for none) and removes the worker.
  /// Returns NULL, with nothing changed, for other workers; else the result of `end_run_1`.
  static let requeue = """
    CREATE OR REPLACE FUNCTION @schema@.requeue_1(
      a_worker bigint, a_run bigint, a_state text, a_attempts int, a_crashes int, a_delay bigint,
      a_error text, a_elapsed bigint, a_now bigint, a_queue_ms bigint, a_boot text
    ) RETURNS int LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      flags int := 0;
    BEGIN
      PERFORM 1 FROM @schema@.workers WHERE id = a_worker AND evicted FOR UPDATE;
      IF NOT FOUND THEN RETURN NULL; END IF;
      IF a_run IS NOT NULL THEN
        flags := @schema@.end_run_1(a_worker, a_run, a_state, a_attempts, a_crashes, a_delay,
          'lost', 'lost', NULL, NULL, a_error, a_elapsed, NULL, NULL, a_now, a_queue_ms, a_boot);
      END IF;
      DELETE FROM @schema@.workers WHERE id = a_worker;
      RETURN flags;
    END $$;
    """

  /// Equals `Histogram.bucket(of:)` up to 2^53: a float has the exponent and the three bits behind
  /// the leading one that make a bucket.
  static let bucket = """
    CREATE OR REPLACE FUNCTION @schema@.bucket_1(a_ms bigint)
      RETURNS int LANGUAGE sql IMMUTABLE AS $$
      SELECT CASE WHEN a_ms < 16 THEN greatest(a_ms, 0)::int ELSE
        get_byte(float8send(a_ms::float8), 0) * 128
        + get_byte(float8send(a_ms::float8), 1) / 2 - 8200 END
    $$;
    """

  /// Moves the journal into `counts`, `rates` and `credits`. Returns the number of rows; 0 also
  /// while another process folds.
  static let fold = """
    CREATE OR REPLACE FUNCTION @schema@.fold_1() RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
    DECLARE
      rows bigint;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtext('@schema@'), 1) THEN RETURN 0; END IF;
      WITH gone_rows AS (
        DELETE FROM @schema@.journal RETURNING *
      ), moves AS (
        SELECT queue, gone AS state, -times AS jobs FROM gone_rows WHERE gone IS NOT NULL
        UNION ALL SELECT queue, come, times FROM gone_rows WHERE come IS NOT NULL
      ), counting AS (
        INSERT INTO @schema@.counts AS c SELECT queue, state, sum(jobs) FROM moves GROUP BY 1, 2
        ON CONFLICT (queue, state) DO UPDATE SET jobs = c.jobs + excluded.jobs
      ), rating AS (
        INSERT INTO @schema@.rates AS r
        SELECT at / 60000, q.name, event, @schema@.bucket_1(ms), sum(times), max(ms)
        FROM gone_rows JOIN @schema@.queues q ON q.no = queue WHERE event IS NOT NULL
        GROUP BY 1, 2, 3, 4
        ON CONFLICT (minute, queue, event, bucket) DO UPDATE SET times = r.times + excluded.times,
          longest_ms = greatest(r.longest_ms, excluded.longest_ms)
      ), crediting AS (
        INSERT INTO @schema@.credits AS c
        SELECT worker, count(*) FILTER (WHERE event = 'completed'),
          count(*) FILTER (WHERE event = 'failed')
        FROM gone_rows WHERE event IN ('completed', 'failed')
          AND worker IN (SELECT id FROM @schema@.workers)
        GROUP BY 1
        ON CONFLICT (worker) DO UPDATE SET completed = c.completed + excluded.completed,
          failed = c.failed + excluded.failed
      )
      SELECT count(*) INTO rows FROM gone_rows;
      DELETE FROM @schema@.credits c
        WHERE NOT EXISTS (SELECT 1 FROM @schema@.workers WHERE id = c.worker);
      RETURN rows;
    END $$;
    """

  /// Makes due jobs ready and raises each floor to the first ready job, or behind the newest
  /// job if none is ready. Run it about once a second, from one process; several do no harm.
  ///
  /// A floor may rise above a job whose transaction hasn't committed. The next call finds it, as
  /// does a worker that finds nothing else. Floors rise by 64 jobs or more, because old versions of
  /// their rows slow claims down, too.
  static let sweep = """
    CREATE OR REPLACE FUNCTION @schema@.sweep_1(a_now bigint, a_queue_ms bigint)
      RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      n record;
      newest bigint;
    BEGIN
      PERFORM @schema@.promote_1(NULL, a_now, a_queue_ms, 5000);
      SELECT last_value INTO newest FROM @schema@.jobs_seq_seq;
      -- One snapshot for all: floors added since it was taken stay.
      WITH heads AS (
        SELECT q.no, coalesce(h.rank, f.rank, 0) AS rank, coalesce(h.seq, newest) AS seq
        FROM @schema@.queues q
        LEFT JOIN LATERAL (SELECT rank, seq FROM @schema@.work
          WHERE queue = q.no AND line = 0 ORDER BY rank, seq LIMIT 1) h ON true
        LEFT JOIN LATERAL (SELECT rank, seq FROM @schema@.floors
          WHERE queue = q.no ORDER BY rank, seq LIMIT 1) f ON true
        WHERE f.rank IS NULL OR coalesce(h.rank, f.rank) <> f.rank
          OR coalesce(h.seq, newest) NOT BETWEEN f.seq AND f.seq + 63
      ), gone AS (
        DELETE FROM @schema@.floors f USING heads h
        WHERE f.queue = h.no AND (f.rank, f.seq) <> (h.rank, h.seq)
      )
      INSERT INTO @schema@.floors SELECT no, rank, seq FROM heads ON CONFLICT DO NOTHING;
      -- With the row locked no claim from a limited queue is under way.
      FOR n IN
        SELECT no, running_floor FROM @schema@.queues WHERE running_limit IS NOT NULL
        ORDER BY no FOR NO KEY UPDATE
      LOOP
        SELECT coalesce((SELECT rank FROM @schema@.work
            WHERE queue = n.no AND line = 3 AND rank >= n.running_floor ORDER BY rank LIMIT 1),
          last_value) INTO newest FROM @schema@.runs_id_seq;
        UPDATE @schema@.queues SET running_floor = newest
          WHERE no = n.no AND newest >= n.running_floor + 64;
      END LOOP;
    END $$;
    """

  /// Removes up to `a_limit` queues without jobs and controls. Returns whether more may be left.
  /// A transaction that adds jobs holds its queues' rows FOR KEY SHARE.
  static let forgetQueues = """
    CREATE OR REPLACE FUNCTION @schema@.forget_queues_1(a_limit int)
      RETURNS bool LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
    DECLARE
      empty int[];
    BEGIN
      PERFORM @schema@.fold_1();
      SELECT array_agg(no) INTO empty FROM (
        SELECT no FROM @schema@.queues q WHERE NOT paused AND running_limit IS NULL
          AND NOT EXISTS (SELECT 1 FROM @schema@.work WHERE queue = q.no)
          AND NOT EXISTS (SELECT 1 FROM @schema@.counts WHERE queue = q.no AND jobs > 0)
        LIMIT a_limit FOR UPDATE SKIP LOCKED) candidates;
      IF empty IS NULL THEN RETURN false; END IF;
      -- Again, now that no job can be added. The journal has moves that were committed since.
      DELETE FROM @schema@.queues q WHERE no = ANY (empty) AND NOT paused AND running_limit IS NULL
        AND NOT EXISTS (SELECT 1 FROM @schema@.work WHERE queue = q.no)
        AND NOT EXISTS (SELECT 1 FROM @schema@.counts WHERE queue = q.no AND jobs > 0)
        AND NOT EXISTS (SELECT 1 FROM @schema@.journal WHERE queue = q.no);
      DELETE FROM @schema@.counts c WHERE queue = ANY (empty)
        AND NOT EXISTS (SELECT 1 FROM @schema@.queues WHERE no = c.queue);
      DELETE FROM @schema@.floors f WHERE queue = ANY (empty)
        AND NOT EXISTS (SELECT 1 FROM @schema@.queues WHERE no = f.queue);
      RETURN array_length(empty, 1) = a_limit;
    END $$;
    """

  /// After a failover, numbers of transactions that were lost with the old primary may be in logs
  /// and processes: moves all sequences on. Returns whether it did.
  static let adoptTimeline = """
    CREATE OR REPLACE FUNCTION @schema@.adopt_timeline_1(a_timeline text)
      RETURNS bool LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM 1 FROM @schema@.meta WHERE key = 'timeline' AND value <> a_timeline FOR UPDATE;
      IF NOT FOUND THEN RETURN false; END IF;
      UPDATE @schema@.meta SET value = a_timeline WHERE key = 'timeline';
      PERFORM setval(number, nextval(number) + 10000) FROM unnest(ARRAY[
        '@schema@.runs_id_seq', '@schema@.jobs_seq_seq', '@schema@.workers_id_seq',
        '@schema@.schedules_id_seq']::regclass[]) AS number;
      RETURN true;
    END $$;
    """
}
