#!/usr/bin/python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""The calls with aiohttp: one session, a task for each concurrent call."""

import asyncio
import ssl
import time

import aiohttp

import measure


async def main():
    chosen = measure.Arguments()
    trust = ssl.create_default_context(cafile=chosen.ca_file)
    connector = aiohttp.TCPConnector(limit=chosen.concurrency, ssl=trust)
    limit = aiohttp.ClientTimeout(total=measure.DEADLINE)
    async with aiohttp.ClientSession(connector=connector, timeout=limit, headers=measure.HEADERS) as session:

        async def call():
            body = measure.POST_BODY if chosen.posts else None
            async with session.request("POST" if chosen.posts else "GET", chosen.url, json=body) as response:
                parts = bytearray()
                async for part in response.content.iter_any():
                    parts += part
                    if len(parts) > measure.MAX_ANSWER:
                        break
                measure.check(response.status, parts)

        async def call_in_turn(times, count):
            for _ in range(count):
                began = time.perf_counter_ns()
                await call()
                times.append(time.perf_counter_ns() - began)

        async def all_calls(times, each):
            await asyncio.gather(*(call_in_turn(times, each) for _ in range(chosen.concurrency)))

        await all_calls([], 2 + 200 // chosen.concurrency)
        with measure.Measured() as times:
            await all_calls(times, max(1, chosen.calls // chosen.concurrency))


asyncio.run(main())
