# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Allocations of a call in the steady state, and the bytes that a client, a connection and a call keep."""

import json
import os
import subprocess

from server import Server

ROWS = [("allocations of a call", "allocations_per_call"), ("bytes of an idle client", "idle_client"),
        ("bytes of an idle connection", "idle_connection"), ("bytes of a call in flight", "call_in_flight")]


def add_options(_):
    pass


def run(arguments):
    program = str(arguments.build_directory / "benchmarks" / "allocations")
    exact = dict(os.environ, GLIBC_TUNABLES="glibc.malloc.tcache_count=0")
    figures = {}
    with Server() as server:
        for mode in ("get", "post"):
            command = [program, "localhost", str(server.ports[mode]), server.ca_file, mode, "16", "1000"]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=exact)
            figures[mode] = json.loads(done.stdout)
    return {"memory": figures}


def markdown(results):
    lines = ["| | of this library, Asio and Beast | of OpenSSL |", "| --- | --: | --: |"]
    for mode, found in results["memory"].items():
        for text, key in ROWS:
            if mode == "get" or key == "allocations_per_call":
                apart = "openssl_" + key if key == "allocations_per_call" else key + "_openssl"
                lines.append(f"| {text} ({mode.upper()}) | {found[key]:,.0f} | {found[apart]:,.0f} |")
    return "\n".join(lines)
