#!/usr/bin/python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The calls with requests, which blocks: a session and a thread for each concurrent call."""

import concurrent.futures
import threading
import time

import requests

import measure

chosen = measure.Arguments()


def make_session():
    session = requests.Session()
    session.trust_env = False
    session.verify = chosen.ca_file
    session.headers = measure.HEADERS
    return session


def call(session):
    body = measure.POST_BODY if chosen.posts else None
    with session.request("POST" if chosen.posts else "GET", chosen.url, json=body, timeout=measure.DEADLINE, stream=True) as response:
        measure.check(response.status_code, response.raw.read(measure.MAX_ANSWER + 1, decode_content=True))


one_at_a_time = threading.Lock()


def call_in_turn(session, times, count):
    for _ in range(count):
        began = time.perf_counter_ns()
        call(session)
        took = time.perf_counter_ns() - began
        with one_at_a_time:
            times.append(took)


sessions = [make_session() for _ in range(chosen.concurrency)]
with concurrent.futures.ThreadPoolExecutor(chosen.concurrency) as threads:

    def all_calls(times, each):
        list(threads.map(call_in_turn, sessions, [times] * len(sessions), [each] * len(sessions)))

    all_calls([], 2 + 200 // chosen.concurrency)
    with measure.Measured() as measured:
        all_calls(measured, max(1, chosen.calls // chosen.concurrency))
