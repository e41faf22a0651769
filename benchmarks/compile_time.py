# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Compile time and object size of one file that uses the library, next to one that uses Asio and Boost.JSON alone."""

import os
import pathlib
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SEPARATE = ["-DINTHELOOP_SEPARATE_COMPILATION", "-DINTHELOOP_LINK_BOOST"]
# what, source, flags
FILES = [
    ("fwd.hpp alone", "compile_time/forward.cpp", []),
    ("a timer awaited, Boost.JSON included", "compile_time/baseline.cpp", []),
    ("all three routes called, separate compilation", "compile_time/three_routes.cpp", SEPARATE),
    ("the same, header-only", "compile_time/three_routes.cpp", []),
    ("one route by hand with Beast", "compile_time/by_hand.cpp", []),
]


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))


def compile_once(compiler, level, source, flags, directory):
    target = directory / "object.o"
    command = [compiler, "-std=c++20", level, "-DNDEBUG", "-w", "-I", str(HERE.parent / "include"), *flags, "-c", str(HERE / source), "-o", str(target)]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began, target.stat().st_size


def run(arguments):
    times, sizes = {}, {}
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(arguments.rounds):
            for what, source, flags in FILES:
                for level in ("-O0", "-O2"):
                    took, size = compile_once(arguments.compiler, level, source, flags, pathlib.Path(directory))
                    times.setdefault((what, level), []).append(took)
                    sizes[what, level] = size
    rows = [{"file": what, "level": level, "seconds": statistics.median(each), "object_bytes": sizes[what, level]}
            for (what, level), each in times.items()]
    lines = ["| one file | -O0 s | -O0 KiB | -O2 s | -O2 KiB |", "| --- | --: | --: | --: | --: |"]
    for plain, fast in zip(rows[::2], rows[1::2]):
        lines.append(f"| {plain['file']} | {plain['seconds']:.2f} | {plain['object_bytes'] / 1024:,.0f} "
                     f"| {fast['seconds']:.2f} | {fast['object_bytes'] / 1024:,.0f} |")
    return {"compiler": arguments.compiler, "rounds": arguments.rounds, "compile_time": rows}, "\n".join(lines)
