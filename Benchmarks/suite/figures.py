"""The measurements: each function returns one table."""

import concurrent.futures
import contextlib
import json
import os
import signal
import sqlite3
import statistics
import time

import rivals
from measuring import Row, Table, cost, fresh_directory, in_turn, percentile
from queue_of_ours import Queue

TICKS = os.sysconf("SC_CLK_TCK")


class Suite:
    """All tables.
    :param quick: fewer rounds and smaller queues, to find slowdowns."""

    def __init__(self, binary, quick):
        self.binary, self.quick = binary, quick
        self.many = 100_000 if quick else 1_000_000
        self.many_name = "100k" if quick else "1M"

    def tables(self):
        """The tables, each as soon as it is measured."""
        yield self.running()
        yield self.pickup()
        small, large = self.queue(), self.queue()
        small.fill(1000)
        yield self.bulk(large)
        yield self.enqueueing(large)
        yield self.looking(small, large)
        yield self.claiming(large)
        yield self.claiming_beside_schedules()
        yield self.schedules_due()
        yield self.starting()
        yield self.idling()
        yield self.recovering()
        yield self.removing()

    def queue(self):
        return Queue(self.binary)

    def rounds(self, full):
        return max(1, full // 5) if self.quick else full

    # Running

    def running(self):
        count = 1000 if self.quick else 5000

        def drain(workers, *settings):
            def case():
                queue = self.queue()
                for key, value in settings:
                    queue.output("config", "set", key, value)
                queue.fill(count)
                return count / queue.drain_cost(workers).seconds
            return case

        def limit(workers, durability="normal"):
            def case():
                queue = self.queue()
                queue.output("worker", "start", "--drain")
                queue.fill(count)
                return count / rivals.limit(queue.database, workers, durability).seconds
            return case

        cases = {
            "xargs -P2": lambda: rivals.run_with_xargs(count),
            "two of xargs -P1": lambda: rivals.run_with_two_xargs(count),
            "queuectl, 1 worker": drain(1),
            "queuectl, 2 workers": drain(2),
            "queuectl, 2, durability full": drain(2, ("durability", "full")),
            "queuectl, 4 workers": drain(4),
            "queuectl, 16 workers": drain(16),
        }
        if rivals.has("cc"):
            cases["bare loop, 2 workers"] = limit(2)
            cases["bare loop, 2, synced"] = limit(2, "full")
            cases["bare loop, 16 workers"] = limit(16)
        notes = {"xargs -P2": "no queue, no history, no retries",
                 "two of xargs -P1": "two processes that only start jobs and wait",
                 "bare loop, 2 workers": "upper limit: the same rows, logs and shells, in C, without worker logic",
                 "bare loop, 2, synced": "the same with each commit synced",
                 "bare loop, 16 workers": "as with 2 workers, not synced"}
        slow = {
            "tsp": ("task spooler, 2 slots", rivals.run_with_tsp, "lost when its server ends; no retries"),
            "nq": ("nq", rivals.run_with_nq, "one at a time; no retries"),
            "parallel": ("GNU parallel -j2", rivals.run_with_parallel, "no queue"),
            "huey": ("huey, SQLite, 2 processes", rivals.run_with_huey,
                     "a library; no history; not synced"),
            "litequeue": ("litequeue, 2 processes", rivals.run_with_litequeue,
                          "a library; no retries, no logs"),
        }
        rows = [Row(name, rates, notes.get(name, ""))
                for name, rates in in_turn(self.rounds(11), cases).items()]
        for program, (name, run, note) in slow.items():
            if rivals.has(program):
                rows.append(Row(name, [run(count // 5)], note))
        return Table(
            f"Running `true`, {count:,} times", "jobs/s", rows, "xargs -P2",
            "1.0× xargs with 2 workers, 0.7× with `durability full`; 16 workers at least 0.9× 2 workers",
            digits=0)

    def pickup(self):
        """From a job's creation time, before it is stored, to the first action of its shell. Queuectl and the bare loop
        in turn, each followed by the query for the creation time."""
        def case(stack, workers, is_bare):
            queue = self.queue()
            if is_bare:
                with queue.workers(1):  # Creates the doorbell.
                    pass
            stack.enter_context(rivals.idle_limit(queue.database, workers) if is_bare else queue.workers(workers))
            pipe = os.path.join(queue.directory, "started")
            os.mkfifo(pipe)
            # Open for both, so that no process blocks on opening it.
            end = os.open(pipe, os.O_RDWR)
            stack.callback(os.close, end)
            listener = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1))

            def heard():
                os.read(end, 1)
                return time.time() * 1000

            def wait():
                started = listener.submit(heard)
                command = f"echo > {pipe}"
                name = (rivals.enqueue_with_limit(queue.database, command) if is_bare
                        else queue.output("enqueue", command).strip())
                job = json.loads(queue.output("show", "--json", name))
                return started.result() - milliseconds(job["created_at"])

            return wait

        rows = []
        for workers in (1, 16):
            with contextlib.ExitStack() as stack:
                cases = {f"{workers} idle": case(stack, workers, False)}
                if rivals.has("cc"):
                    cases[f"bare loop, {workers} idle"] = case(stack, workers, True)
                figures = in_turn(self.rounds(200), cases)
            for name, waits in figures.items():
                note = "upper limit: the same row, log and shell, in C, without worker logic" if name.startswith("bare") else ""
                rows += [Row(f"{name}: p50", [statistics.median(waits)], note),
                         Row(f"{name}: p99", [percentile(waits, 0.99)])]
        return Table("From enqueue to the start of the command, idle workers", "ms", rows,
                     goal="p50 5 ms, p99 25 ms")

    def recovering(self):
        """A worker is killed, and its job's next run reports its start. Each supervisor loses two workers only, because it
        replaces those that die early after growing pauses."""
        queue = self.queue()
        starts = os.path.join(queue.directory, "starts")
        figures = []

        def recover(name):
            queue.output("enqueue", "--id", name, f"echo >> {starts}; exec sleep 1000")
            queue.when(lambda: size(starts) == 1)
            worker = next(worker for worker in queue.living_workers() if worker.get("job") == name)
            os.kill(worker["pid"], signal.SIGKILL)
            killed = time.monotonic()
            queue.when(lambda: size(starts) == 2)
            figures.append((time.monotonic() - killed) * 1000)
            queue.output("cancel", name)
            os.remove(starts)

        for number in range(self.rounds(50) // 2):
            with queue.workers(2):
                for name in (f"job{number}a", f"job{number}b"):
                    queue.when(lambda: len(queue.worker_pids()) == 2)
                    recover(name)
        return Table("From `kill -9` of a worker to the job's next run", "ms",
                     [Row("p50", [statistics.median(figures)]),
                      Row("p99", [percentile(figures, 0.99)])], goal="2,000 ms")

    # Enqueueing

    def bulk(self, queue):
        spent = queue.fill(self.many)
        rows = [Row("queuectl enqueue -", [self.many / spent.seconds],
                    f"peak memory {spent.peak_megabytes:.0f} MB; {size(queue.database) / self.many:.0f} bytes per job")]
        path = fresh_directory()
        database = rivals.make_table(path)
        lines = os.path.join(path, "rows")
        with open(lines, "w", encoding="ascii") as file:
            file.writelines(f"{number},true\n" for number in range(self.many))
        seconds = cost(["sqlite3", "-csv", database, f".import {lines} jobs"]).seconds
        rows.insert(0, Row("sqlite3 .import", [self.many / seconds], "two columns, no index"))
        other = self.queue()
        seconds = other.fill_by_sqlite_alone(self.many).seconds
        rows.insert(1, Row("SQLite alone, our tables", [self.many / seconds],
                           "upper limit: two statements for all rows, with the same tables and indexes"))
        each = self.queue()
        spent = each.fill_by_lines(self.many)
        rows.append(Row("queuectl enqueue --each --quiet", [self.many / spent.seconds],
                        f"a job for each line; peak memory {spent.peak_megabytes:.0f} MB"))
        return Table(f"{self.many:,} jobs in one batch", "jobs/s", rows, "sqlite3 .import",
                     "100,000 jobs/s, constant memory", digits=0)

    def enqueueing(self, large):
        path = fresh_directory()
        queues = {"few": self.queue()}
        if not self.quick:
            queues["100k"] = self.queue()
            queues["100k"].fill(100_000)
        queues[self.many_name] = large
        database = rivals.make_table(path)
        others = dict(os.environ, TS_SOCKET=f"{path}/socket", NQDIR=path, TMPDIR=path)
        cases = {
            "sqlite3, one row": lambda: rivals.insert_with_shell(database),
        }
        for name, queue in queues.items():
            cases[f"queuectl, {name} jobs"] = lambda queue=queue: queue.cost("enqueue", "true").seconds * 1000
        notes = {}
        for name, words, note in (
                ("task spooler", ["tsp", "true"], "stores nothing durably"), ("nq", ["nq", "true"], "stores nothing durably"),
                ("at", rivals.AT_IN_A_FAR_YEAR, "a file for the whole machine; not synced")):
            if rivals.has(words[0]):
                cases[name] = lambda words=words: cost(words, others).seconds * 1000
                notes[name] = note
        figures = in_turn(self.rounds(100), cases)
        if rivals.has("tsp"):
            cost(["tsp", "-K"], others)
        if "at" in cases:
            rivals.clear_at()
        return Table("Enqueueing one job, one process per job", "ms",
                     [Row(name, times, notes.get(name, "")) for name, times in figures.items()],
                     "sqlite3, one row", f"1.4× sqlite3; with {self.many_name} jobs 1.2× few jobs", digits=2)

    # Reading

    def looking(self, small, large):
        queues = {"1k": small, self.many_name: large}
        if not self.quick:
            queues["10M"] = self.queue()
            queues["10M"].fill(10_000_000)
        commands = {"status": [], "list": ["--limit", "50"], "top": ["--dump-frame", "80x24"], "show": []}
        cases = {}
        for command, options in commands.items():
            for name, queue in queues.items():
                job = [queue.output("enqueue", "true").strip()] if command == "show" else []
                cases[f"{command}, {name} jobs"] = (
                    lambda queue=queue, words=(command, *options, *job): queue.cost(*words).seconds * 1000)
        with contextlib.closing(sqlite3.connect(large.database)) as database:
            started = time.monotonic()
            database.execute("SELECT count(*) FROM jobs").fetchone()
            counted = (time.monotonic() - started) * 1000
        figures = in_turn(self.rounds(40), cases)
        rows = [Row(name, times) for name, times in figures.items()]
        for start in range(0, len(rows), len(queues)):
            for row in rows[start + 1:start + len(queues)]:
                row.note = f"{row.median / rows[start].median:.2f}× 1k"
        return Table("Reading commands", "ms", rows + [Row(f"count(*), {self.many_name} jobs", [counted], "for comparison; no command counts rows")],
                     goal="at most 1.3× the time with 1k jobs", digits=2)

    # Claiming

    def claiming(self, large):
        """Jobs per second of one worker, by kind of queue."""
        window, few = (1, 3000) if self.quick else (3, 20_000)
        queues = {f"{few:,} waiting": self.queue(),
                  f"{self.many_name} waiting": large}
        for name in (f"{self.many_name} for later", f"{self.many_name} finished", "10 queues, limits"):
            queues[name] = self.queue()
        queues[f"{self.many_name} for later"].fill(self.many, run_at="2099-01-01T00:00:00Z")
        finished = queues[f"{self.many_name} finished"]
        finished.fill(self.many)
        finished.finish_all()
        for name, queue in queues.items():
            if name == "10 queues, limits":
                for number in range(10):
                    queue.fill(few // 10, queue=f"queue{number}")
                    queue.output("queue", "limit", f"queue{number}", "3")
            elif queue is not large:
                queue.fill(few)
        rates = in_turn(self.rounds(5), {
            name: lambda queue=queue: queue.rate(window) for name, queue in queues.items()})
        return Table("One worker, running `true` by kind of queue", "jobs/s",
                     [Row(name, figures) for name, figures in rates.items()], f"{few:,} waiting",
                     "at least 1/1.3 = 0.77", digits=0)

    def claiming_beside_schedules(self):
        """Jobs per second of one worker, beside schedules of which none is due."""
        window, few = (1, 3000) if self.quick else (3, 60_000)
        queues = {"no schedule": self.queue(), "1,000 schedules": self.queue()}
        queues["1,000 schedules"].schedule(1000, time.time() + 86_400)
        for queue in queues.values():
            queue.fill(few)
        rates = in_turn(self.rounds(10), {
            name: lambda queue=queue: queue.rate(window) for name, queue in queues.items()})
        return Table("One worker, running `true` beside schedules", "jobs/s",
                     [Row(name, figures) for name, figures in rates.items()], "no schedule",
                     "at least 1/1.02 = 0.98", digits=0)

    def schedules_due(self):
        """Two busy workers while many schedules become due at one time."""
        count = 1000 if self.quick else 10_000
        queue = self.queue()
        due = int(time.time()) + (6 if self.quick else 15)
        queue.schedule(count, due)
        queue.fill(20_000 if self.quick else 60_000)
        with queue.workers(2):
            time.sleep(max(0, due - time.time()))
            queue.when(lambda: queue.scheduled_count() == count, 120)
            seconds = time.time() - due
        pauses = [(start / 1000, pause) for start, pause in queue.pauses()]
        before = [pause for start, pause in pauses if start < due]
        during = [pause for start, pause in pauses if due <= start <= due + seconds]
        return Table(f"{count:,} schedules due at once, two busy workers", "", [
            Row("all enqueued after, s", [seconds], f"{len(during):,} runs began meanwhile"),
            Row("longest pause between two runs, ms", [max(during)]),
            Row("the same before they were due, ms", [max(before)]),
            Row("99.9 % of the pauses within, ms", [percentile(during, 0.999)]),
        ], goal="no pause over 50 ms")

    def removing(self):
        """Workers with and without removals of old jobs between runs."""
        old, few = 20_000, 3000 if self.quick else 40_000
        window = 1 if self.quick else 4
        keeping, removing = (self.queue() for _ in range(2))
        for queue in (keeping, removing):
            queue.fill(old)
            queue.finish_all()
            queue.give_runs()
            queue.fill(few)
        removing.output("config", "set", "keep-completed", "30s")
        rates = in_turn(self.rounds(5), {
            "nothing to remove": lambda: keeping.rate(window),
            "old jobs being removed": lambda: removing.rate(window)})
        rows = [Row(name, figures) for name, figures in rates.items()]
        rows[1].note = f"{old + few - removing.count():,} were removed during the runs"
        return Table("Removing old jobs while others run, one worker", "jobs/s", rows,
                     "nothing to remove", "claims don't stall", digits=0)

    # Costs

    def starting(self):
        queue = self.queue()
        queue.output("enqueue", "true")
        cases = {
            "true": lambda: cost(["true"]).seconds * 1000,
            "sqlite3, SELECT 1": lambda: cost(["sqlite3", ":memory:", "SELECT 1"]).seconds * 1000,
            "queuectl --version": lambda: queue.cost("--version").seconds * 1000,
            "queuectl config get max-retries": lambda: queue.cost("config", "get", "max-retries").seconds * 1000,
            "queuectl status": lambda: queue.cost("status").seconds * 1000,
            "queuectl enqueue true": lambda: queue.cost("enqueue", "true").seconds * 1000,
        }
        notes = {
            "true": "the cost of starting any process",
            "queuectl --version": "loading, and parsing with all commands",
            "queuectl config get max-retries": "loading, parsing with one command, opening the queue, one lookup",
            "queuectl enqueue true": "loading, opening the queue, a synced commit; no parser",
        }
        figures = in_turn(self.rounds(100), cases)
        return Table("Starting", "ms", [Row(name, times, notes.get(name, "")) for name, times in figures.items()],
                     "true", digits=2)

    def idling(self):
        queue = self.queue()
        with queue.workers(1) as pids:
            seconds = 5 if self.quick else 30
            time.sleep(1)
            before = processor_ticks(pids[0])
            time.sleep(seconds)
            share = (processor_ticks(pids[0]) - before) / TICKS / seconds * 100
            with open(f"/proc/{pids[0]}/status", encoding="ascii") as file:
                resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024
        return Table("An idle worker", "", [Row("processor, %", [share], f"over {seconds} s, in ticks of {1000 // TICKS} ms"),
                                             Row("resident memory, MB", [resident])],
                     goal="at most 0.2 % and 15 MB", digits=2)


def milliseconds(time_text):
    """Seconds since 1970 of an ISO 8601 time."""
    import datetime
    return datetime.datetime.fromisoformat(time_text).timestamp() * 1000


def size(path):
    try:
        return os.path.getsize(path)
    except FileNotFoundError:
        return 0


def processor_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
