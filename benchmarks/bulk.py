# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""A large export over TLS, read as bytes and row by row with this library, and as bytes with curl."""

import json
import os
import statistics
import subprocess
import time

from server import Server, pinned

ROW = '{{"id":"cnv_{:08d}","type":"email","subject":"A question about the invoice","status":"closed","sla":{{"met":true,"seconds":{}}}}}'


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


def curl(server, url):
    command = [*pinned(1), "curl", "--silent", "--fail", "--max-time", "600", "--cacert", server.ca_file, "--output", "/dev/null", url]
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": time.perf_counter() - began, "cpu_seconds": cpu}


def run(arguments):
    size = arguments.mebibytes * 1024 * 1024
    results = {}
    with Server({"export.json": lambda out: write_export(out, size)}) as server:
        url = f"https://localhost:{server.ports['get']}/files/export.json"
        for _ in range(arguments.rounds):
            for mode in ("bytes", "rows"):
                command = [*pinned(1), str(arguments.build_directory / "benchmarks" / "bulk"), url, server.ca_file, mode]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                results.setdefault(f"intheloop, {mode}", []).append(json.loads(done.stdout))
            results.setdefault("curl, bytes", []).append(curl(server, url))
    rows = []
    for what, rounds in results.items():
        middle = lambda key: statistics.median(one[key] for one in rounds)
        rows.append({"what": what, "mebibytes_per_second": arguments.mebibytes / middle("seconds"),
                     "cpu_seconds_per_gibibyte": middle("cpu_seconds") * 1024 / arguments.mebibytes,
                     "max_rss_kib": rounds[-1].get("max_rss_kib")})
    lines = ["| | MiB/s | CPU s/GiB | memory MiB |", "| --- | --: | --: | --: |"]
    for row in rows:
        memory = f"{row['max_rss_kib'] / 1024:.1f}" if row["max_rss_kib"] else ""
        lines.append(f"| {row['what']} | {row['mebibytes_per_second']:,.0f} | {row['cpu_seconds_per_gibibyte']:.2f} | {memory} |")
    return {"mebibytes": arguments.mebibytes, "rounds": arguments.rounds, "bulk": rows}, "\n".join(lines)
