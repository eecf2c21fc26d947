"""Times, memory and processor time of whole processes, and several cases taken in turn."""

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
    """A new directory. It is removed when all is measured, no sooner: without a journal, ext4 passes over the inodes of files that were
    deleted in the last minute, or in the last six while that isn't written to the disk yet, one by one, and makes new files slowly."""
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
    """What a process and all that it waited for took."""

    seconds: float
    processor: float
    peak_megabytes: float


def cost(words, environment=None, source=None):
    """Runs a command to its end.
    :param source: a path that standard input is read from; nothing otherwise."""
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
    """Calls each case once a round, so that what else the machine does meets all of them alike; in another order each time, as what went
    before does so too: after a long case, the next one was up to a quarter slower.
    :param cases: a function by name, which returns a figure.
    :return: the figures by name, in the order of the cases."""
    figures = {name: [] for name in cases}
    for _ in range(rounds):
        for name in random.sample(list(cases), len(cases)):
            figures[name].append(cases[name]())
    return figures


def percentile(figures, share):
    """The smallest figure that this share of all isn't above."""
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
        """How it compares to another one. Of cases that were taken in turn, the median of each round's ratio: what the machine's speed
        changes from round to round meets both."""
        if len(self.figures) != len(base.figures):
            return self.median / base.median
        return statistics.median(ours / theirs for ours, theirs in zip(self.figures, base.figures))


@dataclasses.dataclass
class Table:
    """Cases that are compared by one figure.
    :param unit: of all rows; empty where each row names its own.
    :param baseline: the row that ratios are taken to.
    :param goal: what the project wants, in words."""

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
