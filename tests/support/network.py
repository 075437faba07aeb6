"""No test talks to anything beyond this machine.

Guards Python's own sockets, which httpx, requests, asyncio's loop and aiokafka go through. librdkafka and uvloop open
their sockets in C; the addresses they are given in tests are those of our own fixtures.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class BlockedConnection(AssertionError):
    """A test tried to reach something beyond the loopback addresses."""


def is_local(host: object) -> bool:
    """Whether ``host`` (a name, an address, or None for "any") is this machine, without asking a name server."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


class Guard:
    """Replaces what opens connections; ``lifted`` is for the one download of Kafka's jars."""

    def __init__(self) -> None:
        self._active = True
        self._originals: list[tuple[Any, str, Callable[..., Any]]] = []

    def install(self) -> None:
        """From now on connections beyond this machine raise BlockedConnection."""
        for method in ("connect", "connect_ex"):
            self._replace(socket.socket, method, self._guarded_connect)
        self._replace(socket, "getaddrinfo", self._guarded_lookup)

    def uninstall(self) -> None:
        """Put everything back."""
        for owner, name, original in self._originals:
            setattr(owner, name, original)

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Let connections through for a while."""
        self._active = False
        try:
            yield
        finally:
            self._active = True

    def _replace(self, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        original = getattr(owner, name)
        self._originals.append((owner, name, original))
        setattr(owner, name, make(original))

    def _guarded_connect(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(sock: socket.socket, address: Any) -> Any:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                self._check(address[0])
            return original(sock, address)

        return connect

    def _guarded_lookup(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            self._check(host)
            return original(host, *args, **kwargs)

        return getaddrinfo

    def _check(self, host: object) -> None:
        if self._active and not is_local(host):
            raise BlockedConnection(f"a test tried to reach {host!r}; tests talk to this machine alone (127.0.0.1)")
