"""A queue of queuectl's in a directory of its own."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from measuring import cost


class Queue:
    """Commands that are given to one queue; closed by the end of a `with`."""

    def __init__(self, binary):
        self.binary = binary
        self.directory = tempfile.mkdtemp(prefix="queuectl-benchmark.")
        self.database = os.path.join(self.directory, "queue.db")
        self.environment = dict(os.environ, QUEUECTL_DB=self.database)
        self.output("config", "set", "max-retries", "3")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

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

    def fill_by_sqlite_alone(self, count):
        """Stores as many jobs as rows of the same tables and indexes, by two statements of SQLite's shell: no lines, no checks,
        no ids to make."""
        return cost(["sqlite3", self.database, f"""
            PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; BEGIN;
            INSERT INTO jobs (id, state, queue, priority, ready, max_retries, created_at, updated_at)
              SELECT printf('job%08d', value), 'pending', 'default', 0, 1, 3, 0, 0 FROM generate_series(1, {count});
            INSERT INTO job_details (seq, command, cwd) SELECT value, 'true', '/tmp' FROM generate_series(1, {count});
            COMMIT"""])

    def finish_all(self):
        """Makes every waiting job a completed one, as if it had been run a minute ago."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("PRAGMA wal_autocheckpoint = 0")
            now = int(time.time() * 1000) - 60_000
            database.execute(
                "UPDATE jobs SET state = 'completed', ready = 0, updated_at = ?", (now,))
            database.commit()

    def completed(self):
        return json.loads(self.output("status", "--json"))["jobs"]["completed"]

    def drain_cost(self, workers):
        return self.cost("worker", "start", "--drain", "--count", str(workers))

    @contextlib.contextmanager
    def workers(self, count):
        """Workers, until the end of the `with`.
        :return: the processes that run jobs, by their numbers."""
        supervisor = subprocess.Popen(
            [self.binary, "worker", "start", "--count", str(count)], env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield self.when(lambda: len(self.worker_pids()) == count and self.worker_pids())
        finally:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait()

    def worker_pids(self):
        return [worker["pid"] for worker in json.loads(self.output("worker", "list", "--json"))
                if worker["state"] != "lost"]

    def rate(self, seconds):
        """Jobs a second that one worker completes, once it is at it."""
        with self.workers(1):
            before = self.when(self.completed_since(self.completed()))
            started = time.monotonic()
            time.sleep(seconds)
            done = self.completed() - before
            return done / (time.monotonic() - started)

    def completed_since(self, start):
        return lambda: (lambda now: now if now > start + 20 else None)(self.completed())

    @staticmethod
    def when(condition, seconds=30):
        """What the condition gives once that is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.001)
        raise SystemExit("a benchmark waited in vain")
