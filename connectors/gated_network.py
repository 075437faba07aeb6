"""The last look before a byte leaves: a gate that is asked in the same breath in which the socket is written to.

A gate that is asked earlier leaves a window: httpx, TLS and the event loop pass the bytes on, uvloop writes them at the
end of its turn, and a process that is frozen in between (or whose stop switch is set) sends them afterwards all the
same. So the socket itself asks, and writes at once. Headers and body leave separately, and each part asks: a helpdesk
that got half a request does nothing.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import anyio
import anyio.abc
import httpcore
import httpx

from connectors.unsent import forget_unsent

_gate: ContextVar[Callable[[], None] | None] = ContextVar("gate of the request under way", default=None)


@contextmanager
def gated(gate: Callable[[], None] | None) -> Iterator[None]:
    """Bytes that this task sends inside ask ``gate`` first; what it raises comes out of the request."""
    token = _gate.set(gate)
    try:
        yield
    finally:
        _gate.reset(token)


def all_sent() -> None:
    """The request under way has left: what follows on its connection (an answer, TLS's own) asks nobody."""
    _gate.set(None)


class GatedSocket(anyio.abc.ByteStream):
    """A connected socket of anyio's that asks the gate, and writes past the event loop.

    It writes through a descriptor of its own: the event loop may close its own at any time, and the number of a closed
    one can name somebody else's connection a moment later.
    """

    def __init__(self, stream: anyio.abc.ByteStream) -> None:
        self._stream = stream
        attributes: Mapping[Any, Callable[[], Any]] = stream.extra_attributes
        raw = attributes[anyio.abc.SocketAttribute.raw_socket]()
        self._own = socket.socket(raw.family, raw.type, raw.proto, fileno=os.dup(raw.fileno()))
        self._own.setblocking(False)
        self._arrivals = select.poll()
        self._arrivals.register(self._own, select.POLLIN)
        self._direct = True
        self._unanswered = False

    def readable(self) -> bool:
        """Whether bytes, or the end, have arrived and nobody has read them; true once it is closed."""
        return self._own.fileno() < 0 or bool(self._arrivals.poll(0))

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """Those of the stream inside."""
        return self._stream.extra_attributes

    async def send(self, item: bytes) -> None:
        """Send all of ``item``. Raises what the gate raises, BrokenResourceError, ClosedResourceError.

        What the kernel has no room for (some 100 kB at once) follows without another look.
        """
        if (gate := _gate.get()) is not None:
            gate()
        self._unanswered = True
        if self._direct:
            item = self._write(item)
        if item:
            await self._stream.send(item)

    def _write(self, item: bytes) -> bytes:
        """What the kernel had no room for. From then on the event loop does all writing, so that order is kept."""
        if self._own.fileno() < 0:
            raise anyio.ClosedResourceError
        try:
            rest = item[self._own.send(item) :]
        except BlockingIOError:
            rest = item
        except OSError as exc:
            raise anyio.BrokenResourceError from exc
        self._direct = not rest
        return rest

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """At most ``max_bytes``."""
        received = await self._stream.receive(max_bytes)
        self._unanswered = False
        return received

    async def send_eof(self) -> None:
        """No more bytes will come from here."""
        await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close both. Of a request that was given up the kernel throws away what it could not deliver: it would go on
        trying, and succeed as soon as the helpdesk can be reached again."""
        if self._own.fileno() >= 0:
            if self._unanswered:
                forget_unsent(self._own)
            self._own.close()
        await self._stream.aclose()


class GatedStream(httpcore.AsyncNetworkStream):
    """httpcore's own stream over a gated socket, quick to say whether its peer has closed it.

    httpcore asks that of every idle connection, twice a request. Its own answer takes 15 us of looking up attributes
    and making a new poll object, which came to half of the CPU of a request when thirty connections were idle.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, gated_socket: GatedSocket) -> None:
        self._stream, self._socket = stream, gated_socket
        self.read, self.write, self.aclose = stream.read, stream.write, stream.aclose  # type: ignore[method-assign]

    async def start_tls(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        """As httpcore does it."""
        return GatedStream(await self._stream.start_tls(*args, **kwargs), self._socket)

    def get_extra_info(self, info: str) -> Any:
        """As httpcore does it."""
        return self._socket.readable() if info == "is_readable" else self._stream.get_extra_info(info)


class GatedBackend(httpcore.AnyIOBackend):
    """httpcore's own network, with gated sockets under it and under TLS."""

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        """As httpcore does it."""
        stream: Any = await super().connect_tcp(*args, **kwargs)
        try:
            gated_socket = stream._stream = GatedSocket(stream._stream)
        except OSError as exc:  # no descriptor is free
            await stream.aclose()
            raise httpcore.ConnectError from exc
        return GatedStream(stream, gated_socket)


def gated_transport(limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
    """httpx's transport on a gated network; httpx offers no argument for it."""
    transport = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
    pool: Any = transport._pool
    assert isinstance(pool._network_backend, httpcore.AsyncNetworkBackend)
    pool._network_backend = GatedBackend()
    return transport
