# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Instructions of a call in the steady state, counted by callgrind: these do not depend on what else runs."""

import re
import subprocess
import tempfile

import clients
from server import Server

FEWER, MORE = 500, 1500


def add_options(_):
    pass


def count(command):
    """The instructions of a command."""
    with tempfile.NamedTemporaryFile() as out:
        counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", *command]
        done = subprocess.run(counted, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def instructions(client, server, calls, mode="get", concurrency=1):
    return count([*client.command, "localhost", str(server.ports[mode]), server.ca_file, mode, str(concurrency), str(calls)])


def run(arguments):
    rows = []
    with Server() as server:
        for client in clients.find(arguments.build_directory, only=clients.compiled):
            difference = instructions(client, server, MORE) - instructions(client, server, FEWER)
            rows.append({"client": client.name, "instructions_per_call": round(difference / (MORE - FEWER))})
    return {"instructions": rows}


def markdown(results):
    lines = ["| client | instructions of a call |", "| --- | --: |"]
    lines += [f"| {row['client']} | {row['instructions_per_call']:,} |" for row in results["instructions"]]
    return "\n".join(lines)
