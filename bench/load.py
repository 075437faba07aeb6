"""Sends webhooks at a steady rate, whatever the answers take: each is timed from the moment it was due.

A client of its own, since on two cores a general one costs more than what it measures. It speaks just enough HTTP/1.1:
one request at a time on each connection, answers with a Content-Length.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bench import inputs
from bench.rig import BenchFailed
from streams.clock import SYSTEM_CLOCK

_CONNECTIONS = 64
_ANSWER_S = 10.0


@dataclass(frozen=True)
class Sent:
    """What became of the requests: seconds each took from its due time, and how many were answered 202."""

    seconds: tuple[float, ...]
    accepted: int
    rate: float  # reached, per second


def requests(host: str, count: int) -> list[bytes]:
    """``count`` webhooks, ready to be written."""
    made = []
    for number, text in enumerate(inputs.messages(count)):
        fields = {
            "ticket_id": inputs.conversation(number),
            "message_id": f"m{number}",
            "event_type": "customer_message",
            "channel": "email",
            "message": text,
        }
        body = orjson.dumps(fields)
        head = (
            f"POST /richpanel/inbound HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"X-Middleware-Token: {inputs.TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


async def send(port: int, payloads: Sequence[bytes], rate: float) -> Sent:
    """Send ``payloads`` to this machine's ``port``, ``rate`` of them a second. Raises BenchFailed without answers."""
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    seconds: list[float] = []
    statuses: list[bytes] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (item := await due.get()) is not None:
                at, payload = item
                writer.write(payload)
                statuses.append(await _answer(reader))
                seconds.append(SYSTEM_CLOCK.monotonic() - at)
        finally:
            writer.close()

    senders = [asyncio.create_task(connection()) for _ in range(_CONNECTIONS)]
    started = SYSTEM_CLOCK.monotonic()
    for number, payload in enumerate(payloads):
        at = started + number / rate
        if (early := at - SYSTEM_CLOCK.monotonic()) > 0:
            await asyncio.sleep(early)
        due.put_nowait((at, payload))
    reached = len(payloads) / (SYSTEM_CLOCK.monotonic() - started)
    for _ in senders:
        due.put_nowait(None)
    try:
        async with asyncio.timeout(_ANSWER_S):
            await asyncio.gather(*senders)
    except (TimeoutError, OSError, asyncio.IncompleteReadError) as exc:
        for sender in senders:
            sender.cancel()
        raise BenchFailed(f"ingress left webhooks without an answer: {type(exc).__name__}") from None
    return Sent(tuple(seconds), sum(status == b"202" for status in statuses), reached)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return head.split(b" ", 2)[1]
