"""One HTTP server inside the running event loop: the health pages, the ingress, the console and the sandbox use it.

uvicorn is made for owning a process; here the process belongs to someone else. So it handles no signals, writes no
access log, never ends the process, and its stop is bounded in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.http_connection import DEFAULT_LIMITS, Connection, Limits
from streams.errors import DependencyError
from streams.tracebacks import where

GRACE_S: Final = 2
"""Seconds that requests under way may take at a stop, before they are cancelled."""

DROP: Final = "mw.drop"
"""``scope["extensions"][DROP]()`` cuts the connection without an answer: the sandbox plays broken networks with it."""

_LAST_WORDS_S: Final = 0.5
_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """uvicorn without signal handlers, that tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()


class HttpServer:
    """Serves ``app`` on ``host``:``port`` from ``start`` to ``stop``, each called once. Port 0: any free one."""

    def __init__(self, app: ASGIApp, host: str, port: int, limits: Limits = DEFAULT_LIMITS) -> None:
        self._host = host
        self._port = port
        config = uvicorn.Config(
            _guarded(app),
            http=cast(type[asyncio.Protocol], partial(Connection, limits)),  # uvicorn calls it, no more
            ws="none",
            lifespan="off",  # whoever starts the server starts and stops what the routes need
            log_config=None,
            log_level=logging.CRITICAL,  # its tracebacks would print messages, and those may hold ticket text
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=limits.idle_s,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen and return the port. Raises DependencyError where the address cannot be had."""
        listener = await _bind(self._host, self._port)
        port: int = listener.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve([listener]), name=f"http:{port}")
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({self._serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
            listener.close()
            await self._serving  # raises what stopped it
        return port

    async def stop(self) -> None:
        """Stop listening, let requests under way end within ``GRACE_S``, cut what is left. Safe without a start."""
        if self._serving is None:
            return
        self._server.should_exit = True
        await self._serving
        state = self._server.server_state
        if state.tasks:
            await asyncio.wait(set(state.tasks), timeout=_LAST_WORDS_S)
        for connection in list(state.connections):
            transport: asyncio.Transport = connection.transport
            transport.abort()
        self._serving = None


async def _bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises DependencyError with one line that names the address and what to do."""
    loop = asyncio.get_running_loop()
    try:
        family, _, _, _, address = (await loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM))[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise DependencyError(f"{host}:{port} is in use: stop what listens there, or choose another port") from exc
        why = exc.strerror or type(exc).__name__
        raise DependencyError(f"{host}:{port} cannot be listened on ({why}): choose another host or port") from exc
    listener.setblocking(False)
    # Connections inherit it. asyncio sets it only on sockets made with an explicit protocol, which create_server does
    # not; without it each answer on a kept-alive connection waits for a delayed ACK (44 ms instead of 2 on loopback).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _guarded(app: ASGIApp) -> ASGIApp:
    """``app``, its unexpected exceptions logged by class and place alone, and able to drop a connection."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DROP] = _dropper(send)
        try:
            await app(scope, receive, send)
        except Exception as exc:
            _log.error("an HTTP request failed: %s", where(exc))

    return serve


def _dropper(send: Send) -> Callable[[], None]:
    cycle: Any = getattr(send, "__self__", None)  # uvicorn's RequestResponseCycle; ASGI itself offers no such act

    def drop() -> None:
        cycle.transport.abort()

    return drop
