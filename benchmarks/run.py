#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Runs one of the benchmarks on the programs of a build directory, and prints its table."""

import argparse
import datetime
import json
import os
import pathlib
import platform

import bulk
import codec
import compile_time
import growth
import instructions
import memory
import speed

BENCHMARKS = {module.__name__: module for module in (speed, bulk, memory, codec, growth, instructions, compile_time)}


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform()}


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("build_directory", type=pathlib.Path, help=argparse.SUPPRESS)
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in BENCHMARKS.items():
        one = names.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__)
        one.add_argument("--json", type=pathlib.Path, help="write the results there, too")
        module.add_options(one)
    arguments = parser.parse_args()
    arguments.build_directory = arguments.build_directory.resolve()
    results, table = BENCHMARKS[arguments.name].run(arguments)
    print(table)
    if arguments.json:
        heading = {"benchmark": arguments.name, "date": str(datetime.date.today()), "machine": machine()}
        arguments.json.write_text(json.dumps(heading | results, indent=1) + "\n")


if __name__ == "__main__":
    main()
