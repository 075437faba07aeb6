"""Slow clients and many at once: good requests are answered as before, the slow are cut, and nothing stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import asdict, dataclass

import psutil
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connectors.http_connection import Limits
from connectors.ingress import INBOUND_PATH
from streams.clock import SYSTEM_CLOCK
from tests.contract.ingress_rig import TOKEN, Rig, running
from tests.contract.raw_requests import good_request
from tests.support.evidence import Evidence

LOOPS = ("uvloop",)
PATIENCE_S = 5.0
BODY_DEADLINE_S = 4.0
MEASURED_S = 2.0
SLACK_S = 3.0  # a busy machine
DRIP_S = 0.25
SLOW = 200
WORKERS = 4
LARGE = b"x" * (1024 * 1024)


Slow = Callable[[int], Coroutine[None, None, None]]
"""Connects to a port and is slow, until it is cancelled or sees that the server cut it."""


async def _large(_: Request) -> Response:
    return PlainTextResponse(LARGE)


async def _drip(port: int, head: bytes, byte: bytes) -> None:
    """Send ``head``, then ``byte`` again and again until the server ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head)
        while not (reader.at_eof() or writer.is_closing()):
            writer.write(byte)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1000), DRIP_S)
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()


def _head(*lines: str) -> bytes:
    always = [f"POST {INBOUND_PATH} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in TOKEN.items())]
    return "\r\n".join([*always, *lines]).encode()


async def drip_headers(port: int) -> None:
    await _drip(port, _head("X-Slow: "), b"x")


async def drip_body(port: int) -> None:
    await _drip(port, _head("Content-Length: 30000", "", ""), b"x")


async def say_nothing(port: int) -> None:
    await _drip(port, b"", b"")


async def read_nothing(port: int) -> None:
    """Ask for more than the kernel keeps for a client, and hold the connection without reading."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.Event().wait()


KINDS: list[Slow] = [drip_headers, drip_body, say_nothing, read_nothing]


async def timed_requests(rig: Rig) -> list[float]:
    """Seconds that good requests took during ``MEASURED_S``, each on a connection of its own, sorted.

    AssertionError for any answer but 202.
    """
    request, until = good_request(rig.signed), SYSTEM_CLOCK.monotonic() + MEASURED_S

    async def work() -> list[float]:
        taken = []
        while (began := SYSTEM_CLOCK.monotonic()) < until:
            assert (await rig.raw(request)).startswith(b"HTTP/1.1 202 ")
            taken.append(SYSTEM_CLOCK.monotonic() - began)
        return taken

    return sorted(itertools.chain.from_iterable(await asyncio.gather(*(work() for _ in range(WORKERS)))))


def connections(rig: Rig) -> int:
    return len(rig.server._server.server_state.connections)


async def connections_are(rig: Rig, count: int, within_s: float) -> None:
    """Wait until the server holds ``count`` connections."""
    async with asyncio.timeout(within_s):
        while connections(rig) != count:
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def slow_clients(rig: Rig) -> AsyncIterator[None]:
    """``SLOW`` of them in equal parts of each kind, all connected at the beginning, and gone at the end."""
    clients = [asyncio.create_task(KINDS[number % len(KINDS)](rig.port)) for number in range(SLOW)]
    try:
        await connections_are(rig, SLOW, within_s=BODY_DEADLINE_S)
        yield
    finally:
        for client in clients:
            client.cancel()
        ends = await asyncio.gather(*clients, return_exceptions=True)
    assert not [end for end in ends if isinstance(end, Exception)]


@dataclass(frozen=True)
class Round:
    """What one round measured, in ms, s, files and MiB."""

    requests: int
    p50_ms: float
    p99_ms: float
    p50_beside_slow_ms: float
    p99_beside_slow_ms: float
    slow_gone_after_s: float
    open_files: int
    resident_mib: float


async def one_round(rig: Rig) -> Round:
    """Good requests alone, then beside the slow clients, then the end of those within their time."""
    alone = await timed_requests(rig)
    began = SYSTEM_CLOCK.monotonic()
    async with slow_clients(rig):
        beside = await timed_requests(rig)
        assert connections(rig) == SLOW  # all of them were there while the others were served
        await connections_are(rig, 0, within_s=PATIENCE_S + SLACK_S)
        gone_after_s = SYSTEM_CLOCK.monotonic() - began
    rig.publisher.forget()
    gc.collect()
    me = psutil.Process()
    return Round(
        requests=len(alone) + len(beside),
        p50_ms=_ms(alone, 0.5),
        p99_ms=_ms(alone, 0.99),
        p50_beside_slow_ms=_ms(beside, 0.5),
        p99_beside_slow_ms=_ms(beside, 0.99),
        slow_gone_after_s=round(gone_after_s, 1),
        open_files=me.num_fds(),
        resident_mib=round(me.memory_info().rss / 2**20, 1),
    )


def _ms(ordered_s: list[float], part: float) -> float:
    return round(ordered_s[int(len(ordered_s) * part)] * 1000, 1)


@pytest.mark.timeout(300)
async def test_slow_clients_are_cut_and_cost_the_others_next_to_nothing(evidence: Evidence) -> None:
    """The bound: 200 slow clients send 600 times a second, at 0.1 ms each with the client's part 6 % of a core. So
    good requests should take what they take alone; twice that and 25 ms more are for other work on the machine, and
    the lower middle of the rounds counts. Where slow clients starve the others, those wait for seconds.
    """
    routes = [Route("/large", _large)]
    limits = Limits(patience_s=PATIENCE_S, idle_s=round(PATIENCE_S))  # idle is whose answer the kernel has in full
    async with running(limits, routes, body_deadline_s=BODY_DEADLINE_S) as rig:
        rounds = [await one_round(rig) for _ in range(evidence.size(small=2, full=8))]
    evidence.record("ingress-slow-clients", slow=SLOW, patience_s=PATIENCE_S, rounds=[asdict(one) for one in rounds])
    excess = sorted(one.p99_beside_slow_ms - 2 * one.p99_ms for one in rounds)
    assert excess[(len(excess) - 1) // 2] <= 25
    first, last = rounds[0], rounds[-1]
    assert last.open_files <= first.open_files
    assert last.resident_mib <= first.resident_mib + 10  # a round that leaves its answers behind costs 50


async def test_200_requests_at_once_are_all_accepted() -> None:
    async with running() as rig:
        rig.publisher.gate.clear()
        answers = [asyncio.create_task(rig.raw(good_request(rig.signed))) for _ in range(200)]
        async with asyncio.timeout(10):
            for _ in answers:
                await rig.publisher.arrivals.get()  # all of them wait for the broker at the same time
        assert (await rig.client.get("/healthz")).status_code == 200
        rig.publisher.gate.set()
        assert {(await answer)[:13] for answer in answers} == {b"HTTP/1.1 202 "}
        assert len(rig.publisher.sent) == 200
