"""What one client can cost: each way of being slow is cut in time, nobody else pays, and work is never cut."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from connectors.http_connection import _SLICE, DEFAULT_LIMITS, Connection, Limits
from connectors.http_server import HttpServer
from streams.clock import SYSTEM_CLOCK

LOOPS = ("asyncio", "uvloop")  # each has its own idea of when a transport is closed
PATIENCE_S = 0.3
SLACK_S = 2.0  # a busy machine
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 16 * 1024 * 1024  # more than the kernel takes for a client that does not read
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def home(_: Request) -> Response:
    return PlainTextResponse("home")


async def slow(_: Request) -> Response:
    await asyncio.sleep(3 * PATIENCE_S)
    return PlainTextResponse("slow")


async def large(_: Request) -> Response:
    return PlainTextResponse(b"x" * LARGE)


async def stream(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGE // 65536):
            yield b"x" * 65536

    return StreamingResponse(pieces())


async def pieces_of(request: Request) -> Response:
    try:
        sizes = [len(piece) async for piece in request.stream()]
    except ClientDisconnect:
        return Response()
    return PlainTextResponse(f"{sum(sizes)} {max(sizes)}")


class Served:
    """A server under test, and clients of it that are closed with it."""

    def __init__(self, port: int, server: HttpServer) -> None:
        self.port = port
        self.state: ServerState = server._server.server_state
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, sent: bytes = b"") -> Peer:
        """A new client that has sent ``sent``, with little room for answers that it does not read."""
        peer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        self._writers.append(peer[1])
        peer[1].write(sent)
        return peer

    def connections(self) -> list[Connection]:
        return [one for one in self.state.connections if isinstance(one, Connection)]

    async def gone(self) -> float:
        """Seconds until the server holds no connection and does nothing any more."""
        began = SYSTEM_CLOCK.monotonic()
        async with asyncio.timeout(PATIENCE_S + SLACK_S):
            while self.state.connections or self.state.tasks:
                await asyncio.sleep(0.01)
        return SYSTEM_CLOCK.monotonic() - began

    def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def serving(limits: Limits = Limits(patience_s=PATIENCE_S)) -> AsyncIterator[Served]:  # noqa: B008  (frozen)
    paths = {"/": home, "/slow": slow, "/large": large, "/stream": stream, "/pieces": pieces_of}
    app = Starlette(routes=[Route(path, route, methods=["GET", "POST"]) for path, route in paths.items()])
    server = HttpServer(app, "127.0.0.1", 0, limits)
    served = Served(await server.start(), server)
    try:
        yield served
    finally:
        served.close()
        await server.stop()


async def answer(peer: Peer) -> bytes:
    """One answer of ``Content-Length`` bytes: its first line, a space, and the body."""
    head = await asyncio.wait_for(peer[0].readuntil(b"\r\n\r\n"), 5)
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head.partition(b"\r\n")[0] + b" " + await peer[0].readexactly(length)


async def all_answers(peer: Peer, count: int) -> list[bytes]:
    return [await answer(peer) for _ in range(count)]


async def unanswered(peer: Peer) -> bool:
    """Whether the server ends the connection and says nothing."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(peer[0].read(), 5) == b""
    return True


async def dripped_until_cut(peer: Peer, byte: bytes) -> float:
    """Seconds until the server ends the connection, while ``byte`` comes again and again."""
    began = SYSTEM_CLOCK.monotonic()
    with contextlib.suppress(ConnectionError):
        while not (peer[0].at_eof() or peer[1].is_closing()):
            peer[1].write(byte)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(peer[0].read(100), PATIENCE_S / 10)
            assert SYSTEM_CLOCK.monotonic() - began < PATIENCE_S + SLACK_S
    return SYSTEM_CLOCK.monotonic() - began


@pytest.mark.parametrize(
    ("sent", "byte"),
    [
        (b"", b""),
        (b"", b"X"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"x"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X: x\r\n"),
        (b"POST /pieces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"POST /pieces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"x"),  # answered before the body is there
        (GET + b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"x"),
    ],
    ids=["silent", "method", "header", "headers", "body", "chunks", "body that nobody reads", "second request"],
)
async def test_a_trickle_extends_no_deadline(sent: bytes, byte: bytes) -> None:
    async with serving() as served:
        took = await dripped_until_cut(await served.connect(sent), byte)
        assert took > 0.8 * PATIENCE_S
        await served.gone()


@pytest.mark.parametrize("path", ["/large", "/stream"])
@pytest.mark.parametrize("more", ["", "Connection: close\r\n"])
@pytest.mark.parametrize("high", [None, 10 * LARGE], ids=["the route waits", "the route is through"])
async def test_an_answer_that_is_not_taken_holds_nothing(path: str, more: str, high: int | None) -> None:
    async with serving() as served:
        _, writer = await served.connect()
        async with asyncio.timeout(5):
            while not served.state.connections:
                await asyncio.sleep(0.01)
        [connection] = served.connections()
        connection.transport.set_write_buffer_limits(high)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
        async with asyncio.timeout(5):
            while not (connection.cycle and connection.cycle.response_started):
                await asyncio.sleep(0.01)
        assert await served.gone() > 0.5 * PATIENCE_S


async def test_a_route_at_work_is_never_cut() -> None:
    async with serving() as served:
        peer = await served.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await answer(peer) == b"HTTP/1.1 200 OK slow"
        peer[1].write(GET)
        assert await answer(peer) == b"HTTP/1.1 200 OK home"


async def test_a_busy_connection_lives_longer_than_the_patience() -> None:
    async with serving() as served:
        peer = await served.connect()
        until = SYSTEM_CLOCK.monotonic() + 3 * PATIENCE_S
        while SYSTEM_CLOCK.monotonic() < until:
            peer[1].write(GET)
            assert await answer(peer) == b"HTTP/1.1 200 OK home"
            await asyncio.sleep(PATIENCE_S / 10)


async def test_between_requests_a_client_has_longer_than_within_one() -> None:
    async with serving(Limits(patience_s=PATIENCE_S, idle_s=60)) as served:
        idle, dripping = await served.connect(GET), await served.connect(GET)
        assert await answer(idle) == await answer(dripping) == b"HTTP/1.1 200 OK home"
        assert await dripped_until_cut(dripping, b"X") > 0.8 * PATIENCE_S
        idle[1].write(GET)
        assert await answer(idle) == b"HTTP/1.1 200 OK home"


async def test_a_connection_that_stays_idle_is_closed() -> None:
    async with serving(Limits(patience_s=60, idle_s=1)) as served:
        peer = await served.connect(GET)
        assert await answer(peer) == b"HTTP/1.1 200 OK home"
        assert await unanswered(peer)


async def test_who_is_awaited_longest_makes_room_and_work_does_not() -> None:
    async with serving(Limits(patience_s=60, connections=3)) as served:
        working = await served.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        idle = []
        for count in (2, 3):
            idle.append(await served.connect(b"GET"))
            await asyncio.sleep(0.01)  # uvloop's time has a grain of a millisecond
            async with asyncio.timeout(5):
                while len(served.state.connections) < count:
                    await asyncio.sleep(0.01)
        assert await answer(await served.connect(GET)) == b"HTTP/1.1 200 OK home"
        assert await unanswered(idle[0])
        idle[1][1].write(b" / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await answer(idle[1]) == b"HTTP/1.1 200 OK home"
        assert await answer(working) == b"HTTP/1.1 200 OK slow"


async def test_a_flood_of_connections_stays_within_the_limit() -> None:
    async with serving(Limits(patience_s=60, connections=10)) as served:
        await asyncio.gather(*(served.connect(b"GET") for _ in range(100)))
        assert await answer(await served.connect(GET)) == b"HTTP/1.1 200 OK home"
        assert len(served.state.connections) <= 10


async def test_where_all_are_at_work_the_newcomer_is_turned_away() -> None:
    async with serving(Limits(patience_s=60, connections=1)) as served:
        working = await served.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            while not served.state.tasks:
                await asyncio.sleep(0.01)
        assert await unanswered(await served.connect(GET))
        assert await answer(working) == b"HTTP/1.1 200 OK slow"


async def test_a_client_gets_a_slice_of_a_turn() -> None:
    async with serving(DEFAULT_LIMITS) as served:
        body = b"x" * 1_000_000
        peer = await served.connect(
            b"POST /pieces HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        total, largest = (await answer(peer)).split()[-2:]
        assert int(total) == len(body)
        assert int(largest) <= 16 * 1024  # a read brings up to 256 KiB


async def test_what_follows_in_one_read_is_not_lost_or_mixed() -> None:
    requests = b"".join(b"POST /pieces HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % n + b"x" * n for n in SIZES)
    async with serving(DEFAULT_LIMITS) as served:
        peer = await served.connect(requests)
        assert [int(one.split()[-2]) for one in await all_answers(peer, len(SIZES))] == SIZES


SIZES = [1, _SLICE - 60, 70_000, _SLICE, 3, 200_000, 9, 9, 9]


async def test_what_a_client_sends_ahead_stays_in_the_kernel() -> None:
    body = b"POST /pieces HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % LARGE + b"x" * LARGE
    requests = b"".join(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 3000 + b"\r\n\r\n" for _ in range(500))
    for sent, answers in ((body, 1), (requests, 500)):
        async with serving(DEFAULT_LIMITS) as served:
            peer = await served.connect(sent)
            answered = asyncio.create_task(all_answers(peer, answers))
            kept = [0]
            while not answered.done():
                kept += [len(one._unparsed) + len(one.conn.trailing_data[0]) for one in served.connections()]
                await asyncio.sleep(0)
            await answered
        assert max(kept) < 600 * 1024  # two reads


async def test_what_is_no_http_behind_a_request_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as served:
        for garbage in (b"\x00\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"zz\r\n"):
            for path in ("/", "/pieces", "/stream", "/slow"):
                sent = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path.encode()
                for body in (b"", b"0\r\n\r\n", b"1\r\nx\r\n"):
                    await served.connect(sent + body + garbage)
        await asyncio.sleep(0)
        served.close()
        await served.gone()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
