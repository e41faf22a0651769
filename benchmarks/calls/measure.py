# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The Python programs share this; calls.hpp is the same in C++."""

import json
import math
import resource
import sys
import time

ID = "6e1cf0db-52d7-4522-97c9-97aa40b14058"
GET_TARGET = f"/api/v1/report/exports/{ID}"
POST_TARGET = "/api/v1/report/export"
POST_BODY = {"start": 1793491200, "end": 1794096000}
HEADERS = {"Authorization": "Bearer benchmark-token", "User-Agent": "intheloop-cpp/0.1.0", "Accept": "application/json"}
DEADLINE = 60
MAX_ANSWER = 16 * 1024 * 1024


class Arguments:
    def __init__(self):
        if sys.argv[1:] == ["--is-there"]:
            sys.exit(0)  # what the program imports is there
        host, port, self.ca_file, self.mode, concurrency, calls = sys.argv[1:]
        self.concurrency, self.calls = int(concurrency), int(calls)
        self.posts = self.mode == "post"
        self.keeps_connections = self.mode in ("get", "post")
        self.url = f"https://{host}:{port}" + (POST_TARGET if self.posts else GET_TARGET)


def check(status, body):
    if len(body) > MAX_ANSWER:
        raise ValueError("too long an answer")
    answer = json.loads(body)
    if status != 200 or answer["id"] != ID or answer["status"] != "Completed":
        raise ValueError("a wrong answer")


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_memory():
    """The most memory that was resident, in KiB. (rusage would count that of the process which started us.)"""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


class Latencies:
    """How long calls took, to 0.4 %, in nanoseconds. Its size does not depend on their number: it would count as memory."""

    PARTS, POWERS = 128, 40

    def __init__(self):
        self.calls = 0
        self.counts = [0] * (self.PARTS * self.POWERS)

    def append(self, nanoseconds):
        self.calls += 1
        self.counts[min(int(math.log2(max(nanoseconds, 1)) * self.PARTS), len(self.counts) - 1)] += 1

    def quantile(self, quantile):
        """In microseconds."""
        left = min(int(quantile * self.calls), self.calls - 1)
        for index, count in enumerate(self.counts):
            if left < count:
                return 2 ** ((index + 0.5) / self.PARTS) / 1e3
            left -= count


class Measured:
    """Around the calls that count: `with Measured() as times`, to which each adds its nanoseconds."""

    def __enter__(self):
        self.times = Latencies()
        self.cpu_before = cpu_seconds()
        self.began = time.perf_counter()
        return self.times

    def __exit__(self, failure, *_):
        if failure:
            return
        took, cpu = time.perf_counter() - self.began, cpu_seconds() - self.cpu_before
        count, at = self.times.calls, self.times.quantile
        print(json.dumps({
            "calls": count, "calls_per_second": count / took, "cpu_us_per_call": cpu * 1e6 / count, "p50_us": at(0.5),
            "p99_us": at(0.99), "p99_9_us": at(0.999), "max_rss_kib": peak_memory(),
        }))
