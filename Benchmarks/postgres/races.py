"""Runs workers and operators at random against the functions of a queue in PostgreSQL, then checks its tables.

Usage: python3 Benchmarks/postgres/races.py [SECONDS]

Clients of pgbench claim and end runs, enqueue jobs with prerequisites, cancel, retry, edit and remove jobs, evict
workers, fold and sweep, all at once. Operators sleep before they commit, so that others meet their locks. The exit
status is 1 if the tables don't agree afterwards.
"""

import os
import sys

from server import SCHEMA, Server

NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
# Mostly jobs that wait for others: their prerequisites may end meanwhile.
RANDOM_UNFINISHED = "SELECT seq FROM @.work WHERE line <> 3 ORDER BY line = 4 AND random() < 0.8 DESC, random() LIMIT 3"
RANDOM_ENDED = "SELECT seq FROM @.ended ORDER BY waits_for > 0 AND random() < 0.8 DESC, random() LIMIT 3"

STEP = """\\if :worker = 0
INSERT INTO @.workers (heartbeat_at, heartbeat_uptime, lease_ms, host, boot, pid, pid_start, started_at)
  VALUES (NOW, 0, 30000, 'host', 'boot', 1, 1, 0) RETURNING id AS worker \\gset
\\set run 0
\\endif
\\set dice random(1, 100)
\\set request :request + 1
\\set ending :run
SELECT coalesce(o_ended, 9) AS ended, coalesce(o_run, 0) AS run, (o_ended = 0 OR o_next = 'evicted') IS TRUE AS is_gone
  FROM @.step_1(:worker, nullif(:run, 0), CASE WHEN :dice <= :success THEN 'completed' WHEN :dice <= 85 THEN 'failed'
    WHEN :dice <= 93 THEN 'pending' ELSE 'dead' END, 1, 0, :dice, 'completed', 'completed', 0, NULL, NULL, 5, 1, 100,
    true, NOW, NOW, NOW, 'boot', :request, false) \\gset
\\if :ended = 0
INSERT INTO superseded VALUES (:ending);
\\endif
\\if :is_gone
\\set worker 0
\\endif
"""
ADD = """\\set jobs random(1, 5)
BEGIN;
SELECT 1 FROM @.queues FOR KEY SHARE;
WITH added AS (
  INSERT INTO @.jobs (created_at, queue, max_retries, id, command, unique_key)
  SELECT NOW, 1 + i % 4, 3, md5(random()::text), 'true', CASE WHEN random() < 0.1 THEN md5(random()::text) END
  FROM generate_series(1, :jobs) i RETURNING seq, queue, unique_key
), keys AS (
  INSERT INTO @.unique_keys SELECT unique_key, seq FROM added WHERE unique_key IS NOT NULL
), counted AS (
  INSERT INTO @.journal (at, times, queue, event, come) SELECT NOW, count(*), queue, 'enqueued', 'pending' FROM added
  GROUP BY queue
), placed AS (
  INSERT INTO @.work (seq, rank, updated_at, queue, priority, line, unique_key)
  SELECT seq, seq, NOW, queue, (random() * 9)::int, 4, unique_key FROM added RETURNING seq
)
SELECT array_agg(seq) AS jobs, max(seq) AS last FROM placed \\gset
SELECT coalesce(array_agg(o_seq) FILTER (WHERE o_state <> 'completed'), '{}') AS needs
  FROM @.hold_1(ARRAY(SELECT :last - 9 - (random() * 20)::int FROM generate_series(1, 2) WHERE random() < 0.4)) \\gset
SELECT @.connect_1(':jobs', array_fill(:last::bigint, ARRAY[cardinality(n)]), n,
  array_fill(false, ARRAY[cardinality(n)]), NOW) FROM (SELECT ARRAY(SELECT DISTINCT unnest(':needs'::bigint[])) AS n) x;
COMMIT;
"""
CANCEL = f"""BEGIN;
SELECT coalesce(array_agg(seq ORDER BY seq), '{{}}') AS jobs FROM ({RANDOM_UNFINISHED}) x \\gset
SELECT coalesce(array_agg(seq), '{{}}') AS jobs FROM (SELECT seq FROM @.work WHERE seq = ANY (':jobs') ORDER BY seq
  FOR UPDATE) x \\gset
SELECT @.cancel_1(':jobs', NOW);
\\sleep 5 ms
COMMIT;
"""
RETRY = f"""BEGIN;
SELECT coalesce(array_agg(seq ORDER BY seq), '{{}}') AS jobs FROM ({RANDOM_ENDED}) x \\gset
SELECT coalesce(array_agg(seq), '{{}}') AS jobs FROM (SELECT seq FROM @.ended WHERE seq = ANY (':jobs') ORDER BY seq
  FOR UPDATE) x \\gset
SELECT count(*) FROM @.retry_1(':jobs', NOW, NOW);
\\sleep 5 ms
COMMIT;
"""
REMOVE = f"""BEGIN;
SELECT coalesce(array_agg(seq ORDER BY seq), '{{}}') AS jobs FROM ({RANDOM_ENDED}) x \\gset
SELECT coalesce(array_agg(seq), '{{}}') AS jobs FROM (SELECT seq FROM @.ended WHERE seq = ANY (':jobs') ORDER BY seq
  FOR UPDATE) x \\gset
SELECT count(*) FROM @.remove_1(ARRAY(SELECT seq FROM @.ended e WHERE seq = ANY (':jobs') AND NOT EXISTS (
  SELECT 1 FROM @.prerequisites p JOIN @.work w ON w.seq = p.job WHERE p.needs = e.seq)), NOW);
\\sleep 5 ms
COMMIT;
"""
EDIT = f"SELECT @.edit_1(seq, (random() * 20)::int, NULL, NULL, NULL) FROM ({RANDOM_UNFINISHED}) x;\n"
EVICT = """SELECT coalesce(max(id), 0) AS victim, coalesce(max(heartbeat_at), 0) AS wall, coalesce(max(run), 0) AS run_seen
  FROM (SELECT w.*, x.run FROM @.workers w JOIN @.runs r ON r.worker = w.id JOIN @.work x ON x.run = r.id
    WHERE x.state = 'processing' ORDER BY random() LIMIT 1) busy \\gset
SELECT @.evict_1(:victim, :wall, heartbeat_uptime, :run_seen) AS is_evicted FROM @.workers WHERE id = :victim
  UNION ALL SELECT false LIMIT 1 \\gset
\\if :is_evicted
SELECT @.requeue_1(:victim, :run_seen, 'pending', 0, 1, NULL, 'lost', 5, NOW, NOW, 'boot');
\\endif
"""
KEEP = "SELECT @.fold_1(); SELECT @.sweep_1(NOW, NOW);\n"
GIVE_BACK = """UPDATE @.workers SET evicted = true;
SELECT @.requeue_1(w.id, (SELECT max(x.run) FROM @.work x JOIN @.runs r ON r.id = x.run
    WHERE x.state = 'processing' AND r.worker = w.id), 'pending', 0, 1, NULL, 'lost', 5, NOW, NOW, 'boot')
  FROM @.workers w;
"""
SCRIPTS = {"step": (STEP, 80), "add": (ADD, 11), "cancel": (CANCEL, 6), "retry": (RETRY, 10), "remove": (REMOVE, 2),
           "edit": (EDIT, 2), "evict": (EVICT, 3), "keep": (KEEP, 2)}

# Each returns rows that must not exist.
RULES = {
    "counts": "SELECT queue, state, sum(jobs) FROM (SELECT queue, state, jobs FROM @.counts UNION ALL "
              "SELECT queue, state, -1 FROM @.states WHERE state <> 'processing') x GROUP BY 1, 2 HAVING sum(jobs) <> 0",
    "unique keys": "(SELECT key, job FROM @.unique_keys EXCEPT SELECT unique_key, seq FROM @.work) UNION ALL "
                   "(SELECT unique_key, seq FROM @.work WHERE unique_key IS NOT NULL EXCEPT SELECT * FROM @.unique_keys)",
    "waits": "SELECT seq, waits_for FROM @.states s WHERE waits_for <> (SELECT count(*) FROM @.prerequisites "
             "WHERE job = s.seq)",
    "lines": "SELECT seq, line FROM @.work WHERE (line = 4) <> (waits_for > 0)",
    "met prerequisites": "SELECT p.* FROM @.prerequisites p JOIN @.ended e ON e.seq = p.needs "
                         "WHERE e.state = 'completed' OR any_end",
    "missing prerequisites": "SELECT p.* FROM @.prerequisites p JOIN @.work w ON w.seq = p.job "
                             "WHERE NOT EXISTS (SELECT 1 FROM @.states WHERE seq = p.needs)",
    "jobs in two tables": "SELECT seq FROM @.work INTERSECT SELECT seq FROM @.ended",
    "jobs in one": "(SELECT seq FROM @.jobs EXCEPT SELECT seq FROM @.states) UNION ALL "
                   "(SELECT seq FROM @.states EXCEPT SELECT seq FROM @.jobs)",
    "open runs": "(SELECT id FROM @.runs WHERE finished_at IS NULL EXCEPT SELECT run FROM @.work WHERE line = 3) "
                 "UNION ALL (SELECT run FROM @.work WHERE line = 3 EXCEPT SELECT id FROM @.runs WHERE finished_at IS NULL)",
    "histories": "WITH RECURSIVE c AS (SELECT run FROM @.states WHERE run IS NOT NULL UNION ALL SELECT previous FROM c "
                 "JOIN @.runs r ON r.id = c.run WHERE previous IS NOT NULL) SELECT id FROM @.runs EXCEPT SELECT run FROM c",
    "superseded, not evicted": "SELECT run FROM superseded JOIN @.runs ON id = run WHERE outcome <> 'lost'",
    "above the limit": "SELECT * FROM excess",
    "jobs not run": "SELECT seq, line FROM @.work WHERE line <> 4",
}


def filled(text):
    return text.replace("@.", f"{SCHEMA}.").replace("NOW", NOW)


def main():
    seconds = sys.argv[1] if len(sys.argv) > 1 else "20"
    server = Server({"fsync": "off", "deadlock_timeout": "'50ms'"})
    server.create_queue()
    server.sql(filled("CREATE TABLE superseded (run bigint); CREATE TABLE excess (queue int, runs bigint); "
                      "INSERT INTO @.queues (name, running_limit) VALUES ('a', NULL), ('b', 3), ('c', 4), ('d', NULL);"))
    options = ["--max-tries=100", "-c", "8", "-D", "worker=0", "-D", "run=0", "-D", "request=0"]
    scripts = []
    for name, (text, weight) in SCRIPTS.items():
        path = os.path.join(server.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(filled(text))
        scripts += ["-f", f"{path}@{weight}"]
    watch = server.repeating(filled(
        "INSERT INTO excess SELECT no, count(*) FROM @.work JOIN @.queues ON no = queue WHERE line = 3 "
        "GROUP BY no, running_limit HAVING count(*) > running_limit"), 0.02)
    server.pgbench(*options, *scripts, "-T", seconds, "-D", "success=70")
    for _ in range(60):
        # The clients have gone with their runs.
        server.sql(filled(GIVE_BACK))
        if server.sql(filled("SELECT count(*) FROM @.work WHERE line < 4")).strip() == "0":
            break
        server.pgbench(*options, "-f", os.path.join(server.directory, "step"), "-t", "100", "-D", "success=100")
        server.sql(filled(KEEP))
    watch.terminate()
    watch.wait()
    server.sql(filled(KEEP))
    broken = {name: rows for name, rule in RULES.items() if (rows := server.sql(filled(rule)).split())}
    for name, rows in broken.items():
        print(f"{name}: {' '.join(rows[:5])}")
    print(server.sql(filled("SELECT count(*) || ' runs of ' || count(DISTINCT job) || ' jobs, ' || "
                            "count(*) FILTER (WHERE outcome = 'lost') || ' lost' FROM @.runs")).strip())
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
