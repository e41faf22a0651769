# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""One client on a context that several threads run, and as many clients with a context and a thread each."""

import json
import os
import statistics
import subprocess
import tempfile

from server import Server

CONCURRENCY, CALLS, ROUNDS = 32, 64_000, 3
FEWER, MORE = 3_200, 9_600  # calls whose futexes strace counts
# (clients, threads of each)
LAYOUTS = [(1, 1), (1, 2), (2, 1), (1, 4), (4, 1)]


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=ROUNDS)


def beside_the_server():
    """The words before a command that keep it off the server's core, where there are several."""
    cores = os.cpu_count() or 1
    return ["taskset", "-c", f"1-{cores - 1}"] if cores > 1 else []


def futexes(command):
    """How often a command asks the system to wait for a lock, or to wake a thread up."""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["strace", "-c", "-f", "-e", "trace=futex", "-U", "name,calls", "-o", out.name, *command],
                       stdout=subprocess.DEVNULL, check=True)
        rows = [line.split() for line in out]
    return sum(int(row[1]) for row in rows if len(row) == 2 and row[0] == "futex")


def run(arguments):
    program = str(arguments.build_directory / "benchmarks" / "threads")
    measured = {layout: [] for layout in LAYOUTS}
    rows = []
    with Server() as server:
        def command(layout, calls):
            return [*beside_the_server(), program, "localhost", str(server.ports["get"]), server.ca_file, "get", str(CONCURRENCY),
                    str(calls), *map(str, layout)]

        for _ in range(arguments.rounds):
            for layout in LAYOUTS:
                done = subprocess.run(command(layout, CALLS), stdout=subprocess.PIPE, text=True, check=True)
                measured[layout].append(json.loads(done.stdout))
        for layout in LAYOUTS:
            each = max(0, futexes(command(layout, MORE)) - futexes(command(layout, FEWER))) / (MORE - FEWER)
            middle = {key: statistics.median(one[key] for one in measured[layout]) for key in measured[layout][0]}
            rows.append({"clients": layout[0], "threads": layout[1], "futexes_per_call": each} | middle)
    return {"concurrency": CONCURRENCY, "threads": rows}


def markdown(results):
    first = results["threads"][0]["cpu_us_per_call"]
    lines = ["| clients | threads of each | calls/s | CPU µs/call | ratio | futex calls of a call | context switches of a call |",
             "| --: | --: | --: | --: | --: | --: | --: |"]
    for row in results["threads"]:
        lines.append(f"| {row['clients']} | {row['threads']} | {row['calls_per_second']:,.0f} | {row['cpu_us_per_call']:.1f} "
                     f"| {row['cpu_us_per_call'] / first:.2f} | {row['futexes_per_call']:.2f} | {row['switches_per_call']:.2f} |")
    return "\n".join(lines)
