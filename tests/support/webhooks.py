"""Webhooks sent over a few kept connections, at so little cost that what is measured beside them keeps its cores."""

from __future__ import annotations

import asyncio
from types import TracebackType

import orjson

from control.feed import Message
from streams.clock import SYSTEM_CLOCK

_ANSWER_S = 15.0
_IDLE_S = 30.0
"""A connection is not used again after that long: the server may close it just then, and the request would be lost."""
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Webhooks:
    """Posts to ingress on ``port``; use with ``async with``. Speaks just enough HTTP/1.1 for what ingress answers."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._free: list[tuple[float, _Connection]] = []  # since when; the one used last is used next

    async def __aenter__(self) -> Webhooks:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for _, (_, writer) in self._free:
            writer.close()

    async def post(self, message: Message) -> str:
        """The event id that ingress gave to ``message``. AssertionError where it was not accepted."""
        fields = {
            "ticket_id": message.ticket_id,
            "message_id": message.message_id,
            "trigger": "customer_message",
            "message": message.text,
            "channel": message.channel,
        }
        body = orjson.dumps(fields)
        head = (
            f"POST /richpanel/inbound HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Middleware-Token: {self._token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await self._connection()
            writer.write(head.encode() + body)
            status, answer = await _answer(reader)
        self._free.append((SYSTEM_CLOCK.monotonic(), (reader, writer)))
        assert status == 202, f"ingress answered {status}: {answer[:200]!r}"
        return str(orjson.loads(answer)["event_id"])

    async def _connection(self) -> _Connection:
        while self._free:
            since, (reader, writer) = self._free.pop()
            if not (reader.at_eof() or writer.is_closing() or SYSTEM_CLOCK.monotonic() > since + _IDLE_S):
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)
