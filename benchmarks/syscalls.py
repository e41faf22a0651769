# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""System calls of a call in the steady state: the difference of two lengths, so that what comes once cancels out.

strace says which they are, but slows the client down: an answer is there sooner than it asks, and more answers come
together. So `perf stat` counts all of them once more, where the kernel lets it, without slowing anything down."""

import re
import subprocess
import tempfile

import clients
from server import Server, pinned

CLIENTS = ["intheloop", "epoll-floor", "beast-tuned"]
RUNS = [("get", 1), ("post", 1), ("get", 32), ("post", 32)]
FEWER, MORE = 3_200, 9_600
# name in the table -> the system's names
KINDS = {"send": ["sendto", "sendmsg", "write", "writev"], "recv": ["recvfrom", "recvmsg", "read", "readv"],
         "epoll_wait": ["epoll_wait", "epoll_pwait", "epoll_pwait2"], "epoll_ctl": ["epoll_ctl"], "poll": ["poll", "ppoll"]}


def add_options(_):
    pass


def by_strace(command):
    """name -> how often a command makes that system call"""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["strace", "-c", "-f", "-U", "name,calls", "-o", out.name, *command], stdout=subprocess.DEVNULL, check=True)
        rows = (line.split() for line in out)
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit() and row[0] != "total"}


def by_perf(command):
    """All system calls of a command, or None where the kernel doesn't count them for us."""
    counted = ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", *command]
    try:
        done = subprocess.run(counted, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        return None
    found = re.search(r"^(\d+),,raw_syscalls:sys_enter", done.stderr, re.MULTILINE)
    return int(found[1]) if found and done.returncode == 0 else None


def per_call(client, server, mode, concurrency):
    def count(by, calls):
        return by([*pinned(1), *client.command, "localhost", str(server.ports[mode]), server.ca_file, mode, str(concurrency), str(calls)])

    fewer, more = count(by_strace, FEWER), count(by_strace, MORE)
    each = {name: (count - fewer.get(name, 0)) / (MORE - FEWER) for name, count in more.items()}
    kinds = {kind: sum(each.pop(name, 0) for name in names) for kind, names in KINDS.items()}
    few, many = count(by_perf, FEWER), count(by_perf, MORE)
    untraced = (many - few) / (MORE - FEWER) if few and many else None
    return kinds | {"others": sum(each.values())}, untraced


def run(arguments):
    rows = []
    with Server() as server:
        for mode, concurrency in RUNS:
            for client in clients.find(arguments.build_directory, CLIENTS):
                kinds, untraced = per_call(client, server, mode, concurrency)
                rows.append({"mode": mode, "concurrency": concurrency, "client": client.name, "untraced": untraced}
                            | {kind: round(count, 2) + 0.0 for kind, count in kinds.items()})
    return {"calls": [FEWER, MORE], "syscalls": rows}


def markdown(results):
    kinds = [*KINDS, "others"]
    lines = ["| calls | at a time | client | " + " | ".join(kinds) + " | sum | untraced |", "| --- | --: | --- |" + " --: |" * (len(kinds) + 2)]
    for row in results["syscalls"]:
        untraced = "" if row["untraced"] is None else f"{row['untraced']:.2f}"
        counts = " | ".join(f"{row[kind]:.2f}" for kind in kinds)
        lines.append(f"| {row['mode']} | {row['concurrency']} | {row['client']} | {counts} | {sum(row[kind] for kind in kinds):.2f} | {untraced} |")
    return "\n".join(lines)
