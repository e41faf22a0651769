#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Percentiles of calls with and without a second request (call_options::hedge), against a server with a slow tail.

An answer takes 20 ms and what follows an exponential distribution of 10 ms; one in a hundred comes a second later. Ten
calls are under way at a time. The test server and the client have a virtual clock, so the figures are of the delays
alone, and the same on each machine. Each figure is the median of the rounds, which have seeds of their own.
"""

import json
import statistics
import subprocess
import sys

AFTER = [0, 200, 60, 30]


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=5_000)


def one_run(arguments, seed, after):
    program = arguments.build_directory / "benchmarks" / "hedging"
    done = subprocess.run([program, str(seed), str(arguments.calls), str(after)], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    return found | {"extra_percent": 100 * (found["requests"] / found["calls"] - 1)}


def run(arguments):
    rows = []
    for after in AFTER:
        rounds = []
        for seed in range(1, arguments.rounds + 1):
            print(f"after {after} ms, round {seed}   ", end="\r", file=sys.stderr, flush=True)
            rounds.append(one_run(arguments, seed, after))
        rows.append({"after_ms": after} | {key: statistics.median(one[key] for one in rounds) for key in rounds[0]})
    print(" " * 40, end="\r", file=sys.stderr)
    return {"rounds": arguments.rounds, "rows": rows}


def markdown(results):
    lines = ["| second request after | p50 ms | p90 ms | p99 ms | p99.9 ms | longest ms | requests more | answered first |",
             "| --- | --: | --: | --: | --: | --: | --: | --: |"]
    for row in results["rows"]:
        after = f"{row['after_ms']} ms" if row["after_ms"] else "none"
        won = f"{row['won']:,.0f} of {row['hedges']:,.0f}" if row["hedges"] else ""
        lines.append(f"| {after} | {row['p50']:.0f} | {row['p90']:.0f} | {row['p99']:.0f} | {row['p99_9']:.0f} | {row['longest']:.0f} "
                     f"| {row['extra_percent']:.1f} % | {won} |")
    return "\n".join(lines)
