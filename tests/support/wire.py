"""A TCP proxy on this machine that can be cut: connections stay open, and nothing passes until it is healed.

As in a network that loses every packet: what was sent before or during the cut is not lost with it but arrives late,
and nobody is told that the other side is gone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from streams.clock import SYSTEM_CLOCK

_HOST = "127.0.0.1"
_KEPT_BYTES = 200
_ANSWERS_WITHIN_S = 10.0


@dataclass(frozen=True)
class Heard:
    """The beginning of one piece that a client sent, and the monotonic second at which it was passed on."""

    at: float
    beginning: bytes


class Wire:
    """Passes on what is sent to ``port`` to the target's port; made by ``wire_to``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._whole.set()
        self._open: set[asyncio.Event] = set()  # one for each connection: whether it passes on
        self._connections: set[asyncio.Task[None]] = set()
        self.heard: list[Heard] = []
        self.port = 0

    def cut(self) -> float:
        """From now on nothing passes; the monotonic second."""

        def change() -> None:
            for passes in (self._whole, *self._open):
                passes.clear()

        return self._now(change)

    def heal(self, *, for_new_ones: bool = False) -> float:
        """Everything that waits passes, and what comes after it; the monotonic second.

        ``for_new_ones``: on connections made from now on (or waiting to be made) alone. TCP tries an old connection
        again only after as long as it has been silent, so those come back later in a real network, too.
        """

        def change() -> None:
            for passes in (self._whole, *(() if for_new_ones else self._open)):
                passes.set()

        return self._now(change)

    def _now(self, change: Callable[[], None]) -> float:
        done = threading.Event()
        self._loop.call_soon_threadsafe(change)
        self._loop.call_soon_threadsafe(done.set)
        assert done.wait(_ANSWERS_WITHIN_S)
        return SYSTEM_CLOCK.monotonic()

    def run(self, listening: threading.Event) -> None:
        """The proxy's thread."""
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._accept, _HOST, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        listening.set()
        self._loop.run_forever()
        self._server.close()
        for task in self._connections:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._connections, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._connect(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passes = asyncio.Event()
        try:
            await self._whole.wait()
            passes.set()
            self._open.add(passes)
            with suppress(OSError):  # either side may go when it likes
                far_reader, far_writer = await asyncio.open_connection(_HOST, self._target)
                try:
                    await asyncio.gather(
                        self._pass_on(reader, far_writer, passes, listen=True),
                        self._pass_on(far_reader, writer, passes, listen=False),
                    )
                finally:
                    far_writer.close()
        finally:
            writer.close()
            self._open.discard(passes)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, passes: asyncio.Event, *, listen: bool
    ) -> None:
        while data := await source.read(65_536):
            await passes.wait()
            if listen:
                self.heard.append(Heard(SYSTEM_CLOCK.monotonic(), data[:_KEPT_BYTES]))
            sink.write(data)
            await sink.drain()
        await passes.wait()
        sink.close()


@contextmanager
def wire_to(target: int) -> Iterator[Wire]:
    """A wire to that port of this machine, for the length of a ``with``. Nothing needs to listen there yet."""
    wire = Wire(target)
    listening = threading.Event()
    thread = threading.Thread(target=wire.run, args=(listening,), name="wire", daemon=True)
    thread.start()
    assert listening.wait(_ANSWERS_WITHIN_S)
    try:
        yield wire
    finally:
        wire.stop()
        thread.join(_ANSWERS_WITHIN_S)
