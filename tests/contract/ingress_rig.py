"""The ingress on a real server with a publisher that remembers and can be told to fail or to wait."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.routing import BaseRoute

from connectors.health import health_routes, well
from connectors.http_connection import DEFAULT_LIMITS, Limits
from connectors.http_server import HttpServer
from connectors.ingress import INBOUND_PATH, IngressConfig, make_ingress_app
from connectors.webhook_auth import WebhookAuth, sign
from streams.clock import ManualClock
from streams.events import TicketReceived
from streams.sealing import KeyRing

TOKENS = ("token-new", "token-old")
RAW_SECRETS = (bytes(range(32)), bytes(range(32, 64)))
RING = KeyRing({"new": bytes(range(64, 96)), "old": bytes(range(96, 128))})
MINIMAL: Mapping[str, Any] = {"ticket_id": "t-1", "trigger": "customer_message"}
JSON_TYPE = {"content-type": "application/json"}
TOKEN = JSON_TYPE | {"x-middleware-token": TOKENS[0]}


class FakePublisher:
    """Remembers what it was given. ``failure`` is raised instead; a cleared ``gate`` makes sends wait."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrivals: asyncio.Queue[bytes] = asyncio.Queue()

    async def publish(self, topic: str, key: bytes, value: bytes) -> None:
        await self.arrivals.put(key)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.sent.append((topic, key, value))

    def forget(self) -> None:
        self.sent.clear()
        self.arrivals = asyncio.Queue()

    def records(self) -> list[TicketReceived]:
        return [TicketReceived.decode(value) for _, _, value in self.sent]


@dataclass
class Rig:
    """A running ingress: its address, its publisher and its clock."""

    port: int
    client: httpx.AsyncClient
    publisher: FakePublisher
    clock: ManualClock = field(repr=False)
    server: HttpServer = field(repr=False)

    async def post(self, body: bytes, headers: Mapping[str, str] = TOKEN) -> httpx.Response:
        return await self.client.post(INBOUND_PATH, content=body, headers=dict(headers))

    def signed(self, body: bytes, *, webhook_id: str = "msg_1", secret: int = 0, off_by_s: int = 0) -> dict[str, str]:
        timestamp = int(self.clock.now().timestamp()) + off_by_s
        return JSON_TYPE | {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(RAW_SECRETS[secret], webhook_id, timestamp, body),
        }

    async def raw(self, *parts: bytes) -> bytes:
        """The server's bytes until it closes the connection, after sending ``parts`` and nothing more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def running(
    clients: Limits = DEFAULT_LIMITS,
    routes: Sequence[BaseRoute] = (),
    **limits: Any,
) -> AsyncIterator[Rig]:
    """An ingress that accepts both ``TOKENS`` and both ``RAW_SECRETS``; ``limits`` as of ``IngressConfig``.

    ``routes`` are served beside it.
    """
    secrets = tuple("whsec_" + base64.b64encode(raw).decode() for raw in RAW_SECRETS)
    config = IngressConfig(auth=WebhookAuth.parse(tokens=TOKENS, secrets=secrets), ring=RING, **limits)
    publisher, clock = FakePublisher(), ManualClock()
    health = health_routes(ready=well, alive=well)
    app = make_ingress_app(config=config, publish=publisher.publish, clock=clock, routes=[*health, *routes])
    server = HttpServer(app, "127.0.0.1", 0, clients)
    port = await server.start()
    try:
        # verify: reading the machine's certificates would take longer than most tests here
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=False) as client:
            yield Rig(port, client, publisher, clock, server)
    finally:
        publisher.gate.set()
        await server.stop()
