"""A private PostgreSQL server under a temporary directory, with the schema of a queue."""

import atexit
import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SOURCES = os.path.join(os.path.dirname(__file__), "../../Sources/QueueStorePostgres/Schema")
SCHEMA = "queuectl"


class Server:
    """Runs as the user `postgres` if the caller is root, else as the caller. Stops at exit."""

    def __init__(self, settings):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        initdb = programs[-1] if programs else shutil.which("initdb")
        if not initdb:
            raise SystemExit("initdb is missing: apt-get install postgresql")
        self.programs = os.path.dirname(initdb)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.directory = tempfile.mkdtemp(prefix="queuectl-benchmark.")
        atexit.register(shutil.rmtree, self.directory, ignore_errors=True)
        self.user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else os.getuid()
        os.chown(self.directory, self.user, -1)
        self.data = os.path.join(self.directory, "data")
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "queuectl", "-E", "UTF8", "--locale=C.UTF-8")
        settings = {"listen_addresses": "''", "unix_socket_directories": f"'{self.directory}'", **settings}
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self._run("pg_ctl", "-D", self.data, "-l", os.path.join(self.directory, "log"), "-w", "start")
        atexit.register(self._run, "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        self._run("createdb", *self.place, "bench")
        self._run("pgbench", *self.place, "-i", "-s", "10", "-q", "bench")

    @property
    def place(self):
        return "-h", self.directory, "-U", "queuectl"

    def sql(self, text, database="postgres"):
        """Runs statements, each in a transaction of its own, and returns the output."""
        return self._run("psql", *self.place, "-XqAt", "-v", "ON_ERROR_STOP=1", database, input=text)

    def repeating(self, text, seconds):
        """Starts a process that runs a statement again and again; the caller terminates it."""
        command = [os.path.join(self.programs, "psql"), *self.place, "-XqAt", "postgres", "-c",
                   "SET client_min_messages = error", "-f", "-"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, text=True)
        process.stdin.write(f"{text} \\watch {seconds}\n")
        process.stdin.close()
        return process

    def pgbench(self, *options, database="postgres"):
        """Returns transactions per second."""
        output = self._run("pgbench", *self.place, "-n", *options, database)
        return float(re.search(r"tps = ([0-9.]+)", output)[1])

    def _run(self, program, *arguments, **options):
        path = os.path.join(self.programs, program)
        result = subprocess.run([path if os.path.exists(path) else program, *arguments], capture_output=True,
                                text=True, user=self.user, cwd=self.directory, check=False, **options)
        if result.returncode:
            raise SystemExit(f"{program} failed: {result.stderr}")
        return result.stdout

    def create_queue(self):
        """Creates an empty queue, without what was there."""
        self.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA};\n{migration()}")


def literal(name):
    """Returns the text of a constant of `Schema`."""
    for path in glob.glob(os.path.join(SOURCES, "*.swift")):
        with open(path, encoding="utf-8") as file:
            found = re.search(rf'  static let {name} = """\n(.*?)\n    """', file.read(), re.DOTALL)
        if found:
            return found[1].replace("@schema@", SCHEMA)
    raise SystemExit(f"Schema.{name} is missing")


def migration():
    """Returns the tables and functions as the first migration creates them."""
    with open(os.path.join(SOURCES, "Schema.swift"), encoding="utf-8") as file:
        functions = re.search(r"static let functions = \[(.*?)\]", file.read(), re.DOTALL)[1]
    return "\n".join(literal(name) for name in ["tables", *re.findall(r"\w+", functions)])
