# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The codec: nanoseconds, instructions and allocations to read the answers and to write the request.

Each is set against code that was written by hand for these types and checks as much (codec_by_hand.hpp). The
instructions, which callgrind counts, do not depend on what else runs.
"""

import json
import statistics
import subprocess

import instructions
from server import pinned

FEWER, MORE = 500, 1500


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
    counts = {}
    for what, how in times:
        few, many = (instructions.count([program, what, how, str(number)]) for number in (FEWER, MORE))
        counts[what, how] = (many - few) / (MORE - FEWER)
    rows = []
    for (what, how), each in times.items():
        # Of the same round: what else the machine does meets both.
        ratio = statistics.median(one / floor for one, floor in zip(each, times[what, "by hand"]))
        rows.append({"what": what, "how": how, "ns": statistics.median(each), "ratio": ratio, "instructions": round(counts[what, how]),
                     "instruction_ratio": counts[what, how] / counts[what, "by hand"], "allocations": allocations[what, how]})
    order = list(dict.fromkeys(what for what, _ in times))
    rows.sort(key=lambda row: order.index(row["what"]))
    return {"rounds": arguments.rounds, "codec": rows}


def markdown(results):
    lines = ["| | with | ns | ratio | instructions | ratio | allocations |", "| --- | --- | --: | --: | --: | --: | --: |"]
    lines += [f"| {row['what']} | {row['how']} | {row['ns']:.0f} | {row['ratio']:.2f} | {row['instructions']:,} "
              f"| {row['instruction_ratio']:.2f} | {row['allocations']:.0f} |" for row in results["codec"]]
    return "\n".join(lines)
