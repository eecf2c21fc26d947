"""Time, memory and CPU time of whole processes, for several cases in turn."""

import atexit
import dataclasses
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time


def fresh_directory():
    """A new directory, removed after all measurements. Without a journal, ext4 skips recently deleted inodes one by one, for one to
    six minutes, and creates files slowly."""
    path = tempfile.mkdtemp(prefix="queuectl-benchmark.")
    if not _fresh_directories:
        atexit.register(_remove_directories)
    _fresh_directories.append(path)
    return path


_fresh_directories = []


def _remove_directories():
    for path in _fresh_directories:
        shutil.rmtree(path, ignore_errors=True)
    os.sync()


@dataclasses.dataclass
class Cost:
    """The usage of a process and its reaped children."""

    seconds: float
    processor: float
    peak_megabytes: float


def cost(words, environment=None, source=None):
    """Runs a command to its end.
    :param source: the path of standard input; empty input if None."""
    with open(source or os.devnull, "rb") as stdin:
        started = time.monotonic()
        process = subprocess.Popen(words, env=environment, stdin=stdin, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(words)} failed: {errors.decode(errors='replace')}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(rounds, cases):
    """Calls each case once per round, so that other load affects all of them alike, and in random order, because the case after a
    long one was up to a quarter slower.
    :param cases: functions by name; each returns a figure.
    :return: the figures by name, in the order of the cases."""
    figures = {name: [] for name in cases}
    for _ in range(rounds):
        for name in random.sample(list(cases), len(cases)):
            figures[name].append(cases[name]())
    return figures


def percentile(figures, share):
    """The percentile: the smallest figure that at least this share doesn't exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclasses.dataclass
class Row:
    """One case of a table."""

    name: str
    figures: list
    note: str = ""

    @property
    def median(self):
        return statistics.median(self.figures)

    def ratio(self, base):
        """The ratio to another row. For cases taken in turn, the median of the rounds' ratios, because changes of the machine's speed
        affect both."""
        if len(self.figures) != len(base.figures):
            return self.median / base.median
        return statistics.median(ours / theirs for ours, theirs in zip(self.figures, base.figures))


@dataclasses.dataclass
class Table:
    """Cases compared by one figure.
    :param unit: of all rows; empty where each row names its own.
    :param baseline: the row to which ratios refer.
    :param goal: the goal, in words."""

    title: str
    unit: str
    rows: list
    baseline: str = ""
    goal: str = ""
    digits: int = 1

    def lines(self):
        """The table as Markdown."""
        base = next((row for row in self.rows if row.name == self.baseline), None)
        head = ["", f"median, {self.unit}" if self.unit else "median", "lowest to highest"]
        yield "| " + " | ".join(head + ([f"ratio to {self.baseline}"] if base else []) + ["note"]) + " |"
        yield "|" + "---|" * (len(head) + (2 if base else 1))
        for row in self.rows:
            low, high = min(row.figures), max(row.figures)
            cells = [row.name, self.text(row.median),
                     f"{self.text(low)} to {self.text(high)}" if len(row.figures) > 1 else "once"]
            if base:
                cells.append(f"{row.ratio(base):.2f}")
            yield "| " + " | ".join(cells + [row.note]) + " |"

    def text(self, figure):
        return f"{figure:,.{self.digits}f}"
