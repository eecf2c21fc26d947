"""Measures queuectl and its alternatives in one run.

Usage: python3 Benchmarks/suite BINARY [--quick] [--only WORD] [--write FILE]
  --quick        a minute or two instead of a quarter of an hour, to find slowdowns
  --only WORD    only tables whose functions have this name
  --write FILE   write the tables into this file, between its marks
"""

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import time

import rivals
from figures import Suite

BEGIN, END = "<!-- figures: scripts/benchmark writes them -->\n", "<!-- end of the figures -->\n"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("Usage: ")[1])
    parser.add_argument("binary")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--write")
    options = parser.parse_args()

    suite = Suite(os.path.abspath(options.binary), options.quick)
    text = [f"{conditions(options.binary)}\n"]
    if options.quick:
        text.append("Quick form: smaller queues, fewer rounds.\n")
    tables = [getattr(suite, options.only)()] if options.only else suite.tables()
    for table in tables:
        section = [f"### {table.title}", ""] + ([f"Goal: {table.goal}.", ""] if table.goal else [])
        section += list(table.lines()) + [""]
        print("\n".join(section), flush=True)
        text.append("\n".join(section))
    if rivals.missing:
        text.append(f"Not installed and skipped: {', '.join(rivals.missing)}.\n")
        print(text[-1])
    if options.write:
        write(options.write, "\n".join(text))


def conditions(binary):
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    load = os.getloadavg()[0]
    return (f"{time.strftime('%Y-%m-%d')}, {version}, {os.cpu_count()} processors, "
            f"Linux {platform.release().split('-')[0]}, SQLite of Python {sqlite3.sqlite_version}, "
            f"load at the start {load:.1f}.")


def write(path, text):
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest:
        sys.exit(f"{path} has no marks for figures")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + text + END + after)


main()
