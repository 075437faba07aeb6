"""The last look before bytes leave: in the same step as the write, for each part of a request, and under TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from connectors.gated_network import GatedSocket, gated, gated_transport
from tests.support.secure_kafka import Authority

LIMITS = httpx.Limits(max_connections=4)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Closed(Exception):
    """What the gate of these tests raises."""


class Gate:
    """Lets ``open_for`` looks pass and counts them. ``then``: called at each look that passes."""

    def __init__(self, open_for: int, then: Callable[[], None] = lambda: None) -> None:
        self.looks, self._open_for, self._then = 0, open_for, then

    def __call__(self) -> None:
        self.looks += 1
        if self.looks > self._open_for:
            raise Closed
        self._then()


class Peer:
    """A server that keeps what arrives, and answers once a request is whole."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.ended = asyncio.Event()
        self.port = 0
        self.connections: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        try:
            while chunk := await reader.read(65536):
                self.got += chunk
                if self.got.endswith(b"END"):
                    writer.write(ANSWER)
        except OSError:
            pass  # cut off, as some of these tests want it
        finally:
            self.ended.set()
            writer.close()


@asynccontextmanager
async def peer(context: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """A peer on a free port."""
    made = Peer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await asyncio.wait_for(made.ended.wait(), 5)


@pytest.fixture(params=["http", "https"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Without and with TLS."""
    return str(request.param)


@asynccontextmanager
async def client_and_peer(scheme: str, folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Peer]]:
    """A client on a gated network and the peer at its base address."""
    context = None
    transport = gated_transport(LIMITS)
    if scheme == "https":
        authority = Authority(folder, "authority")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("helpdesk"))
        transport._pool._ssl_context = ssl.create_default_context(cafile=authority.file)
    async with (
        peer(context) as there,
        httpx.AsyncClient(
            base_url=f"{scheme}://localhost:{there.port}", transport=transport, trust_env=False, timeout=5
        ) as client,
    ):
        yield client, there


async def put(client: httpx.AsyncClient, gate: Callable[[], None] | None) -> int:
    """The status of one request with a body."""
    with gated(gate):
        return (await client.put("/x", content=b"body END")).status_code


async def test_every_part_of_a_request_asks_and_a_closed_gate_keeps_the_rest_here(scheme: str, tmp_path: Path) -> None:
    async with client_and_peer(scheme, tmp_path) as (client, there):
        gate = Gate(open_for=100)
        assert await put(client, gate) == 200
        again = Gate(open_for=100)
        assert await put(client, again) == 200  # on the same connection: no handshake
        parts = again.looks
        assert parts == 2  # headers, body
        before = bytes(there.got)
        with pytest.raises(Closed):
            await put(client, Gate(open_for=1))
        await asyncio.wait_for(there.ended.wait(), 5)
        rest = bytes(there.got)[len(before) :]
        assert rest.startswith(b"PUT /x")
        assert b"END" not in rest


async def test_a_connection_that_its_peer_closed_is_not_used_again(scheme: str, tmp_path: Path) -> None:
    async with client_and_peer(scheme, tmp_path) as (client, there):
        assert await put(client, None) == await put(client, None) == 200
        [kept] = client._transport._pool.connections  # type: ignore[attr-defined]
        assert len(there.connections) == 1
        assert not kept.has_expired()
        there.connections[0].transport.abort()
        async with asyncio.timeout(5):
            while not kept.has_expired():
                await asyncio.sleep(0.01)
        assert await put(client, None) == 200
        assert len(there.connections) == 2


async def test_a_closed_gate_lets_no_byte_out(scheme: str, tmp_path: Path) -> None:
    async with client_and_peer(scheme, tmp_path) as (client, there):
        assert await put(client, None) == 200
        before = bytes(there.got)
        with pytest.raises(Closed):
            await put(client, Gate(open_for=0))
        await asyncio.wait_for(there.ended.wait(), 5)
        assert bytes(there.got) == before


async def test_nothing_of_the_event_loop_runs_between_the_look_and_the_write() -> None:
    """What a loop's next turn would find: the bytes are in the kernel already, or a frozen process would send them."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []
    accepted: list[socket.socket] = []
    loop = asyncio.get_running_loop()

    def look() -> None:
        if not accepted:
            accepted.append(listener.accept()[0])
            accepted[0].setblocking(False)
        loop.call_soon(receive)

    def receive() -> None:
        with suppress(BlockingIOError):  # the turn before this one had it all
            seen.append(accepted[0].recv(65536))

    async with httpx.AsyncClient(transport=gated_transport(LIMITS), trust_env=False, timeout=5) as client:
        with gated(look):
            asking = asyncio.create_task(client.put(f"http://127.0.0.1:{listener.getsockname()[1]}/", content=b"END"))
        async with asyncio.timeout(5):
            while not accepted:
                await asyncio.sleep(0)
            await asyncio.sleep(0)  # the one turn after the look
            assert b"".join(seen).startswith(b"PUT")
            assert b"".join(seen).endswith(b"END")
            accepted[0].sendall(ANSWER)
            assert (await asking).status_code == 200
    accepted[0].close()
    listener.close()


async def test_what_the_kernel_has_no_room_for_follows_in_order(tmp_path: Path) -> None:
    body = b"".join(b"%07d " % number for number in range(600_000)) + b"END"
    async with client_and_peer("http", tmp_path) as (client, there):
        with gated(Gate(open_for=100)):
            answer = await client.put("/x", content=body)
        assert answer.status_code == 200
        assert bytes(there.got).endswith(body)
        assert await put(client, Gate(open_for=100)) == 200


async def test_what_was_given_up_before_it_could_be_delivered_is_never_delivered() -> None:
    """A network that holds up all bytes and then delivers them, played by a server that does not read for a while."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    body = b"x" * 20_000_000  # more than both kernels have room for
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(transport=gated_transport(LIMITS), trust_env=False, timeout=0.3) as client:
        asking = asyncio.create_task(client.put(f"http://127.0.0.1:{listener.getsockname()[1]}/", content=body))
        accepted, _ = await loop.sock_accept(listener)
        with pytest.raises(httpx.WriteTimeout):
            await asking
    accepted.settimeout(5)
    with pytest.raises(ConnectionResetError):
        await asyncio.to_thread(_read_to_the_end, accepted)
    accepted.close()
    listener.close()


def _read_to_the_end(connection: socket.socket) -> None:
    while connection.recv(1_000_000):
        pass


async def test_a_descriptor_is_not_left_behind(tmp_path: Path) -> None:
    made: list[GatedSocket] = []
    original = GatedSocket.__init__

    def noted(self: GatedSocket, *args: object) -> None:
        original(self, *args)
        made.append(self)

    GatedSocket.__init__ = noted
    try:
        async with client_and_peer("http", tmp_path) as (client, _):
            assert await put(client, None) == 200
    finally:
        GatedSocket.__init__ = original
    assert [one._own.fileno() for one in made] == [-1]
