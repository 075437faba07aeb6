"""What one client can cost the server: time, room, and turns of the event loop, each with a bound.

uvicorn leaves open what a client that is slow on purpose needs: it waits for ever for the end of a request's headers,
for a body that nobody reads any more, and for an answer to be taken. All it does here is done to the parts of uvicorn
that ``tests/contract/test_http_uvicorn.py`` holds still.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from connectors.unsent import forget_unsent

_SLICE: Final = 4096
"""Bytes of one connection that are parsed before others get their turn. A read brings up to 256 KiB, and in chunks of
one byte each that is 0.6 s in which nobody else is answered; a slice of them is 10 ms."""


@dataclass(frozen=True)
class Limits:
    """Bounds on a server's clients.

    ``patience_s``: how long a client may take for each of a request's headers, its body, and taking the answer.
    Routes with a deadline of their own that they answer (the ingress: 10 s for a body) need it to be shorter.
    ``connections``: at once; half of the 1,024 files that a process may have open where nobody raised it.
    ``idle_s``: how long a connection is kept between two requests. A client that reuses it in the moment it is closed
    loses its request, and a webhook may never be sent again: so it must outlast the pools of clients and proxies
    (a minute in most; nginx keeps its own for 75 s by default).
    """

    patience_s: float = 15.0
    connections: int = 500
    idle_s: int = 75


DEFAULT_LIMITS: Final = Limits()


class Connection(H11Protocol):
    """uvicorn's connection, within ``Limits``.

    The client is awaited while it owes something: the rest of a request, or room for an answer. What it owes changes
    when it is delivered, not with each byte of it, so that no trickle of bytes extends the deadline.
    """

    def __init__(self, limits: Limits, config: Config, server_state: ServerState, **rest: Any) -> None:
        super().__init__(config, server_state, **rest)
        self._limits = limits
        self._owes: tuple[Any, ...] | None = None
        self._owes_since = 0.0
        self._patience: asyncio.TimerHandle | None = None
        self._unparsed = b""
        self._cut_off = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for the first request; beyond the limit, whoever is awaited longest makes room."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > self._limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        self._unparsed = b""
        if self._patience is not None:
            self._patience.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse ``data``, at most a slice in one turn of the event loop, and read no more before it is through."""
        if self._unparsed:
            self._unparsed += data
        else:
            self._parse_a_slice(data)

    def _parse_a_slice(self, data: bytes) -> None:
        self._unparsed = data[_SLICE:]
        super().data_received(data[:_SLICE])
        if self._unparsed:
            self.loop.call_soon(self._parse_on)

    def _parse_on(self) -> None:
        data, self._unparsed = self._unparsed, b""
        if self.transport.is_closing():
            return
        self._parse_a_slice(data)
        if not self._unparsed and not self.flow.read_paused:
            self.transport.resume_reading()

    def handle_events(self) -> None:
        """What the client owes may have come, or begun to be owed."""
        super().handle_events()
        self._settle()

    def on_response_complete(self) -> None:
        """The client may send the next request, and owes it from its first byte on."""
        super().on_response_complete()
        self._settle()

    def _settle(self) -> None:
        if self._unparsed:
            self.transport.pause_reading()  # uvicorn may have resumed it, as it does at the end of each request
        self._watch()

    def pause_writing(self) -> None:
        """The client does not take its answer."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The client took what there was of its answer."""
        super().resume_writing()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, once: where another answer was begun, the connection ends without this one."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        super().send_400_response(msg)
        if self.cycle is not None:
            self.cycle.disconnected = True  # the route that still waits for the body has nobody to answer

    def _watch(self) -> None:
        """Give the client its time anew where it owes something else than before."""
        idle = self._is_idle()
        owes = (self.conn.their_state, self.cycle, self.flow.write_paused, self.transport.is_closing(), idle)
        if owes != self._owes:
            self._owes, self._owes_since = owes, self.loop.time()
            self._wait(self._limits.idle_s if idle else 0)  # uvicorn ends an idle one by then

    def _wait(self, idle_s: int = 0) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self.loop.call_later(self._limits.patience_s + idle_s, self._run_out)

    def _is_idle(self) -> bool:
        """Whether a request was answered, the answer is gone, and no byte of the next is here."""
        answered = self.cycle is not None and self.cycle.response_complete and self.conn.their_state is h11.IDLE
        unsent = self.transport.get_write_buffer_size()
        return answered and not unsent and not self._unparsed and not self.conn.trailing_data[0]

    def _run_out(self) -> None:
        owed = self._owes
        self._watch()
        if self._owes != owed:  # what was unsent went out: no event tells of it
            return
        if self._is_awaited():
            self._cut()
        else:
            self._wait()  # a route is at work; its time is its own affair

    def _is_awaited(self) -> bool:
        owes_request = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        return owes_request or self.flow.write_paused or self.transport.is_closing()

    def _cut(self) -> None:
        """End it at once: a close would wait for the client to take what is unsent, here and then in the kernel."""
        self._cut_off = True
        with contextlib.suppress(OSError, RuntimeError):  # it ended by itself a moment ago; uvloop says RuntimeError
            forget_unsent(self.transport.get_extra_info("socket"))
        self.transport.abort()

    def _make_room(self) -> None:
        """Cut the connection that is awaited longest; this one itself where all others are at work."""
        others = [one for one in self.connections if isinstance(one, Connection) and not one._cut_off]
        if len(others) > self._limits.connections:
            min((one for one in others if one._is_awaited()), key=lambda one: one._owes_since)._cut()
