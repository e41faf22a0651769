# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Time and memory as the work grows: calls in flight, size of an answer, rows of an export, endpoints of a catalog, ...

Each point is a process of its own, which does its work once to warm up and once to be measured; the most memory that
was resident counts both. Where the time of one unit stays the same from point to point, the growth is linear.

- calls: all of them are in flight at a time. A client has as many connections, but no more than 256; the other calls
  wait for one of these.
- refusals: as many calls, begun together, each answered with 429 and Retry-After: 0, and not tried again.
- answers: of one call after another, read into a list of described types. The limit on an answer, 16 MiB by default,
  is set to 128 MiB here.
- endpoints: of a catalog, of which three are called; what grows is the time of the compiler (g++ -O0).
- rows: of a JSON file, read in blocks, as views. What is in the system's cache of files is not counted as memory.
- redaction: of a text full of beginnings of escapes and of secrets, as a service that means harm may send it.
- drift: unknown keys of an answer, all different, with a drift report.
- jobs: attached to one client, and there at a time.

The last column of a table says how many times the time of the row before a row takes.

`--most 0.01` leaves out what is above a hundredth of the largest point of its axis.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import compile_time
from compile_time import catalog
from server import Server, pinned

MOST_CONNECTIONS = 256


@dataclasses.dataclass
class Place:
    """Returns the settings for the points of an axis."""
    build_directory: pathlib.Path
    server: Server
    directory: pathlib.Path  # for files of a point, which removes them

    def run(self, *words):
        command = [*pinned(1), str(self.build_directory / "benchmarks" / "growth"), *map(str, words)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    def origin(self, mode="get"):
        return f"https://localhost:{self.server.ports[mode]}"


@dataclasses.dataclass
class Axis:
    """One way in which the work grows. `measure(place, size)` gives units, seconds, cpu_seconds and max_rss_kib."""
    name: str
    title: str
    unit: str
    sizes: list
    measure: typing.Callable


def measure_calls(place, count):
    return place.run("calls", count, place.origin(), place.server.ca_file, min(count, MOST_CONNECTIONS))


def measure_refusals(place, count):
    return place.run("refusals", count, place.origin("refuse"), place.server.ca_file, min(count, MOST_CONNECTIONS))


def write_answer(out, size):
    """{"items":[{...},...]} of exactly so many bytes; the last subject is as long as that takes."""
    item = b'{"id":"cnv_00000001","type":"email","subject":"A question about the invoice"}'
    begin, end = b'{"items":[', b"]}"
    count = max(0, (size - len(begin) - len(end)) // (len(item) + 1) - 1)
    out.write(begin + (item + b",") * count)
    left = size - len(begin) - len(end) - count * (len(item) + 1)
    last = b'{"id":"cnv_00000002","type":"email","subject":""}'
    out.write(last[:-2] + b"a" * (left - len(last)) + last[-2:] + end)


def measure_answers(place, size):
    return place.run("answers", size, place.origin(), place.server.ca_file)


def write_rows(out, count):
    row = '{{"id":"cnv_{:08d}","type":"email","subject":"A question about the invoice","status":"closed","sla":{{"met":true,"seconds":{}}}}}'
    rows = [row.format(number, number % 3600).encode() for number in range(min(count, 1000))]
    block = b",".join(rows)
    out.write(b"[")
    for number in range(count // len(rows)):
        out.write(b"," * (number > 0) + block)
    out.write(b"".join(b"," + row for row in rows[:count % len(rows)]) + b"]")


def measure_rows(place, count):
    path = place.directory / "rows.json"
    try:
        with open(path, "wb") as out:
            write_rows(out, count)
        return place.run("rows", count, path)
    finally:
        path.unlink(missing_ok=True)


def measure_redaction(place, size):
    return place.run("redaction", size)


def write_keys(out, count):
    out.write(b'{"items":[{"id":"cnv_1","type":"email","subject":"A question"}]')
    for begin in range(0, count, 10_000):
        out.write(b"".join(b',"k%d":0' % number for number in range(begin, min(count, begin + 10_000))))
    out.write(b"}")


def measure_drift(place, count):
    return place.run("drift", count, place.origin(), place.server.ca_file)


def measure_jobs(place, count):
    return place.run("jobs", count)


def measure_catalog(place, count):
    source = place.directory / "catalog.cpp"
    source.write_text(catalog.source(count, 3))
    command = compile_time.command_for("g++", "-O0", source, compile_time.SEPARATE, place.directory / "catalog.o")
    began = time.perf_counter()
    compiler = subprocess.Popen([*pinned(1), *command])
    _, status, used = os.wait4(compiler.pid, 0)
    if status != 0:
        sys.exit(f"a catalog of {count} endpoints does not compile")
    return {"units": count, "seconds": time.perf_counter() - began, "cpu_seconds": used.ru_utime + used.ru_stime,
            "max_rss_kib": used.ru_maxrss}


# Another axis goes here, and nowhere else.
AXES = [
    Axis("calls", "calls in flight", "call", [1, 10, 100, 1_000, 10_000], measure_calls),
    Axis("refusals", "calls that are refused", "call", [1_000, 10_000, 20_000, 40_000], measure_refusals),
    Axis("answers", "bytes of an answer", "KiB", [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100 * 1024 * 1024], measure_answers),
    Axis("rows", "rows of an export", "row", [10 ** power for power in range(1, 8)], measure_rows),
    Axis("redaction", "bytes of a text to redact", "KiB", [2 ** power * 1024 for power in (6, 7, 8, 10, 12, 14)], measure_redaction),
    Axis("drift", "unknown keys of an answer", "key", [25_000, 50_000, 100_000, 400_000, 1_600_000], measure_drift),
    Axis("jobs", "jobs of a client", "job", [10_000, 20_000, 40_000, 80_000], measure_jobs),
    Axis("endpoints", "endpoints of a catalog, compiled", "endpoint", [3, 30, 100, 300], measure_catalog),
]


def add_options(parser):
    names = [axis.name for axis in AXES]
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--axes", type=lambda text: text.split(","), default=names, help=",".join(names))
    parser.add_argument("--most", type=float, default=1.0, help="leave out what is above this share of the largest point")


def points_of(axis, most):
    return [size for size in axis.sizes if size <= most * axis.sizes[-1]]


def measure(axes, arguments):
    """(axis name, size) -> figures of each round"""
    answers = {f"answer-{size}": lambda out, size=size: write_answer(out, size)
               for axis in axes if axis.name == "answers" for size in points_of(axis, arguments.most)}
    answers |= {f"keys-{count}": lambda out, count=count: write_keys(out, count)
                for axis in axes if axis.name == "drift" for count in points_of(axis, arguments.most)}
    found = {}
    with contextlib.ExitStack() as held:
        directory = pathlib.Path(held.enter_context(tempfile.TemporaryDirectory(prefix="intheloop-bench-")))
        place = Place(arguments.build_directory, held.enter_context(Server(answers)), directory)
        for round_number in range(arguments.rounds):
            for axis in axes:
                for size in points_of(axis, arguments.most):
                    print(f"round {round_number + 1}: {axis.name} {size}   ", end="\r", file=sys.stderr, flush=True)
                    found.setdefault((axis.name, size), []).append(axis.measure(place, size))
    print(" " * 60, end="\r", file=sys.stderr)
    return found


def point(size, rounds):
    middle = lambda key: statistics.median(one[key] for one in rounds)
    row = {"size": size, "units": middle("units")}
    row |= {key: middle(key) for key in ("seconds", "cpu_seconds", "max_rss_kib")}
    row["us_per_unit"] = row["seconds"] * 1e6 / row["units"]
    row["cpu_us_per_unit"] = row["cpu_seconds"] * 1e6 / row["units"]
    return row


def markdown(results):
    lines = [f"A client has as many connections as calls, but no more than {results['most_connections']}.", ""]
    for curve in results["curves"]:
        unit = curve["unit"]
        lines += [f"| {curve['title']} | measured, {unit} | s | CPU s | µs/{unit} | CPU µs/{unit} | memory MiB | time × |",
                  "| --: | --: | --: | --: | --: | --: | --: | --: |"]
        before = None
        for row in curve["points"]:
            time_of_all = row["us_per_unit"] * row["size"]
            lines.append(f"| {row['size']:,} | {row['units']:,.0f} | {row['seconds']:.3f} | {row['cpu_seconds']:.3f} "
                         f"| {row['us_per_unit']:.3f} | {row['cpu_us_per_unit']:.3f} | {row['max_rss_kib'] / 1024:.1f} "
                         f"| {f'{time_of_all / before:.2f}' if before else ''} |")
            before = time_of_all
        lines.append("")
    return "\n".join(lines)


def run(arguments):
    if unknown := set(arguments.axes) - {axis.name for axis in AXES}:
        sys.exit(f"unknown axes: {', '.join(sorted(unknown))}")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    axes = [axis for axis in AXES if axis.name in arguments.axes]
    found = measure(axes, arguments)
    curves = [{"axis": axis.name, "title": axis.title, "unit": axis.unit,
               "points": [point(size, found[axis.name, size]) for size in points_of(axis, arguments.most)]} for axis in axes]
    return {"rounds": arguments.rounds, "most_connections": MOST_CONNECTIONS, "curves": curves}
