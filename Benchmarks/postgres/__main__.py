"""Measures the server's part of a queue in PostgreSQL, beside pgbench on the same server.

Usage: python3 Benchmarks/postgres [--quick] [--durable]
  --quick    fewer and shorter rounds
  --durable  with fsync; without it, the disk doesn't hide the cost of the functions

A step ends a run and claims the next job in one call. `pgbench -N` is its simple-update. Both run in
turn; ratios are medians of rounds.
"""

import argparse
import statistics

from server import SCHEMA, Server

NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
STEP = f"""\\set worker :client_id + 1
SELECT coalesce(o_run, 0) AS run FROM {SCHEMA}.step_1(:worker, nullif(:run, 0), 'completed', 1, 0, NULL,
  'completed', 'completed', 0, NULL, NULL, 5, 2, 4000000, true, {NOW}, {NOW}, {NOW}, 'boot', 1, false) \\gset
"""
# Leaves no job with a client that has gone.
SETTLE = f"""WITH held AS (DELETE FROM {SCHEMA}.work WHERE state = 'processing' RETURNING *)
INSERT INTO {SCHEMA}.ended (seq, run, updated_at, queue, priority, attempts, crashes, state)
SELECT seq, run, updated_at, queue, priority, 1, 0, 'completed' FROM held;
"""
KEEP = f"SELECT {SCHEMA}.sweep_1(0, 0), {SCHEMA}.fold_1()"
VACUUM = f"VACUUM (TRUNCATE off) {SCHEMA}.work, {SCHEMA}.journal, {SCHEMA}.floors"


class Bench:
    def __init__(self, server, rounds, seconds):
        self.server, self.rounds, self.seconds = server, rounds, seconds
        self.script = f"{server.directory}/step.sql"
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(STEP)

    def fill(self, queues=1, waiting=100_000, ended=0, limit="NULL"):
        """Creates a queue with pending and completed jobs."""
        self.server.create_queue()
        self.server.sql(f"""
            INSERT INTO {SCHEMA}.queues (name, running_limit) SELECT 'q' || i, {limit} FROM generate_series(1, {queues}) i;
            INSERT INTO {SCHEMA}.workers (heartbeat_at, heartbeat_uptime, lease_ms, host, boot, pid, pid_start, started_at)
              SELECT 0, 0, 30000, 'host', 'boot', i, 1, 0 FROM generate_series(1, 16) i;
            INSERT INTO {SCHEMA}.jobs (created_at, queue, max_retries, id, command)
              SELECT 1700000000000 + i, 1 + i % {queues}, 3, md5(i::text), 'true'
              FROM generate_series(1, {waiting + ended}) i;
            INSERT INTO {SCHEMA}.runs (id, job, worker, started_at, finished_at, attempt, exit_code, outcome)
              SELECT seq, seq, 1, created_at, created_at, 1, 0, 'completed' FROM {SCHEMA}.jobs WHERE seq <= {ended};
            INSERT INTO {SCHEMA}.ended (seq, run, updated_at, queue, priority, attempts, crashes, state)
              SELECT seq, seq, created_at, queue, 0, 1, 0, 'completed' FROM {SCHEMA}.jobs WHERE seq <= {ended};
            INSERT INTO {SCHEMA}.work (seq, rank, updated_at, queue, priority, line)
              SELECT seq, 0, created_at, queue, 0, 0 FROM {SCHEMA}.jobs WHERE seq > {ended} ORDER BY seq;
            SELECT setval('{SCHEMA}.runs_id_seq', {ended + 1});""")
        self.server.sql("VACUUM ANALYZE;")
        self.server.sql("CHECKPOINT;")

    def step(self, clients, *amount):
        rate = self.server.pgbench("-M", "extended", "-D", "run=0", "-c", f"{clients}", "-f", self.script,
                                   *(amount or ("-T", f"{self.seconds}")))
        self.server.sql(SETTLE)
        return rate

    def in_turn(self, rounds, clients, *amount):
        """Returns the median of steps per second, and of their ratio to pgbench's."""
        ours, ratios = [], []
        for _ in range(rounds):
            ours.append(self.step(clients, *amount))
            ratios.append(ours[-1] / self.server.pgbench(
                "-N", "-M", "prepared", "-c", f"{clients}", "-T", f"{self.seconds}", database="bench"))
        return statistics.median(ours), statistics.median(ratios)

    def against_pgbench(self, name, clients, **filling):
        self.fill(**filling)
        keeper = self.server.repeating(KEEP, 1)
        steps, ratio = self.in_turn(self.rounds, clients)
        keeper.terminate()
        keeper.wait()
        print(f"| {name} | {clients} | {steps:,.0f} | {ratio:.2f} |", flush=True)

    def under_snapshot(self, name, limit):
        """The rate after 9,000 jobs and more while a snapshot is held, as by pg_dump, and before."""
        self.fill(limit=limit)
        processes = [self.server.repeating(KEEP, 1), self.server.repeating(VACUUM, 2)]
        _, before = self.in_turn(5, 2, "-t", "900")
        processes.append(self.server.repeating(
            f"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM {SCHEMA}.meta; SELECT pg_sleep(600)", 600))
        self.in_turn(5, 2, "-t", "900")
        steps, after = self.in_turn(5, 2, "-t", "900")
        self.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' "
                        "AND pid <> pg_backend_pid();")
        for process in processes:
            process.terminate()
            process.wait()
        print(f"| {name} | 2 | {steps:,.0f} | {after:.2f}, before {before:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("Usage: ")[1])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--durable", action="store_true")
    options = parser.parse_args()
    server = Server({"fsync": "on" if options.durable else "off", "shared_buffers": "256MB",
                     "max_wal_size": "4GB"})
    bench = Bench(server, rounds=3 if options.quick else 9, seconds=1 if options.quick else 3)
    print("| case | clients | steps/s | : pgbench -N |\n|---|---|---|---|")
    for clients in (2, 8):
        bench.against_pgbench("100,000 waiting", clients)
        bench.against_pgbench("1,000,000 waiting", clients, waiting=1_000_000)
        bench.against_pgbench("10 queues", clients, queues=10)
        bench.against_pgbench("10 queues, limit 2", clients, queues=10, limit=2)
    bench.against_pgbench("1,000,000 ended", 2, ended=1_000_000)
    bench.under_snapshot("under a snapshot held for 9,000 jobs", "NULL")
    bench.under_snapshot("the same, limit 4", 4)


if __name__ == "__main__":
    main()
