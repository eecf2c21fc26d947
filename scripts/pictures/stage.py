"""The machine of the pictures: host name server1, and an empty home directory.

Both are private namespaces of this process, which end with it and all their files.
"""

import ctypes
import os
import shutil
import socket
import sys

HOST = "server1"
ROOT = "/srv"
HOME = f"{ROOT}/shop"
DATABASE = f"{HOME}/queue.db"

# Source: linux/sched.h, linux/mount.h
CLONE_NEWNS, CLONE_NEWUTS = 0x0002_0000, 0x0400_0000
MS_REC, MS_PRIVATE = 0x4000, 0x4_0000


def fail(message):
    sys.exit(f"screenshots: {message}")


def enter(binary):
    """Enters the namespaces of the pictures."""
    if os.geteuid() != 0:
        fail("needs root for its own host name and home directory; the machine keeps its own")
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result, what):
        if result != 0:
            fail(f"can't {what}: {os.strerror(ctypes.get_errno())}")

    must(libc.unshare(CLONE_NEWNS | CLONE_NEWUTS), "have namespaces of its own")
    must(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "keep its mounts to itself")
    # The programs may be below a directory that is about to be covered.
    programs = {}
    for name in "queuectl", "queuectl-web":
        path = binary if name == "queuectl" else f"{os.path.dirname(binary)}/{name}"
        if os.path.exists(path):
            programs[name] = open(path, "rb")
    must(libc.mount(b"none", ROOT.encode(), b"tmpfs", 0, b"mode=755"), f"mount anything on {ROOT}")
    socket.sethostname(HOST)
    os.makedirs(f"{HOME}/.local/bin")
    for name, program in programs.items():
        with program, open(f"{HOME}/.local/bin/{name}", "wb") as copy:
            shutil.copyfileobj(program, copy)
        os.chmod(f"{HOME}/.local/bin/{name}", 0o755)


def clear():
    """Empties the home directory, except the program and the queue."""
    for name in os.listdir(HOME):
        path = f"{HOME}/{name}"
        if name == ".local":
            continue
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def environment(**more):
    """The environment of a login."""
    return {
        "PATH": f"{HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin", "HOME": HOME, "SHELL": "/bin/bash",
        "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC", "QUEUECTL_DB": DATABASE,
        "PS1": r"\[\e[1;32m\]$\[\e[m\] ", **more}


def write_programs(programs):
    """Creates programs in the home directory from names and bodies."""
    for name, body in programs.items():
        with open(f"{HOME}/{name}", "w") as file:
            file.write(f"#!/bin/sh\n{body}\n")
        os.chmod(f"{HOME}/{name}", 0o755)
