#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The path of a call, here and at another revision: both are built alike, and measured in turn on one server.

Instructions are those of this process, as callgrind counts them: what else the machine does doesn't change them. The rate is
the median of the ratios of the rounds; `--rounds 0` leaves it out."""

import argparse
import io
import pathlib
import statistics
import subprocess
import sys
import tarfile

import clients
import instructions
import speed
from server import Server

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPTIONS = ["-Doptimization=2", "-Db_ndebug=true", "-Dtests=disabled", "-Dexamples=disabled", "-Dtools=disabled", "-Dbenchmarks=enabled"]
# mode, concurrent calls, calls in a round
RUNS = [("get", 1, 5_000), ("post", 1, 5_000), ("get", 32, 15_000), ("post", 32, 15_000)]


def git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], stdout=subprocess.PIPE, check=True).stdout


def build(source, directory):
    """Builds the program of a source; what the compiler says goes to the standard error."""
    if not (directory / "build.ninja").exists():
        subprocess.run(["meson", "setup", directory, source, *OPTIONS], stdout=sys.stderr, check=True)
    subprocess.run(["ninja", "-C", directory, "benchmarks/intheloop"], stdout=sys.stderr, check=True)
    return clients.Client("intheloop", [str(directory / "benchmarks" / "intheloop")])


def build_revision(commit):
    place = ROOT / "build" / "against" / commit
    source = place / "source"
    if not source.exists():
        with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
            archive.extractall(source)
    return build(source, place / "build")


def instructions_of_a_call(client, server, mode, concurrency):
    counts = [instructions.instructions(client, server, calls * concurrency, mode, concurrency)
              for calls in (instructions.FEWER // concurrency + 1, instructions.MORE // concurrency + 1)]
    between = (instructions.MORE // concurrency - instructions.FEWER // concurrency) * concurrency
    return round((counts[1] - counts[0]) / between)


def rate_ratio(here, there, server, run, rounds):
    """The calls per second here, divided by those there: a ratio of each round."""
    mode, concurrency, calls = run
    rate = lambda client: speed.run_once(client, server, mode, concurrency, calls)["calls_per_second"]
    ratios = []
    for number in range(rounds):
        # Whoever comes first in a round comes second in the next.
        first, second = (here, there) if number % 2 == 0 else (there, here)
        rates = {id(client): rate(client) for client in (first, second)}
        ratios.append(rates[id(here)] / rates[id(there)])
    return ratios


def main():
    parser = argparse.ArgumentParser(prog="./run bench-against", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", help="as git names it: HEAD~3, v1, 1a2b3c4")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    try:
        commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", arguments.revision + "^{commit}").decode().strip()
    except subprocess.CalledProcessError:
        sys.exit(f"./run bench-against: no such revision: {arguments.revision}")
    there, here = build_revision(commit), build(ROOT, ROOT / "build" / "bench")
    print(f"| calls | at a time | instructions here | at {commit[:8]} | ratio | calls/s here of there (slowest, fastest round) |")
    print("| --- | --: | --: | --: | --: | --: |")
    with Server() as server:
        for run in RUNS:
            mode, concurrency, _ = run
            ours, theirs = (instructions_of_a_call(client, server, mode, concurrency) for client in (here, there))
            ratios = rate_ratio(here, there, server, run, arguments.rounds)
            rate = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})" if ratios else ""
            print(f"| {mode} | {concurrency} | {ours:,} | {theirs:,} | {ours / theirs:.3f} | {rate} |", flush=True)


if __name__ == "__main__":
    main()
