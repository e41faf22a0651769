# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Instructions of a call in the steady state, counted by callgrind: these do not depend on what else runs."""

import re
import shutil
import subprocess
import tempfile

import clients
from server import Redis, Server

FEWER, MORE = 500, 1500
LONG_LEASE, SHORT_LEASE = 600_000, 500  # ms
LONG_RUN = 6_000  # calls, in which many short leases end


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


def in_fleet(program, server):
    """What a call costs under a limit of the client's own and under one that a fleet shares, and what a lease costs."""
    words = lambda calls, *more: [program, "localhost", str(server.ports["get"]), server.ca_file, "get", "1", str(calls), *more]
    with Redis() as redis:
        def of_run(calls, lease):
            before = redis.scripts()
            return count(words(calls, redis.url, str(lease))), redis.scripts() - before

        alone = count(words(MORE)) - count(words(FEWER))
        (few, claims_of_few), (many, claims_of_many) = of_run(FEWER, LONG_LEASE), of_run(MORE, LONG_LEASE)
        (seldom, one), (often, claims) = of_run(LONG_RUN, LONG_LEASE), of_run(LONG_RUN, SHORT_LEASE)
    return {"alone": round(alone / (MORE - FEWER)), "shared": round((many - few) / (MORE - FEWER)),
            "round_trips": (claims_of_many - claims_of_few) / (MORE - FEWER),
            "lease": round((often - seldom) / (claims - one)), "leases": claims - one}


def run(arguments):
    rows = []
    program = arguments.build_directory / "benchmarks" / "fleet-calls"
    with Server() as server:
        fleet = {"fleet": in_fleet(str(program), server)} if program.exists() and shutil.which("redis-server") else {}
        for client in clients.find(arguments.build_directory, only=clients.compiled):
            difference = instructions(client, server, MORE) - instructions(client, server, FEWER)
            rows.append({"client": client.name, "instructions_per_call": round(difference / (MORE - FEWER))})
    return {"instructions": rows} | fleet


def markdown(results):
    lines = ["| client | instructions of a call |", "| --- | --: |"]
    lines += [f"| {row['client']} | {row['instructions_per_call']:,} |" for row in results["instructions"]]
    return "\n".join(lines)


def fleet(results):
    found = results.get("fleet")
    if not found:
        return ""
    return "\n".join(["| | instructions | round trips to Redis |", "| --- | --: | --: |",
                      f"| a call, a limit of the client's own | {found['alone']:,} | 0.00 |",
                      f"| a call, a limit that a fleet shares | {found['shared']:,} | {round(found['round_trips'], 2) + 0.0:.2f} |",
                      f"| a lease, about one a second | {found['lease']:,} | 1.00 |"])
