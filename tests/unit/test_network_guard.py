"""The guard that keeps tests on this machine fires, and lets the machine itself through."""

from __future__ import annotations

import socket

import httpx
import pytest

from tests.support.network import BlockedConnection, is_local

ELSEWHERE = "192.0.2.1"  # RFC 5737: never a real host


def test_a_socket_to_elsewhere_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(BlockedConnection, match=r"192\.0\.2\.1"):
        sock.connect((ELSEWHERE, 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(BlockedConnection):
        sock.connect_ex((ELSEWHERE, 53))


async def test_an_http_client_to_elsewhere_is_refused() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(BlockedConnection, match=r"example\.invalid"):
            await client.get("http://example.invalid/")


def test_a_server_on_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as sock:
        assert sock.getpeername() == server.getsockname()


@pytest.mark.parametrize(
    ("host", "local"),
    [
        (None, True),
        ("", True),
        ("localhost", True),
        (b"localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("0.0.0.0", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("localhost.example.org", False),
        ("127.0.0.1.nip.io", False),
        ("fe80::1%eth0", False),
    ],
)
def test_is_local(host: object, local: bool) -> None:
    assert is_local(host) is local
