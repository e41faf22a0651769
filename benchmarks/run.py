#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Runs the benchmarks on the programs of a build directory, and prints their tables.

Without a name: all of them, one after the other. That takes about half an hour."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import sys

import bulk
import codec
import compile_time
import fleet
import growth
import hedging
import instructions
import memory
import ranges
import report
import speed
import storm
import syscalls
import threads

BENCHMARKS = {module.__name__: module for module in (speed, bulk, ranges, memory, codec, growth, storm, fleet, hedging, instructions, syscalls, threads, compile_time)}


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return {"processor": model, "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"}


def parser():
    made = argparse.ArgumentParser(prog="./run bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("build_directory", type=pathlib.Path, help=argparse.SUPPRESS)
    commands = made.add_subparsers(dest="name", metavar="NAME")
    every = commands.add_parser("all", help="all of them, as without a name")
    every.add_argument("--rounds", type=int, help="in place of what each takes")
    every.add_argument("--save", action="store_true", help="keep the results in benchmarks/results/, with what is made of them")
    for name, module in BENCHMARKS.items():
        one = commands.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__)
        one.add_argument("--json", type=pathlib.Path, help="write the results there, too")
        one.add_argument("--save", action="store_true", help="keep them in benchmarks/results/, with what is made of them")
        module.add_options(one)
    return made


def run(arguments):
    arguments.build_directory = arguments.build_directory.resolve()
    module = BENCHMARKS[arguments.name]
    heading = {"benchmark": arguments.name, "date": str(datetime.date.today()), "machine": machine()}
    results = heading | module.run(arguments)
    print(f"## {arguments.name}: {module.__doc__.splitlines()[0]}\n\n{module.markdown(results)}\n", flush=True)
    if arguments.json:
        report.write(results, arguments.json)
    if arguments.save:
        report.save(results)


def run_all(arguments):
    for name in BENCHMARKS:
        one = parser().parse_args([str(arguments.build_directory), name])
        one.save = arguments.save
        if arguments.rounds and hasattr(one, "rounds"):
            one.rounds = arguments.rounds
        run(one)


def parse(words):
    """Reads BUILD_DIRECTORY [NAME] [OPTION...]; options alone are for all."""
    directory, rest = words[:1], words[1:]
    if not rest or rest[0].startswith("-") and rest[0] not in ("-h", "--help"):
        rest = ["all", *rest]
    return parser().parse_args([*directory, *rest])


def main():
    arguments = parse(sys.argv[1:])
    if arguments.name == "all":
        run_all(arguments)
    else:
        run(arguments)


if __name__ == "__main__":
    main()
