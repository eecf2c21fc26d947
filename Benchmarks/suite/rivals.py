"""Alternatives with the same workload. Those that aren't installed are skipped and reported."""

import contextlib
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import time

from measuring import cost, fresh_directory

missing = []


def has(program):
    """Whether it is installed; records it otherwise."""
    found = shutil.which(program) or (program in MODULES and importlib.util.find_spec(program))
    if not found and program not in missing:
        missing.append(program)
    return bool(found)


MODULES = ["huey", "litequeue"]


def insert_with_shell(database):
    """One synced row by SQLite's shell: the minimum cost of storing."""
    statement = "PRAGMA synchronous = FULL; INSERT INTO jobs (id, command) VALUES (NULL, 'true')"
    return cost(["sqlite3", database, statement]).seconds * 1000


AT_IN_A_FAR_YEAR = ["at", "-q", "z", "-t", "209901010000", "-f", "/dev/null"]


def clear_at():
    """Removes the jobs of `at`, in a queue of its own."""
    jobs = subprocess.run(["atq", "-q", "z"], capture_output=True, text=True, check=True).stdout
    subprocess.run(["atrm", *(line.split()[0] for line in jobs.splitlines())], check=True)


def make_table(directory):
    database = os.path.join(directory, "rows.db")
    cost(["sqlite3", database,
          "PRAGMA journal_mode = WAL; CREATE TABLE jobs (id INTEGER PRIMARY KEY, command TEXT)"])
    return database


@functools.cache
def _limit_program():
    program = os.path.join(fresh_directory(), "limit")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "limit.c")
    subprocess.run(["cc", "-O2", "-o", program, source, "-lsqlite3"], check=True)
    return program


def limit(database, workers, durability):
    """Runs the waiting jobs of a queuectl queue by the bare loop.
    :param durability: `normal` or `full`."""
    return cost([_limit_program(), database, str(workers), durability])


@contextlib.contextmanager
def idle_limit(database, workers):
    """That many bare loops until the end of the `with`; they are listening when it begins."""
    loops = subprocess.Popen([_limit_program(), database, str(workers), "idle"], stdout=subprocess.PIPE)
    try:
        for _ in range(workers):
            loops.stdout.readline()
        yield
    finally:
        loops.kill()
        loops.wait()


def enqueue_with_limit(database, command):
    """Stores a job without any check.
    :return: its id."""
    return subprocess.run([_limit_program(), database, "enqueue", command], capture_output=True, text=True,
                          check=True).stdout.strip()


def run_with_xargs(count, processes=2):
    return _rate(count, f"yes 1 | head -n {count} | xargs -P{processes} -n1 sh -c true")


def run_with_two_xargs(count):
    one = f"yes 1 | head -n {count // 2} | xargs -P1 -n1 sh -c true"
    return _rate(count, f"{one} & {one}; wait")


def run_with_parallel(count):
    return _rate(count, f"yes true | head -n {count} | parallel --will-cite -j2")


def run_with_tsp(count):
    """Task spooler; it enqueues each job by a process of its own."""
    path = fresh_directory()
    environment = dict(os.environ, TS_SOCKET=f"{path}/socket", TMPDIR=path, TS_MAXFINISHED="10")
    subprocess.run(["tsp", "-S", "2"], env=environment, check=True)
    started = time.monotonic()
    subprocess.run(f"for i in $(seq {count}); do tsp sh -c true >/dev/null; done; tsp -w",
                   shell=True, env=environment, check=True)
    seconds = time.monotonic() - started
    subprocess.run(["tsp", "-K"], env=environment, check=False)
    return count / seconds


def run_with_nq(count):
    """nq: one job at a time, each started by a process of its own."""
    path = fresh_directory()
    environment = dict(os.environ, NQDIR=path)
    started = time.monotonic()
    subprocess.run(f"for i in $(seq {count}); do nq sh -c true >/dev/null; done; nq -w",
                   shell=True, env=environment, check=True, stderr=subprocess.DEVNULL)
    return count / (time.monotonic() - started)


HUEY = """
import subprocess
from huey import SqliteHuey
huey = SqliteHuey(filename="huey.db", immediate=False)
@huey.task(retries=3)
def run(command):
    subprocess.run(["sh", "-c", command], check=True)
"""

def run_with_huey(count):
    """huey over SQLite, with two processes; enqueueing isn't timed."""
    path = fresh_directory()
    with open(os.path.join(path, "tasks.py"), "w", encoding="utf-8") as file:
        file.write(HUEY)
    subprocess.run([sys.executable, "-c", f"import tasks\nfor _ in range({count}): tasks.run('true')"],
                   cwd=path, check=True)
    consumer = subprocess.Popen(
        [sys.executable, "-m", "huey.bin.huey_consumer", "tasks.huey", "-w", "2", "-k", "process"],
        cwd=path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", WAIT_HUEY], cwd=path, check=True)
    seconds = time.monotonic() - started
    consumer.terminate()
    consumer.wait()
    return count / seconds


WAIT_HUEY = """
import time, tasks
while tasks.huey.pending_count(): time.sleep(0.005)
"""

LITEQUEUE = """
import subprocess, sys
from litequeue import LiteQueue
queue = LiteQueue("queue.db")
while (message := queue.pop()) is not None:
    subprocess.run(["sh", "-c", message.data], check=True)
    queue.done(message.message_id)
"""


def run_with_litequeue(count):
    """litequeue, whose users write the loop themselves; two processes."""
    path = fresh_directory()
    fill = f"from litequeue import LiteQueue\nq = LiteQueue('queue.db')\nfor _ in range({count}): q.put('true')"
    subprocess.run([sys.executable, "-c", fill], cwd=path, check=True)
    started = time.monotonic()
    loops = [subprocess.Popen([sys.executable, "-c", LITEQUEUE], cwd=path) for _ in range(2)]
    if any(loop.wait() for loop in loops):
        raise SystemExit("litequeue failed")
    return count / (time.monotonic() - started)


def _rate(count, line):
    started = time.monotonic()
    subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL)
    return count / (time.monotonic() - started)
