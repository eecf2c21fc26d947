"""A queue of queuectl in its own directory."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time

from measuring import cost, fresh_directory


class Queue:
    """The commands of one queue."""

    def __init__(self, binary):
        self.binary = binary
        self.directory = fresh_directory()
        self.database = os.path.join(self.directory, "queue.db")
        self.environment = dict(os.environ, QUEUECTL_DB=self.database)
        self.output("config", "set", "max-retries", "3")

    def cost(self, *words, source=None):
        return cost([self.binary, *words], self.environment, source)

    def output(self, *words):
        done = subprocess.run([self.binary, *words], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"queuectl {' '.join(words)} failed: {done.stderr}")
        return done.stdout

    def fill(self, count, **fields):
        """Enqueues jobs that do nothing."""
        lines = os.path.join(self.directory, "jobs")
        with open(lines, "w", encoding="utf-8") as file:
            line = json.dumps({"command": "true", **fields}) + "\n"
            for _ in range(count // 1000):
                file.write(line * 1000)
            file.write(line * (count % 1000))
        spent = self.cost("enqueue", "-", source=lines)
        os.remove(lines)
        return spent

    def fill_by_lines(self, count):
        """Enqueues a job for each line of a file of names."""
        lines = os.path.join(self.directory, "names")
        with open(lines, "w", encoding="utf-8") as file:
            file.writelines(f"a name {number}.log\n" for number in range(count))
        spent = self.cost("enqueue", "--each", "--quiet", "--", "true", "{}", source=lines)
        os.remove(lines)
        return spent

    def fill_by_sqlite_alone(self, count):
        """Stores as many rows in the same tables and indexes by two statements of SQLite's shell, without parsing, checks
        or ids."""
        return cost(["sqlite3", self.database, f"""
            PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; BEGIN;
            INSERT INTO jobs (id, state, queue, priority, ready, max_retries, created_at, updated_at)
              SELECT printf('job%08d', value), 'pending', 'default', 0, 1, 3, 0, 0 FROM generate_series(1, {count});
            INSERT INTO job_details (seq, command, cwd) SELECT value, 'true', '/tmp' FROM generate_series(1, {count});
            COMMIT"""])

    def schedule(self, count, first):
        """Adds schedules of `true`, each due every day from a time on, in seconds since 1970."""
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first))
        lines = os.path.join(self.directory, "schedules")
        with open(lines, "w", encoding="utf-8") as file:
            for number in range(count):
                file.write(json.dumps({"name": f"s{number}", "every": "1d", "from": start, "job": {"command": "true"}}) + "\n")
        self.cost("import", "--resume", "-", source=lines)
        os.remove(lines)

    def scheduled_count(self):
        """The number of jobs that schedules have enqueued."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute("SELECT count(*) FROM occurrences").fetchone()[0]

    def pauses(self):
        """The time of each run's start, and what passed since the start of the same worker's run before, less the time that one
        took. In ms."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute("""
                SELECT started_at, pause FROM (
                  SELECT id, started_at, started_at - lag(started_at + elapsed_ms) OVER (PARTITION BY worker ORDER BY id) AS pause
                  FROM runs)
                WHERE pause IS NOT NULL ORDER BY id""").fetchall()

    def finish_all(self):
        """Turns every waiting job into one that was completed a minute ago."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("PRAGMA wal_autocheckpoint = 0")
            now = int(time.time() * 1000) - 60_000
            database.execute(
                "UPDATE jobs SET state = 'completed', ready = 0, updated_at = ?", (now,))
            database.commit()

    def give_runs(self):
        """Adds a run with an empty log to each job that was completed this way."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("PRAGMA wal_autocheckpoint = 0")
            database.execute("""
                INSERT INTO runs (id, job, attempt, worker, started_at, finished_at, outcome, exit_code, elapsed_ms)
                SELECT seq, seq, 1, 1, updated_at, updated_at, 'completed', 0, 1 FROM jobs""")
            database.execute("UPDATE jobs SET run = seq, attempts = 1")
            count = database.execute("SELECT max(id) FROM runs").fetchone()[0]
            database.commit()
        logs = os.path.join(self.database + ".d", "logs")
        for run in range(1, count + 1):
            if run == 1 or run % 1000 == 0:
                os.makedirs(f"{logs}/{run // 1000}", mode=0o700)
            os.close(os.open(f"{logs}/{run // 1000}/{run}.log", os.O_CREAT | os.O_WRONLY, 0o600))

    def count(self):
        """The number of jobs in any state."""
        return sum(json.loads(self.output("status", "--json"))["jobs"].values())

    def drain_cost(self, workers):
        return self.cost("worker", "start", "--drain", "--count", str(workers))

    @contextlib.contextmanager
    def workers(self, count):
        """Workers, until the end of the `with`.
        :return: the pids of the workers."""
        supervisor = subprocess.Popen(
            [self.binary, "worker", "start", "--count", str(count)], env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield self.when(lambda: len(self.worker_pids()) == count and self.worker_pids())
        finally:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait()

    def living_workers(self):
        return [worker for worker in json.loads(self.output("worker", "list", "--json"))
                if worker.get("role", "worker") == "worker" and worker["state"] != "lost"]

    def worker_pids(self):
        return [worker["pid"] for worker in self.living_workers()]

    def rate(self, seconds):
        """Jobs per second of one busy worker, by the worker's own count, because the number of completed jobs also changes with
        removals."""
        with self.workers(1):
            def done():
                return self.living_workers()[0]["completed"]

            before = self.when(lambda: (lambda count: count if count > 20 else None)(done()))
            started = time.monotonic()
            time.sleep(seconds)
            return (done() - before) / (time.monotonic() - started)

    @staticmethod
    def when(condition, seconds=30):
        """The condition's value once it is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.001)
        raise SystemExit("a benchmark waited in vain")
