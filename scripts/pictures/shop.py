"""The queue of the pictures: a shop's, with jobs of every state and busy workers."""

import contextlib
import json
import math
import sqlite3
import subprocess
import time

from . import stage

PROGRAMS = {
    "charge": "echo connecting to gateway.example; echo order ${1#--order=}; sleep 0.0$(($$ % 8 + 1))\n"
    "echo card gateway timeout; exit 1",
    "send-mail": "sleep 0.0$(($$ % 9 + 1)); echo 250 queued",
    "render": "for step in $(seq 1 600); do\n"
    "  echo \"frame ${1#--frame=}: tile $step of 600, $((step * 37 % 91 + 9)) ms\"; sleep 0.25\ndone",
    "import": "echo reading $1; sleep 600",
}

# The death of each dead job, in minutes before now.
DIED = {
    "order-9921": 2, "order-9915": 3, "mail-3999": 11, "frame-0398": 26, "batch-02": 31,
    "order-9912": 48, "order-9907": 49, "order-9833": 121, "order-9832": 123,
}


@contextlib.contextmanager
def opened():
    """The filled queue with its workers, which are stopped at the end."""
    stage.write_programs(PROGRAMS)
    workers = None
    try:
        run("config", "set", "backoff-base", "1.1")
        enqueue(*[job(f"news-{100 + number}", f"./send-mail --list=news --part={number}", run_at="+2h")
                  for number in range(38)])
        enqueue(*[job(f"mail-{4000 + number}", f"./send-mail --to=user{number}@example.org")
                  for number in range(260)])
        enqueue(
            *[job(f"order-{number}", f"./charge --order={number}", max_retries=2)
              for number in (9907, 9912, 9833, 9832, 9915, 9921)],
            job("mail-3999", "./sned-mail --to=bob@example.org", max_retries=2),
            job("frame-0398", "kill -9 $$  # ./render --frame=0398", max_retries=0),
            job("batch-02", "./import batch-02.csv", timeout="1s", max_retries=0))
        workers = subprocess.Popen(
            ["queuectl", "worker", "start", "--count", "4"], env=stage.environment(), cwd=stage.HOME,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda jobs: jobs["dead"] == len(DIED) and jobs["completed"] == 260)
        run("config", "set", "backoff-base", "60")
        enqueue(
            job("frame-0412", "./render --frame=0412", priority=5),
            job("batch-17", "./import batch-17.csv"),
            job("order-9931", "./charge --order=9931", max_retries=4))
        wait_until(lambda jobs: jobs["processing"] == 2 and jobs["failed"] == 1)
        give_a_past()
        yield
    finally:
        if workers:
            run("worker", "stop", "--now")
            workers.wait()


def job(id, command, **fields):
    return json.dumps({"id": id, "command": command, **fields})


def enqueue(*jobs):
    run("enqueue", "-", text="\n".join(jobs))


def run(*words, text=None):
    """Runs queuectl, which must succeed, and returns its output."""
    result = subprocess.run(
        ["queuectl", *words], env=stage.environment(), cwd=stage.HOME, input=text, text=True,
        capture_output=True)
    if result.returncode != 0:
        stage.fail(f"queuectl {' '.join(words)} failed: {result.stderr.strip()}")
    return result.stdout


def wait_until(is_met):
    jobs = {}
    for _ in range(600):
        jobs = json.loads(run("status", "--json"))["jobs"]
        if is_met(jobs):
            return
        time.sleep(0.1)
    stage.fail(f"the queue never came into the state that was wanted, but has {jobs}")


def give_a_past():
    """Spreads the events of some seconds over a morning: deaths one after the other, and events in each of the last
    minutes."""
    connection = sqlite3.connect(stage.DATABASE, timeout=30, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("BEGIN IMMEDIATE")
    for id, minutes in DIED.items():
        times = {"id": id, "ms": minutes * 60_000}
        connection.execute(
            "UPDATE jobs SET created_at = created_at - :ms, updated_at = updated_at - :ms"
            " WHERE id = :id", times)
        connection.execute(
            "UPDATE runs SET started_at = started_at - :ms, finished_at = finished_at - :ms"
            " WHERE job = (SELECT seq FROM jobs WHERE id = :id)", times)
    latest = int(time.time() // 60)
    figures = connection.execute(
        "SELECT queue, event, bucket, sum(times), max(longest_ms) FROM rates"
        " WHERE event IN ('enqueued', 'started', 'completed', 'failed') GROUP BY 1, 2, 3").fetchall()
    for back in range(1, 40):
        for queue, event, bucket, times, longest in figures:
            if event == "failed" and back % 9 not in (2, 3):
                continue
            wave = math.sin(back / 3.3) if event == "enqueued" else math.sin(back / 4.1 + 1)
            connection.execute(
                "INSERT INTO rates VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET times = times + excluded.times",
                (latest - back, queue, event, bucket, max(1, round(times * (1 + 0.6 * wave))), longest))
    connection.execute("COMMIT")
    connection.close()
