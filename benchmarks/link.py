# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""A link to a far server: each byte comes later, and each connection has only so many bytes under way.

It takes the place of a delay in the kernel (netem), which not every machine has and which needs root. A window that is full
waits for the first of its bytes to arrive, and for the news of that to come back, as TCP does. There is no slow start and no loss.
"""

import asyncio
import collections
import socket
import threading


class Link:
    """Listens on `port` of the loopback while it is entered, and passes all on to another port of it."""

    def __init__(self, target, delay, window):
        self._target, self._delay, self._window = target, delay, window

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self, ready):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # connections are cut off
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _accept(self, from_client, to_client):
        await asyncio.sleep(2 * self._delay)  # the handshake of TCP
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        for writer in (to_client, to_server):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(self._carry(from_client, to_server), self._carry(from_server, to_client), return_exceptions=True)

    async def _carry(self, reader, writer):
        under_way = 0  # bytes that the sender does not know to have arrived
        room = asyncio.Condition()
        to_deliver = asyncio.Queue()

        async def deliver():
            acknowledged = collections.deque()
            while True:
                at, piece = await to_deliver.get()
                await asyncio.sleep(at - self._loop.time())
                if not piece:
                    writer.close()
                    return
                writer.write(piece)
                await writer.drain()  # a reader that is slow keeps the window full
                acknowledged.append(len(piece))
                self._loop.call_later(self._delay, lambda: asyncio.ensure_future(acknowledge(acknowledged.popleft())))

        async def acknowledge(size):
            nonlocal under_way
            async with room:
                under_way -= size
                room.notify()

        delivering = asyncio.ensure_future(deliver())
        try:
            while True:
                async with room:
                    await room.wait_for(lambda: under_way < self._window)
                piece = await reader.read(min(65536, self._window - under_way))
                under_way += len(piece)
                to_deliver.put_nowait((self._loop.time() + self._delay, piece))
                if not piece:
                    break
        except ConnectionError:
            to_deliver.put_nowait((self._loop.time() + self._delay, b""))
        await delivering
