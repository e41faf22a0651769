# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The programs that make the calls, and which of them this machine has."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ALL_MODES = ("get", "post", "new-connection", "resume")
WITHOUT_RESUMPTION = ("get", "post", "new-connection")


@dataclasses.dataclass
class Client:
    name: str
    command: list
    most_concurrent: int = 1000
    modes: tuple = ALL_MODES
    share: float = 1.0  # of the calls that the others make; for slow ones
    environment: dict = dataclasses.field(default_factory=lambda: dict(os.environ))

    def can(self, mode, concurrency):
        return mode in self.modes and concurrency <= self.most_concurrent


def compiled(build_directory):
    program = lambda name: [str(build_directory / "benchmarks" / name)]
    return [
        Client("intheloop", program("intheloop")),
        Client("openssl-floor", program("openssl-floor"), most_concurrent=1),
        Client("epoll-floor", program("epoll-floor")),
        Client("beast-minimal", program("beast-minimal"), modes=WITHOUT_RESUMPTION),
        Client("beast-tuned", program("beast-tuned")),
        Client("curl-easy", program("curl-easy"), most_concurrent=1),
        Client("curl-multi", program("curl-multi")),
        Client("cpp-httplib", program("cpp-httplib"), most_concurrent=256, modes=WITHOUT_RESUMPTION, share=0.5),
    ]


def scripts():
    script = lambda *words: [*words[:-1], str(HERE / "calls" / words[-1])]
    # Debian's modules, also for a Node.js that is not Debian's.
    node_path = dict(os.environ, NODE_PATH="/usr/share/nodejs")
    return [
        Client("undici", script("node", "undici.js"), share=0.5, environment=node_path),
        Client("aiohttp", script("/usr/bin/python3", "aiohttp_calls.py"), modes=WITHOUT_RESUMPTION, share=0.1),
        Client("requests", script("/usr/bin/python3", "requests_calls.py"), most_concurrent=32,
               modes=WITHOUT_RESUMPTION, share=0.1),
    ]


def is_there(client):
    """Each script that is asked for nothing ends with 0 if what it needs is there."""
    if client.command[-1].endswith((".py", ".js")):
        if not shutil.which(client.command[0]):
            return False
        asked = subprocess.run([*client.command, "--is-there"], env=client.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return asked.returncode == 0
    return os.access(client.command[0], os.X_OK)


def find(build_directory, names=None, only=None):
    known = only(build_directory) if only else compiled(build_directory) + scripts()
    if names and (unknown := set(names) - {one.name for one in known}):
        sys.exit(f"unknown clients: {', '.join(sorted(unknown))}")
    found = []
    for client in known:
        if names and client.name not in names:
            continue
        if is_there(client):
            found.append(client)
        else:
            print(f"without {client.name}: it, or what it needs, is not installed", file=sys.stderr)
    return found
