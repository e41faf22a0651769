#!/usr/bin/python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The calls with requests, which blocks: a session and a thread for each concurrent call."""

import concurrent.futures
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


def call_in_turn(session, count):
    times = []
    for _ in range(count):
        began = time.perf_counter_ns()
        call(session)
        times.append(time.perf_counter_ns() - began)
    return times


sessions = [make_session() for _ in range(chosen.concurrency)]
with concurrent.futures.ThreadPoolExecutor(chosen.concurrency) as threads:

    def all_calls(each):
        for times in threads.map(call_in_turn, sessions, [each] * len(sessions)):
            yield from times

    list(all_calls(2 + 200 // chosen.concurrency))
    with measure.Measured() as measured:
        measured.extend(all_calls(max(1, chosen.calls // chosen.concurrency)))
