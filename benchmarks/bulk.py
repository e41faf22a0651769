# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""A large export over TLS: into a file with this library and with curl; piece by piece and row by row with this library.

The last two lines have no TLS: rows of the file that was fetched last, with this library and with nothing but a parser.

The files are written to memory (/dev/shm) where there is some, so that no disk is measured.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import instructions
from server import Server, pinned

ROW = '{{"id":"cnv_{:08d}","type":"email","subject":"A question about the invoice","status":"closed","sla":{{"met":true,"seconds":{}}}}}'
MODES = [("file", "intheloop, to a file"), ("bytes", "intheloop, pieces"), ("awaited", "intheloop, rows as views, each awaited"),
         ("views", "intheloop, rows as views"),
         ("described", "intheloop, rows as a described type"),
         ("objects", "intheloop, rows as json::object"),
         ("saved", "intheloop, rows of a saved file as json::object"),
         ("parser", "Boost.JSON alone on the same rows, in memory")]
REFERENCE = "curl, to a file"


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=256)


def write_export(out, size):
    out.write(b"[")
    written, number = 1, 0
    while written < size:
        row = (("," if number else "") + ROW.format(number, number % 3600)).encode()
        written += out.write(row)
        number += 1
    out.write(b"]")


def curl(server, url, path):
    command = [*pinned(1), "curl", "--silent", "--fail", "--max-time", "600", "--cacert", server.ca_file, "--output", path, url]
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": time.perf_counter() - began, "cpu_seconds": cpu}


def fetch(arguments, server, url, mode, path):
    command = [*pinned(1), str(arguments.build_directory / "benchmarks" / "bulk"), url, server.ca_file, mode, path]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def measure(arguments, directory):
    """Returns the figures of each round, by what was measured. All take turns, so that what else the machine does meets all of them."""
    size = arguments.mebibytes * 1024 * 1024
    results = {}
    with Server({"export.json": lambda out: write_export(out, size)}) as server:
        url = f"https://localhost:{server.ports['get']}/files/export.json"
        for _ in range(arguments.rounds):
            path = str(pathlib.Path(directory) / "export.json")
            results.setdefault(REFERENCE, []).append(curl(server, url, path))
            os.unlink(path)
            for mode, what in MODES:
                results.setdefault(what, []).append(fetch(arguments, server, url, mode, path))
            os.unlink(path)
    return results


def instructions_of_rows(arguments):
    """The instructions of a row as json::object, with this library and with a parser alone, as callgrind counts them."""
    program = str(arguments.build_directory / "benchmarks" / "bulk")
    small, large = 256 * 1024, 2 * 1024 * 1024
    counted = {}
    with tempfile.TemporaryDirectory() as directory:
        for size in (small, large):
            path = str(pathlib.Path(directory) / "export.json")
            with open(path, "wb") as out:
                write_export(out, size)
            for mode in ("saved", "parser", "split"):
                counted[mode, size] = instructions.count([program, "-", "", mode, path])
    rows = (large - small) / len(ROW.format(0, 0) + ",")
    each = {mode: (counted[mode, large] - counted[mode, small]) / rows for mode in ("saved", "parser", "split")}
    return {"intheloop": round(each["saved"]), "parser": round(each["parser"] - each["split"])}


def run(arguments):
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as directory:
        results = measure(arguments, directory)
    megabytes = arguments.mebibytes * 1.048576
    rows = []
    for what, rounds in results.items():
        middle = lambda key: statistics.median(one[key] for one in rounds)
        ratio = lambda key: statistics.median(one[key] / reference[key] for one, reference in zip(rounds, results[REFERENCE]))
        rows.append({"what": what, "megabytes_per_second": megabytes / middle("seconds"), "speed_ratio": 1 / ratio("seconds"),
                     "megabytes_per_cpu_second": megabytes / middle("cpu_seconds"),
                     "cpu_seconds_per_gigabyte": middle("cpu_seconds") * 1000 / megabytes, "cpu_ratio": ratio("cpu_seconds"),
                     "max_rss_kib": rounds[-1].get("max_rss_kib")})
    return {"mebibytes": arguments.mebibytes, "rounds": arguments.rounds, "bulk": rows,
            "instructions_of_row": instructions_of_rows(arguments) if shutil.which("valgrind") else None}


def markdown(results):
    lines = ["| | MB/s | ratio | CPU s/GB | ratio | MB per CPU s | memory MiB |", "| --- | --: | --: | --: | --: | --: | --: |"]
    for row in results["bulk"]:
        memory = f"{row['max_rss_kib'] / 1024:.1f}" if row["max_rss_kib"] else ""
        lines.append(f"| {row['what']} | {row['megabytes_per_second']:,.0f} | {row['speed_ratio']:.2f} "
                     f"| {row['cpu_seconds_per_gigabyte']:.2f} | {row['cpu_ratio']:.2f} | {row['megabytes_per_cpu_second']:,.0f} | {memory} |")
    if counted := results.get("instructions_of_row"):
        ours, parser = counted["intheloop"], counted["parser"]
        lines += ["", f"Instructions of a row of a saved file as `json::object`: {ours:,}, and by Boost.JSON's parser alone {parser:,}: "
                  f"{parser / ours:.2f} of its rate."]
    return "\n".join(lines)
