/// The tables, as numbered migrations; released ones are never edited. The latest `jobs` is in the
/// sixth, `runs` in the eighth; later migrations add columns.
extension Schema {
  /// Migration n upgrades version n to n + 1.
  static let migrations = [
    """
    -- Named facts about this database: its own id, which makes run names unique among databases.
    CREATE TABLE meta (
      key TEXT PRIMARY KEY, value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('database_id', lower(hex(randomblob(6))));

    -- Queue time: milliseconds of uptime plus this offset. It never jumps while a machine is up.
    CREATE TABLE queue_clock (
      boot TEXT PRIMARY KEY, offset_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE settings (
      key TEXT PRIMARY KEY, value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE queues (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

    -- What changes in a job's life; narrow, as it is rewritten often.
    CREATE TABLE jobs (
      seq INTEGER PRIMARY KEY,          -- order of arrival
      id TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL CHECK (state IN
        ('pending', 'processing', 'completed', 'failed', 'dead', 'cancelled')),
      queue TEXT NOT NULL,
      priority INTEGER NOT NULL,
      ready INTEGER NOT NULL CHECK (ready IN (0, 1)),  -- may be claimed now
      run_at INTEGER,                   -- wall milliseconds; queue time while failed
      run INTEGER,                      -- the latest attempt: only it may finish the job
      attempts INTEGER NOT NULL DEFAULT 0,
      crashes INTEGER NOT NULL DEFAULT 0,
      max_retries INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      CHECK (ready = 0 OR state IN ('pending', 'failed')),
      CHECK (state <> 'processing' OR run IS NOT NULL)
    ) STRICT;

    -- What was asked for; written once, read when the job is run or shown.
    CREATE TABLE job_details (
      seq INTEGER PRIMARY KEY,
      command TEXT NOT NULL,
      cwd TEXT,
      env TEXT,                         -- a JSON object; NULL for none
      timeout_ms INTEGER,
      backoff_base REAL
    ) STRICT;

    -- The claim order; jobs that wait for a time; jobs by state, for lists.
    CREATE INDEX jobs_ready ON jobs (queue, priority DESC) WHERE ready = 1;
    CREATE INDEX jobs_scheduled ON jobs (queue, run_at) WHERE ready = 0 AND state = 'pending';
    CREATE INDEX jobs_backoff ON jobs (queue, run_at) WHERE ready = 0 AND state = 'failed';
    CREATE INDEX jobs_by_state ON jobs (state);

    -- One row an attempt. The id is the fencing token, so it must never be given out twice.
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      job INTEGER NOT NULL,
      attempt INTEGER NOT NULL,
      worker INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      finished_at INTEGER,
      outcome TEXT,
      exit_code INTEGER,
      error TEXT,
      elapsed_ms INTEGER,
      cpu_ms INTEGER,
      peak_bytes INTEGER
    ) STRICT;

    CREATE TABLE workers (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      host TEXT NOT NULL,
      boot TEXT NOT NULL,
      pid INTEGER NOT NULL,
      pid_start INTEGER NOT NULL,
      queues TEXT,                      -- a JSON array; NULL for all
      started_at INTEGER NOT NULL,
      heartbeat_at INTEGER NOT NULL,
      heartbeat_uptime INTEGER NOT NULL,
      lease_ms INTEGER NOT NULL,        -- how long it may be silent after its heartbeat
      completed INTEGER NOT NULL DEFAULT 0,
      failed INTEGER NOT NULL DEFAULT 0,
      stop INTEGER                      -- 1 finish the job, 2 end it; NULL to go on
    ) STRICT;

    -- How many jobs are in which state, so that nobody has to count them.
    CREATE TABLE counts (
      queue TEXT NOT NULL, state TEXT NOT NULL, jobs INTEGER NOT NULL CHECK (jobs >= 0),
      PRIMARY KEY (queue, state)
    ) STRICT, WITHOUT ROWID;

    CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs BEGIN
      INSERT INTO queues VALUES (new.queue) ON CONFLICT DO NOTHING;
      INSERT INTO counts VALUES (new.queue, new.state, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    END;
    CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
      UPDATE counts SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
      INSERT INTO counts VALUES (new.queue, new.state, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    END;
    """,
    """
    -- What holds a job back besides its time, and what it does when a run has ended.
    ALTER TABLE jobs ADD COLUMN unique_key TEXT;     -- no other unfinished job may have it
    ALTER TABLE jobs ADD COLUMN waits_for INTEGER NOT NULL DEFAULT 0 CHECK (waits_for >= 0);
    ALTER TABLE jobs ADD COLUMN cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1));
    ALTER TABLE job_details ADD COLUMN backoff_max_ms INTEGER;
    ALTER TABLE job_details ADD COLUMN backoff_jitter REAL;
    ALTER TABLE job_details ADD COLUMN retry_on TEXT;       -- exit statuses such as 2,64-78
    ALTER TABLE job_details ADD COLUMN no_retry_on TEXT;
    ALTER TABLE job_details ADD COLUMN snooze_on TEXT;
    ALTER TABLE queues ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
    ALTER TABLE queues ADD COLUMN running_limit INTEGER CHECK (running_limit >= 0);
    ALTER TABLE runs ADD COLUMN waited_ms INTEGER;   -- from when it could have run to when it did

    CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key)
      WHERE unique_key IS NOT NULL AND state IN ('pending', 'processing', 'failed');

    -- Jobs that have to end before another may run; a row goes when it has been met.
    CREATE TABLE prerequisites (
      job INTEGER NOT NULL,
      needs INTEGER NOT NULL,
      any_end INTEGER NOT NULL CHECK (any_end IN (0, 1)),  -- 0: it has to succeed
      PRIMARY KEY (job, needs)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX prerequisites_needed ON prerequisites (needs);
    CREATE INDEX jobs_blocked ON jobs (queue) WHERE waits_for > 0;

    -- Jobs that wait for others have no time to wait for.
    DROP INDEX jobs_scheduled;
    CREATE INDEX jobs_scheduled ON jobs (queue, run_at)
      WHERE ready = 0 AND state = 'pending' AND waits_for = 0;

    -- Jobs that have ended, by the time they did; the runs of a job.
    CREATE INDEX jobs_ended ON jobs (state, updated_at)
      WHERE state IN ('completed', 'dead', 'cancelled');
    CREATE INDEX runs_by_job ON runs (job);

    -- What a running job says of itself.
    CREATE TABLE progress (
      job INTEGER PRIMARY KEY, percent REAL, message TEXT, updated_at INTEGER NOT NULL
    ) STRICT;

    DROP TRIGGER jobs_inserted;
    CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs BEGIN
      INSERT INTO queues (name) VALUES (new.queue) ON CONFLICT DO NOTHING;
      INSERT INTO counts VALUES (new.queue, new.state, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    END;
    -- A job that has ended lets those go on that it was the last to hold back.
    CREATE TRIGGER jobs_released AFTER UPDATE OF state ON jobs
    WHEN new.state IN ('completed', 'dead', 'cancelled') AND old.state <> new.state
      AND EXISTS (SELECT 1 FROM prerequisites WHERE needs = new.seq)
    BEGIN
      UPDATE jobs SET waits_for = waits_for - 1, updated_at = new.updated_at,
        ready = state = 'pending' AND waits_for = 1 AND coalesce(run_at, 0) <= new.updated_at
      WHERE seq IN (SELECT job FROM prerequisites
        WHERE needs = new.seq AND (any_end = 1 OR new.state = 'completed'));
      DELETE FROM prerequisites
        WHERE needs = new.seq AND (any_end = 1 OR new.state = 'completed');
    END;
    CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
      UPDATE counts SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
      DELETE FROM job_details WHERE seq = old.seq;
      DELETE FROM runs WHERE job = old.seq;
      DELETE FROM progress WHERE job = old.seq;
      DELETE FROM prerequisites WHERE job = old.seq;
    END;
    """,
    """
    -- A worker that was taken for gone is shut out before what is left of its run is ended.
    ALTER TABLE workers ADD COLUMN evicted INTEGER NOT NULL DEFAULT 0 CHECK (evicted IN (0, 1));
    """,
    """
    -- What happened in each minute, by queue. An event has a duration where that makes sense, which falls into a bucket of a log scale.
    CREATE TABLE rates (
      minute INTEGER NOT NULL,          -- since 1970
      queue TEXT NOT NULL,
      event TEXT NOT NULL,
      bucket INTEGER NOT NULL,
      times INTEGER NOT NULL,
      longest_ms INTEGER NOT NULL,
      PRIMARY KEY (minute, queue, event, bucket)
    ) STRICT, WITHOUT ROWID;

    -- The same for whole hours, which are named by their first minute: what is older is folded into these.
    CREATE TABLE hourly_rates (
      minute INTEGER NOT NULL,
      queue TEXT NOT NULL,
      event TEXT NOT NULL,
      bucket INTEGER NOT NULL,
      times INTEGER NOT NULL,
      longest_ms INTEGER NOT NULL,
      PRIMARY KEY (minute, queue, event, bucket)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    -- Jobs that died while there was a command for it, until that command has ended.
    CREATE TABLE notices (job INTEGER PRIMARY KEY, taken_by INTEGER) STRICT;
    CREATE TRIGGER jobs_died AFTER UPDATE OF state ON jobs
    WHEN new.state = 'dead' AND old.state <> 'dead'
      AND EXISTS (SELECT 1 FROM settings WHERE key = 'on-dead')
    BEGIN
      INSERT OR REPLACE INTO notices VALUES (new.seq, NULL);
    END;
    CREATE TRIGGER notices_unwanted AFTER DELETE ON settings WHEN old.key = 'on-dead' BEGIN
      DELETE FROM notices;
    END;
    """,
    """
    -- A list of three words or more in a condition is made a temporary table of whenever the condition is looked at, and these are with
    -- each change of a job: so the same is said with OR.
    CREATE TABLE jobs_anew (
      seq INTEGER PRIMARY KEY,          -- order of arrival
      id TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL CHECK (state = 'pending' OR state = 'processing' OR state = 'completed'
        OR state = 'failed' OR state = 'dead' OR state = 'cancelled'),
      queue TEXT NOT NULL,
      priority INTEGER NOT NULL,
      ready INTEGER NOT NULL CHECK (ready IN (0, 1)),  -- may be claimed now
      run_at INTEGER,                   -- wall milliseconds; queue time while failed
      run INTEGER,                      -- the latest attempt: only it may finish the job
      attempts INTEGER NOT NULL DEFAULT 0,
      crashes INTEGER NOT NULL DEFAULT 0,
      max_retries INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      unique_key TEXT,                  -- no other unfinished job may have it
      waits_for INTEGER NOT NULL DEFAULT 0 CHECK (waits_for >= 0),
      cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)),
      CHECK (ready = 0 OR state = 'pending' OR state = 'failed'),
      CHECK (state <> 'processing' OR run IS NOT NULL)
    ) STRICT;
    INSERT INTO jobs_anew SELECT seq, id, state, queue, priority, ready, run_at, run, attempts,
      crashes, max_retries, created_at, updated_at, unique_key, waits_for, cancel FROM jobs;
    DROP TABLE jobs;
    ALTER TABLE jobs_anew RENAME TO jobs;

    -- The claim order; jobs that wait for a time, or for other jobs; jobs by state, for lists; by the time they ended; by key.
    CREATE INDEX jobs_ready ON jobs (queue, priority DESC) WHERE ready = 1;
    CREATE INDEX jobs_scheduled ON jobs (queue, run_at)
      WHERE ready = 0 AND state = 'pending' AND waits_for = 0;
    CREATE INDEX jobs_backoff ON jobs (queue, run_at) WHERE ready = 0 AND state = 'failed';
    CREATE INDEX jobs_blocked ON jobs (queue) WHERE waits_for > 0;
    CREATE INDEX jobs_by_state ON jobs (state);
    CREATE INDEX jobs_ended ON jobs (state, updated_at)
      WHERE state = 'completed' OR state = 'dead' OR state = 'cancelled';
    CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key)
      WHERE unique_key IS NOT NULL
        AND (state = 'pending' OR state = 'processing' OR state = 'failed');

    -- Who stores jobs counts them. Once stored, they are counted by these.
    CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
      UPDATE counts SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
      INSERT INTO counts VALUES (new.queue, new.state, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    END;
    -- A job that has ended lets those go on that it was the last to hold back.
    CREATE TRIGGER jobs_released AFTER UPDATE OF state ON jobs
    WHEN (new.state = 'completed' OR new.state = 'dead' OR new.state = 'cancelled')
      AND old.state <> new.state AND EXISTS (SELECT 1 FROM prerequisites WHERE needs = new.seq)
    BEGIN
      UPDATE jobs SET waits_for = waits_for - 1, updated_at = new.updated_at,
        ready = state = 'pending' AND waits_for = 1 AND coalesce(run_at, 0) <= new.updated_at
      WHERE seq IN (SELECT job FROM prerequisites
        WHERE needs = new.seq AND (any_end = 1 OR new.state = 'completed'));
      DELETE FROM prerequisites
        WHERE needs = new.seq AND (any_end = 1 OR new.state = 'completed');
    END;
    CREATE TRIGGER jobs_died AFTER UPDATE OF state ON jobs
    WHEN new.state = 'dead' AND old.state <> 'dead'
      AND EXISTS (SELECT 1 FROM settings WHERE key = 'on-dead')
    BEGIN
      INSERT OR REPLACE INTO notices VALUES (new.seq, NULL);
    END;
    CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
      UPDATE counts SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
      DELETE FROM job_details WHERE seq = old.seq;
      DELETE FROM runs WHERE job = old.seq;
      DELETE FROM progress WHERE job = old.seq;
      DELETE FROM prerequisites WHERE job = old.seq;
    END;
    """,
    """
    -- Jobs that are processing are as few as workers: they are counted when somebody asks. So a run changes two counts, not four.
    DELETE FROM counts WHERE state = 'processing';
    DROP TRIGGER jobs_moved;
    CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
      UPDATE counts SET jobs = jobs - 1
        WHERE old.state <> 'processing' AND queue = old.queue AND state = old.state;
      INSERT INTO counts SELECT new.queue, new.state, 1 WHERE new.state <> 'processing'
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    END;
    """,
    """
    -- The runs of a job are a chain from its latest one back, so that a run is written into one tree less. Nor is the last number written
    -- down with each run: the newest one's row is never removed, and of no job (0) once its job is gone.
    CREATE TABLE runs_anew (
      id INTEGER PRIMARY KEY,           -- the fencing token, so it must never be given out twice
      job INTEGER NOT NULL,
      previous INTEGER CHECK (previous < id),  -- the job's run before; NULL for its first
      attempt INTEGER NOT NULL,
      worker INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      finished_at INTEGER,
      outcome TEXT,
      exit_code INTEGER,
      error TEXT,
      elapsed_ms INTEGER,
      cpu_ms INTEGER,
      peak_bytes INTEGER,
      waited_ms INTEGER                 -- from when it could have run to when it did
    ) STRICT;
    INSERT INTO runs_anew SELECT id, job, lag(id) OVER (PARTITION BY job ORDER BY id), attempt,
      worker, started_at, finished_at, outcome, exit_code, error, elapsed_ms, cpu_ms, peak_bytes,
      waited_ms FROM runs ORDER BY id;
    INSERT INTO runs_anew (id, job, attempt, worker, started_at, finished_at)
      SELECT seq, 0, 0, 0, 0, 0 FROM sqlite_sequence
      WHERE name = 'runs' AND seq NOT IN (SELECT id FROM runs);
    INSERT INTO meta SELECT 'kept_run', id FROM runs_anew WHERE job = 0;
    DROP TRIGGER jobs_removed;
    DROP TABLE runs;
    ALTER TABLE runs_anew RENAME TO runs;

    -- Who removes jobs that have been run removes their runs.
    CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
      UPDATE counts SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
      DELETE FROM job_details WHERE seq = old.seq;
      DELETE FROM progress WHERE job = old.seq;
      DELETE FROM prerequisites WHERE job = old.seq;
    END;
    """,
    """
    -- The PID and time namespaces of a worker's process, in which its pid and its start count; NULL
    -- when they aren't known.
    ALTER TABLE workers ADD COLUMN namespaces TEXT;
    """,
    """
    -- The signal that killed a run; NULL if none did. Runs that were killed before this column came
    -- have it in their error alone: they aren't rewritten, as there may be millions of runs.
    ALTER TABLE runs ADD COLUMN signal INTEGER;
    """,
    """
    ALTER TABLE job_details ADD COLUMN success_on TEXT;
    """,
    """
    -- Each command parses the schema when it opens a queue, so this one is brief: the definition of a
    -- schedule is JSON, and Swift replaces three triggers (JobMoves.swift).
    DROP TRIGGER jobs_released;
    DROP TRIGGER jobs_died;
    DROP TRIGGER jobs_removed;

    -- Recurring schedules. Jobs point to their ids, so these are never given out twice. next_at is
    -- NULL when a schedule has ended.
    CREATE TABLE schedules (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      zone TEXT NOT NULL,
      spec TEXT NOT NULL,
      offset_ms INTEGER NOT NULL,
      paused_at INTEGER,
      problem TEXT,
      next_at INTEGER,
      last_at INTEGER,
      turn INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      enqueued INTEGER NOT NULL,
      skipped INTEGER NOT NULL,
      missed INTEGER NOT NULL,
      skips_in_row INTEGER NOT NULL,
      failures_in_row INTEGER NOT NULL,
      successes_in_row INTEGER NOT NULL,
      succeeded_at INTEGER,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX schedules_due ON schedules (next_at) WHERE paused_at IS NULL;

    -- The latest times of each schedule, and the outcome of each; times in a row without a job share
    -- one.
    CREATE TABLE occurrences (
      schedule INTEGER NOT NULL,
      turn INTEGER NOT NULL,
      at INTEGER NOT NULL,
      fate TEXT NOT NULL,
      through INTEGER,
      times INTEGER NOT NULL,
      job INTEGER,
      job_id TEXT,
      enqueued_at INTEGER,
      state TEXT,
      exit_code INTEGER,
      ran_ms INTEGER,
      ended_at INTEGER,
      PRIMARY KEY (schedule, turn, at)
    ) STRICT, WITHOUT ROWID;

    -- The details have the schedule's name, which outlives it.
    ALTER TABLE jobs ADD COLUMN schedule INTEGER;
    ALTER TABLE job_details ADD COLUMN schedule TEXT;
    ALTER TABLE job_details ADD COLUMN scheduled_for INTEGER;
    ALTER TABLE job_details ADD COLUMN stands_for INTEGER;
    CREATE INDEX jobs_of_schedule ON jobs (schedule, state) WHERE schedule IS NOT NULL;
    """,
    """
    -- A job's tags as a JSON array, and as rows to find it by.
    ALTER TABLE job_details ADD COLUMN tags TEXT;
    CREATE TABLE tags (
      tag TEXT NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (tag, job)
    ) STRICT, WITHOUT ROWID;
    -- So that nothing reads the rows of all schedules, which are wide, to count these.
    CREATE INDEX schedules_noted ON schedules (id) WHERE paused_at IS NOT NULL
      OR problem IS NOT NULL OR failures_in_row > 0 OR skips_in_row > 0;
    """,
    """
    -- What a job's runs get from the kernel, such as nice=10.
    ALTER TABLE job_details ADD COLUMN limits TEXT;
    -- The pause of an active run: 0 requested, -1 to be continued, else when it was frozen.
    ALTER TABLE runs ADD COLUMN frozen INTEGER;
    ALTER TABLE workers ADD COLUMN version TEXT;
    """,
  ]
}
