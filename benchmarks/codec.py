# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The codec: nanoseconds and allocations to read the answer and to write the request."""

import json
import statistics
import subprocess

from server import pinned


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=5)


def run(arguments):
    program = str(arguments.build_directory / "benchmarks" / "codec")
    times, allocations = {}, {}
    for _ in range(arguments.rounds):
        done = subprocess.run([*pinned(1), program], stdout=subprocess.PIPE, text=True, check=True)
        for line in map(json.loads, done.stdout.splitlines()):
            key = (line["what"], line["how"])
            times.setdefault(key, []).append(line["ns"])
            allocations[key] = line["allocations"]
    rows = [{"what": what, "how": how, "ns": statistics.median(each), "allocations": allocations[what, how]}
            for (what, how), each in times.items()]
    lines = ["| | with | ns | allocations |", "| --- | --- | --: | --: |"]
    lines += [f"| {row['what']} | {row['how']} | {row['ns']:.0f} | {row['allocations']:.0f} |" for row in rows]
    return {"rounds": arguments.rounds, "codec": rows}, "\n".join(lines)
