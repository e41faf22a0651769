# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The speed of calls: one client after another, in rounds, and the medians of the rounds.

The server runs on one core, the client on another. All clients take turns within a round, so that what else the
machine does meets all of them. `--scale 0.1` makes a tenth of the calls, to try something.
"""

import json
import resource
import statistics
import subprocess
import sys

import clients
from server import Server, pinned

# mode, concurrent calls, calls in each round
RUNS = [
    ("get", 1, 20_000), ("post", 1, 20_000), ("get", 32, 60_000), ("post", 32, 60_000), ("get", 256, 60_000),
    ("get", 1000, 60_000), ("new-connection", 1, 1_000), ("resume", 1, 2_000),
]
REFERENCE = "intheloop"
COLUMNS = ["calls_per_second", "cpu_us_per_call", "p50_us", "p99_us", "p99_9_us", "max_rss_kib"]


def run_once(client, server, mode, concurrency, calls):
    command = [*pinned(1), *client.command, "localhost", str(server.ports[mode]), server.ca_file, mode, str(concurrency), str(calls)]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=client.environment, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{client.name} failed in {mode} with {concurrency} concurrent calls")
    return json.loads(done.stdout)


def measure(chosen, arguments):
    """(mode, concurrency) -> client -> its figures in each round"""
    results = {}
    with Server() as server:
        for round_number in range(arguments.rounds):
            for mode, concurrency, calls in RUNS:
                if mode not in arguments.modes or concurrency not in arguments.concurrency:
                    continue
                for client in chosen:
                    if not client.can(mode, concurrency):
                        continue
                    wanted = max(concurrency, round(calls * client.share * arguments.scale))
                    print(f"round {round_number + 1}: {mode} {concurrency} {client.name}   ", end="\r", file=sys.stderr, flush=True)
                    figures = run_once(client, server, mode, concurrency, wanted)
                    results.setdefault((mode, concurrency), {}).setdefault(client.name, []).append(figures)
    print(" " * 60, end="\r", file=sys.stderr)
    return results


def summarize(results):
    """A list of runs, each with the median of each figure of each client, and the range of calls per second."""
    runs = []
    for (mode, concurrency), by_client in results.items():
        rows = []
        for name, rounds in by_client.items():
            row = {"client": name, "rounds": len(rounds)}
            row |= {column: statistics.median(one[column] for one in rounds) for column in COLUMNS}
            rates = [one["calls_per_second"] for one in rounds]
            row |= {"slowest_round": min(rates), "fastest_round": max(rates)}
            rows.append(row)
        reference = next((row for row in rows if row["client"] == REFERENCE), rows[0])
        for row in rows:
            row["speed_ratio"] = row["calls_per_second"] / reference["calls_per_second"]
            row["cpu_ratio"] = row["cpu_us_per_call"] / reference["cpu_us_per_call"]
        runs.append({"mode": mode, "concurrency": concurrency, "clients": rows})
    return runs


def markdown(results):
    lines = []
    for run in results["runs"]:
        lines += [f"{run['mode']}, {run['concurrency']} at a time", "",
                  "| client | calls/s | ratio | CPU µs/call | ratio | p50 µs | p99 µs | p99.9 µs | memory MiB |",
                  "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"]
        for row in run["clients"]:
            lines.append(f"| {row['client']} | {row['calls_per_second']:,.0f} | {row['speed_ratio']:.2f} "
                         f"| {row['cpu_us_per_call']:.1f} | {row['cpu_ratio']:.2f} | {row['p50_us']:,.0f} "
                         f"| {row['p99_us']:,.0f} | {row['p99_9_us']:,.0f} | {row['max_rss_kib'] / 1024:.1f} |")
        lines.append("")
    return "\n".join(lines)


def summary(results):
    """The GETs on connections that are kept, a line for each client."""
    runs = {run["concurrency"]: {row["client"]: row for row in run["clients"]} for run in results["runs"] if run["mode"] == "get"}
    columns = [(1, "calls_per_second"), (32, "calls_per_second"), (1000, "calls_per_second"), (32, "cpu_us_per_call"), (32, "p99_us")]
    lines = ["| client | calls/s, 1 at a time | 32 at a time | 1,000 at a time | CPU µs/call (32) | p99 µs (32) |",
             "| --- | --: | --: | --: | --: | --: |"]
    for client in dict.fromkeys(name for run in runs.values() for name in run):
        figures = [runs[concurrency][client][key] if client in runs.get(concurrency, {}) else None for concurrency, key in columns]
        texts = ["" if figure is None else f"{figure:,.1f}" if figure < 100 else f"{figure:,.0f}" for figure in figures]
        lines.append(f"| {client} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def ratios(results):
    """Our calls per second against others', and our 99th percentile against calls that wait in line one after the other."""
    others = ["openssl-floor", "epoll-floor", "beast-tuned", "beast-minimal", "curl-multi"]
    lines = ["| calls | at a time | " + " | ".join(f"of {name}" for name in others) + " | p99 × calls/s ÷ at a time |",
             "| --- | --: |" + " --: |" * (len(others) + 1)]
    for run in results["runs"]:
        rows = {row["client"]: row for row in run["clients"]}
        ours = rows[REFERENCE]
        each = [f"{ours['calls_per_second'] / rows[name]['calls_per_second']:.2f}" if name in rows else "" for name in others]
        line = ours["p99_us"] / 1e6 * ours["calls_per_second"] / run["concurrency"]
        lines.append(f"| {run['mode']} | {run['concurrency']:,} | " + " | ".join(each) + f" | {line:.2f} |")
    return "\n".join(lines)


def comma_list(kind):
    return lambda text: [kind(part) for part in text.split(",")]


def add_options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--clients", type=comma_list(str))
    parser.add_argument("--modes", type=comma_list(str), default=sorted({mode for mode, *_ in RUNS}))
    parser.add_argument("--concurrency", type=comma_list(int), default=sorted({run[1] for run in RUNS}))


def run(arguments):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    chosen = clients.find(arguments.build_directory, arguments.clients)
    runs = summarize(measure(chosen, arguments))
    return {"rounds": arguments.rounds, "runs": runs}
