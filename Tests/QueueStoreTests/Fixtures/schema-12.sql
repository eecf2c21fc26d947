-- A queue of 0.1.0, version 12 of the schema, as that program's commands and worker wrote it: a job in
-- each state, and schedules. Never edit it.
PRAGMA application_id = 1902343276;
PRAGMA user_version = 12;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('database_id','49bee47fdc00');
INSERT INTO meta VALUES('kept_run','5');
INSERT INTO meta VALUES('queue_time','1796087882684');
INSERT INTO meta VALUES('schedule_clocks','1796087877480 1796071519904 2f1ff969-dbff-4776-ae2e-bb6d9a121273');
CREATE TABLE queue_clock (
  boot TEXT PRIMARY KEY, offset_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO queue_clock VALUES('2f1ff969-dbff-4776-ae2e-bb6d9a121273',1796071519905);
CREATE TABLE settings (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES('max-crashes','5');
INSERT INTO settings VALUES('on-dead','cat');
CREATE TABLE queues (name TEXT PRIMARY KEY, paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)), running_limit INTEGER CHECK (running_limit >= 0)) STRICT, WITHOUT ROWID;
INSERT INTO queues VALUES('default',0,NULL);
INSERT INTO queues VALUES('mail',0,NULL);
CREATE TABLE job_details (
  seq INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  cwd TEXT,
  env TEXT,                         -- a JSON object; NULL for none
  timeout_ms INTEGER,
  backoff_base REAL
, backoff_max_ms INTEGER, backoff_jitter REAL, retry_on TEXT, no_retry_on TEXT, snooze_on TEXT, success_on TEXT, schedule TEXT, scheduled_for INTEGER, stands_for INTEGER) STRICT;
INSERT INTO job_details VALUES(1,'true','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(2,'nosuchcmd','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(3,'false','/',NULL,NULL,1000.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(4,'kill -9 $$','/',NULL,NULL,1000.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(5,'echo hi','/','{"A":"1"}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(6,'echo waiting','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
, evicted INTEGER NOT NULL DEFAULT 0 CHECK (evicted IN (0, 1)), namespaces TEXT) STRICT;
CREATE TABLE counts (
  queue TEXT NOT NULL, state TEXT NOT NULL, jobs INTEGER NOT NULL CHECK (jobs >= 0),
  PRIMARY KEY (queue, state)
) STRICT, WITHOUT ROWID;
INSERT INTO counts VALUES('default','completed',1);
INSERT INTO counts VALUES('default','dead',1);
INSERT INTO counts VALUES('default','failed',1);
INSERT INTO counts VALUES('default','pending',2);
INSERT INTO counts VALUES('mail','failed',1);
INSERT INTO counts VALUES('mail','pending',0);
CREATE TABLE prerequisites (
  job INTEGER NOT NULL,
  needs INTEGER NOT NULL,
  any_end INTEGER NOT NULL CHECK (any_end IN (0, 1)),  -- 0: it has to succeed
  PRIMARY KEY (job, needs)
) STRICT, WITHOUT ROWID;
CREATE TABLE progress (
  job INTEGER PRIMARY KEY, percent REAL, message TEXT, updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE rates (
  minute INTEGER NOT NULL,          -- since 1970
  queue TEXT NOT NULL,
  event TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  times INTEGER NOT NULL,
  longest_ms INTEGER NOT NULL,
  PRIMARY KEY (minute, queue, event, bucket)
) STRICT, WITHOUT ROWID;
INSERT INTO rates VALUES(29934797,'default','completed',6,1,6);
INSERT INTO rates VALUES(29934797,'default','dead',0,2,0);
INSERT INTO rates VALUES(29934797,'default','enqueued',0,5,0);
INSERT INTO rates VALUES(29934797,'default','failed',6,1,6);
INSERT INTO rates VALUES(29934797,'default','failed',7,1,7);
INSERT INTO rates VALUES(29934797,'default','failed',18,1,20);
INSERT INTO rates VALUES(29934797,'default','started',46,1,225);
INSERT INTO rates VALUES(29934797,'default','started',53,1,431);
INSERT INTO rates VALUES(29934797,'default','started',56,1,551);
INSERT INTO rates VALUES(29934797,'default','started',57,1,611);
INSERT INTO rates VALUES(29934797,'mail','enqueued',0,1,0);
INSERT INTO rates VALUES(29934797,'mail','failed',13,1,13);
INSERT INTO rates VALUES(29934797,'mail','started',54,1,477);
INSERT INTO rates VALUES(29934798,'default','enqueued',0,1,0);
CREATE TABLE hourly_rates (
  minute INTEGER NOT NULL,
  queue TEXT NOT NULL,
  event TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  times INTEGER NOT NULL,
  longest_ms INTEGER NOT NULL,
  PRIMARY KEY (minute, queue, event, bucket)
) STRICT, WITHOUT ROWID;
CREATE TABLE notices (job INTEGER PRIMARY KEY, taken_by INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS "jobs" (
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
  cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)), schedule INTEGER,
  CHECK (ready = 0 OR state = 'pending' OR state = 'failed'),
  CHECK (state <> 'processing' OR run IS NOT NULL)
) STRICT;
INSERT INTO jobs VALUES(1,'done','completed','default',0,0,NULL,2,1,0,3,1796087877102,1796087877725,NULL,0,0,NULL);
INSERT INTO jobs VALUES(2,'died','dead','default',0,0,NULL,3,1,0,0,1796087877174,1796087877733,NULL,0,0,NULL);
INSERT INTO jobs VALUES(3,'again','failed','mail',3,0,1796088877713,1,1,0,3,1796087877220,1796087877713,NULL,0,0,NULL);
INSERT INTO jobs VALUES(4,'fails','failed','default',0,0,1796088877758,4,1,0,5,1796087877302,1796087877758,NULL,0,0,NULL);
INSERT INTO jobs VALUES(5,'later','pending','default',0,0,4070908800000,NULL,0,0,3,1796087877370,1796087877370,NULL,0,0,NULL);
INSERT INTO jobs VALUES(6,'waiting','pending','default',0,1,NULL,NULL,0,0,3,1796087883795,1796087883795,NULL,0,0,NULL);
CREATE TABLE IF NOT EXISTS "runs" (
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
, signal INTEGER) STRICT;
INSERT INTO runs VALUES(1,3,NULL,1,1,1796087877697,1796087877713,'failed',1,'exit status 1',13,1,19726336,477,NULL);
INSERT INTO runs VALUES(2,1,NULL,1,1,1796087877713,1796087877725,'completed',0,NULL,6,0,19988480,611,NULL);
INSERT INTO runs VALUES(3,2,NULL,1,1,1796087877725,1796087877733,'failed',127,'exit status 127 (command not found): sh: 1: nosuchcmd: not found',7,0,19988480,551,NULL);
INSERT INTO runs VALUES(4,4,NULL,1,1,1796087877733,1796087877758,'killed',NULL,'killed by signal 9',20,1,19988480,431,9);
INSERT INTO runs VALUES(5,0,NULL,1,1,1796087877758,1796087877773,'failed',1,'exit status 1',6,0,19988480,225,NULL);
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
INSERT INTO schedules VALUES(1,'nightly','Europe/Berlin','{"cron":"30 2 * * *","zone":"Europe/Berlin","anchor":null,"from":null,"until":null,"times_left":null,"spread":0,"overlap":"skip","missed":"one","missed_limit":100,"late":null,"job":{"command":"./backup /srv","max_retries":null,"queue":"default","priority":0,"run_at":null,"after":[],"after_any":[],"unique":null,"timeout":7200,"cwd":"/","env":{},"backoff_base":null,"backoff_max":null,"backoff_jitter":null,"retry_on":null,"no_retry_on":null,"snooze_on":null,"success_on":null}}',0,1796087877428,NULL,1796088600000,NULL,0,0,0,0,0,0,0,0,NULL,1796087877428,1796087877428);
INSERT INTO schedules VALUES(2,'sync','UTC','{"every":3600,"zone":"UTC","anchor":"2026-12-01T01:17:57.480Z","from":null,"until":null,"times_left":null,"spread":0,"overlap":"skip","missed":"one","missed_limit":100,"late":null,"job":{"command":"exit 1","max_retries":0,"queue":"default","priority":0,"run_at":null,"after":[],"after_any":[],"unique":null,"timeout":null,"cwd":"/","env":{},"backoff_base":null,"backoff_max":null,"backoff_jitter":null,"retry_on":null,"no_retry_on":null,"snooze_on":null,"success_on":null}}',0,NULL,NULL,1796091477480,NULL,0,0,1,0,0,0,1,0,NULL,1796087877480,1796087877480);
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
INSERT INTO occurrences VALUES(2,0,1796087877533,'by-hand',NULL,1,6,'2qr7y5h11je',1796087877533,'dead',1,6,1796087877773);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('schedules',2);
INSERT INTO sqlite_sequence VALUES('workers',1);
CREATE INDEX prerequisites_needed ON prerequisites (needs);
CREATE TRIGGER notices_unwanted AFTER DELETE ON settings WHEN old.key = 'on-dead' BEGIN
  DELETE FROM notices;
END;
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
CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
  UPDATE counts SET jobs = jobs - 1
    WHERE old.state <> 'processing' AND queue = old.queue AND state = old.state;
  INSERT INTO counts SELECT new.queue, new.state, 1 WHERE new.state <> 'processing'
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE INDEX schedules_due ON schedules (next_at) WHERE paused_at IS NULL;
CREATE INDEX jobs_of_schedule ON jobs (schedule, state) WHERE schedule IS NOT NULL;
COMMIT;
