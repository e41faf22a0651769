# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Allocations of a call in the steady state, and the bytes that a client, a connection and a call keep."""

import json
import os
import subprocess

from server import Server

CONNECTIONS, CLIENTS = 1000, 1000

# text, its key, that of the part of OpenSSL
ROWS = [("allocations of a call", "allocations_per_call", "openssl_allocations_per_call"),
        ("bytes of the first client of a process", "idle_client", "idle_client_openssl"),
        ("bytes of an idle connection", "idle_connection", "idle_connection_openssl"),
        ("bytes of a call in flight", "call_in_flight", "call_in_flight_openssl")]


def add_options(_):
    pass


def run(arguments):
    program = str(arguments.build_directory / "benchmarks" / "allocations")
    exact = dict(os.environ, GLIBC_TUNABLES="glibc.malloc.tcache_count=0")

    def count(server, port, mode, concurrency):
        command = [program, "localhost", str(server.ports[port]), server.ca_file, mode, str(concurrency), "1000"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=exact)
        return json.loads(done.stdout)

    with Server() as server:
        return {"memory": {mode: count(server, mode, mode, 16) for mode in ("get", "post")},
                "connections": count(server, "get", "get", CONNECTIONS), "clients": count(server, "get", "clients", CLIENTS)}


def markdown(results):
    lines = ["| | of this library, Asio and Beast | of OpenSSL |", "| --- | --: | --: |"]

    def add(text, found, key, apart):
        lines.append(f"| {text} | {found[key]:,.0f} | {found[apart]:,.0f} |")

    for mode, found in results["memory"].items():
        for text, key, apart in ROWS:
            if mode == "get" or key == "allocations_per_call":
                add(f"{text} ({mode.upper()})", found, key, apart)
    if "clients" in results:
        add(f"bytes of {CONNECTIONS:,} idle connections of a client", results["connections"], "idle_connections",
            "idle_connections_openssl")
        add("bytes of the first client, with the system's authorities", results["clients"], "first", "first_openssl")
        add(f"bytes of {CLIENTS:,} such clients", results["clients"], "all", "all_openssl")
    return "\n".join(lines)
