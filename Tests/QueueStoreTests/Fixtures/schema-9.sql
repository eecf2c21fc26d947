-- A queue as version 9 of the schema left it: as that of version 7, with runs that were lost,
-- killed and timed out. Never edit it.
PRAGMA application_id = 1902343276;
PRAGMA user_version = 9;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('database_id','0123456789ab');
INSERT INTO meta VALUES('kept_run','7');
CREATE TABLE queue_clock (
  boot TEXT PRIMARY KEY, offset_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO queue_clock VALUES('19e1a9fe-76d3-441f-93af-3c01662e1175',1795642610001);
CREATE TABLE settings (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES('max-crashes','5');
INSERT INTO settings VALUES('on-dead','cat');
CREATE TABLE queues (name TEXT PRIMARY KEY, paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)), running_limit INTEGER CHECK (running_limit >= 0)) STRICT, WITHOUT ROWID;
INSERT INTO queues VALUES('default',0,NULL);
INSERT INTO queues VALUES('mail',0,NULL);
INSERT INTO queues VALUES('once',0,NULL);
CREATE TABLE job_details (
  seq INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  cwd TEXT,
  env TEXT,                         -- a JSON object; NULL for none
  timeout_ms INTEGER,
  backoff_base REAL
, backoff_max_ms INTEGER, backoff_jitter REAL, retry_on TEXT, no_retry_on TEXT, snooze_on TEXT) STRICT;
INSERT INTO job_details VALUES(1,'true','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(2,'nosuchcmd','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(3,'false','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(4,'false','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(5,'echo hi','/','{"A":"1"}',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO job_details VALUES(6,'echo waiting','/',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO counts VALUES('once','completed',0);
INSERT INTO counts VALUES('once','pending',0);
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
INSERT INTO rates VALUES(29928514,'mail','failed',1,1,1);
INSERT INTO rates VALUES(29928514,'mail','started',202,1,169666547);
INSERT INTO rates VALUES(29928514,'once','completed',0,1,0);
INSERT INTO rates VALUES(29928514,'once','enqueued',0,1,0);
INSERT INTO rates VALUES(29928514,'once','started',18,1,21);
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
  cancel INTEGER NOT NULL DEFAULT 0 CHECK (cancel IN (0, 1)),
  CHECK (ready = 0 OR state = 'pending' OR state = 'failed'),
  CHECK (state <> 'processing' OR run IS NOT NULL)
) STRICT;
INSERT INTO jobs VALUES(1,'done','completed','default',0,0,NULL,1,1,0,3,1795541204422,1795541204501,NULL,0,0);
INSERT INTO jobs VALUES(2,'died','dead','default',0,0,NULL,2,1,0,0,1795541204451,1795541204504,NULL,0,0);
INSERT INTO jobs VALUES(3,'again','failed','mail',3,0,1795710877188,5,2,0,3,1795541204553,1795710873188,NULL,0,0);
INSERT INTO jobs VALUES(4,'fails','failed','default',0,1,1795541206640,6,2,0,5,1795541204596,1795541204640,NULL,0,0);
INSERT INTO jobs VALUES(5,'later','pending','default',0,0,4070908800000,NULL,0,0,3,1795541234241,1795541234241,NULL,0,0);
INSERT INTO jobs VALUES(6,'waiting','pending','default',0,1,NULL,NULL,0,0,3,1795541234264,1795541234264,NULL,0,0);
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
    ) STRICT;
INSERT INTO runs VALUES(1,1,NULL,1,1,1795541204498,1795541204501,'completed',0,NULL,2,1,17891328,NULL);
INSERT INTO runs VALUES(2,2,NULL,1,1,1795541204501,1795541204504,'failed',127,'exit status 127 (command not found): sh: 1: nosuchcmd: not found',2,1,18022400,NULL);
INSERT INTO runs VALUES(3,3,NULL,1,2,1795541204636,1795541204638,'lost',NULL,'worker lost',2,NULL,NULL,NULL);
INSERT INTO runs VALUES(4,4,NULL,1,2,1795541204638,1795541204640,'killed',NULL,'killed by signal 15',2,1,17977344,NULL);
INSERT INTO runs VALUES(5,3,3,2,3,1795710873185,1795710873188,'timed out',NULL,'timed out after 1s: signal 9',1,1,13553664,169666547);
INSERT INTO runs VALUES(6,4,4,2,3,1795710873189,1795710873190,'killed',NULL,'killed by signal 9: killed by signal 1: bye',1,1,13553664,169666549);
INSERT INTO runs VALUES(7,0,NULL,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('workers',4);
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
CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
  UPDATE counts SET jobs = jobs - 1
    WHERE old.state <> 'processing' AND queue = old.queue AND state = old.state;
  INSERT INTO counts SELECT new.queue, new.state, 1 WHERE new.state <> 'processing'
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
      UPDATE counts SET jobs = jobs - 1 WHERE queue = old.queue AND state = old.state;
      DELETE FROM job_details WHERE seq = old.seq;
      DELETE FROM progress WHERE job = old.seq;
      DELETE FROM prerequisites WHERE job = old.seq;
    END;
COMMIT;
