# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""A large export over a link with a delay, in one stream and in several.

The delay of 25 ms each way and the window of each connection are those of link.py, on loopback; nginx serves over TLS. The file is
written to memory (/dev/shm) where there is some.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from bulk import curl, write_export
from link import Link
from server import Server, pinned

DELAY = 0.025
WINDOW = 512 * 1024
STREAMS = [1, 2, 4, 8]
REFERENCE = "curl"


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mebibytes", type=int, default=128)


def fetch(arguments, server, url, path, streams):
    command = [*pinned(1), str(arguments.build_directory / "benchmarks" / "bulk"), url, server.ca_file, "file", path, str(streams)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600).stdout)


def run(arguments):
    size = arguments.mebibytes * 1024 * 1024
    rounds = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as directory:
        path = str(pathlib.Path(directory) / "export.json")
        with Server({"export.json": lambda out: write_export(out, size)}) as server, Link(server.ports["get"], DELAY, WINDOW) as link:
            url = f"https://localhost:{link.port}/files/export.json"
            for _ in range(arguments.rounds):
                rounds.setdefault(REFERENCE, []).append(curl(server, url, path))
                os.unlink(path)
                for streams in STREAMS:
                    rounds.setdefault(streams, []).append(fetch(arguments, server, url, path, streams))
                    os.unlink(path)
    megabytes = size / 1e6
    rows = []
    for streams, figures in rounds.items():
        middle = lambda key: statistics.median(one[key] for one in figures)
        rows.append({"streams": streams, "seconds": middle("seconds"), "megabytes_per_second": megabytes / middle("seconds"),
                     "times_one_stream": statistics.median(one["seconds"] / other["seconds"] for one, other in zip(rounds[1], figures)),
                     "cpu_seconds_per_gigabyte": middle("cpu_seconds") * 1000 / megabytes, "max_rss_kib": figures[-1].get("max_rss_kib")})
    return {"mebibytes": arguments.mebibytes, "rounds": arguments.rounds, "delay_ms": DELAY * 2000, "window_kib": WINDOW // 1024, "ranges": rows}


def markdown(results):
    lines = ["| | s | MB/s | times one stream | CPU s/GB | memory MiB |", "| --- | --: | --: | --: | --: | --: |"]
    for row in results["ranges"]:
        streams = row["streams"]
        what = "curl, in one stream" if streams == REFERENCE else f"intheloop, {streams} stream{'s' if streams > 1 else ''}"
        memory = f"{row['max_rss_kib'] / 1024:.1f}" if row["max_rss_kib"] else ""
        lines.append(f"| {what} | {row['seconds']:.2f} | {row['megabytes_per_second']:.1f} | {row['times_one_stream']:.2f} "
                     f"| {row['cpu_seconds_per_gigabyte']:.2f} | {memory} |")
    return "\n".join(lines)
