"""The real sandbox server and the real client for one test, over loopback."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.http_server import HttpServer
from connectors.richpanel import RichpanelConfig, RichpanelHelpdesk
from connectors.sandbox.exchange import DEFAULT_KEY, SandboxConfig
from connectors.sandbox.richpanel import make_sandbox_app
from connectors.shopify import ShopifyConfig, ShopifyOrders


@dataclass
class Bench:
    """A sandbox at ``url``, its levers, and a client of it."""

    url: str
    levers: httpx.AsyncClient
    helpdesk: RichpanelHelpdesk
    shop: ShopifyOrders
    waits: list[float]

    async def ticket(self, **fields: Any) -> str:
        """Create a conversation; its id."""
        answer = await self.levers.post("/sandbox/tickets", json=fields)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def order(self, name: str, email: str = "", **fields: Any) -> None:
        """Put an order into the shop."""
        (await self.levers.post("/sandbox/orders", json={"name": name, "email": email, **fields})).raise_for_status()

    async def tags(self, ticket_id: str) -> list[str]:
        """The tags the sandbox really holds."""
        return list((await self.levers.get(f"/sandbox/tickets/{ticket_id}")).json()["ticket"]["tags"])

    async def fault(self, kind: str, **rule: Any) -> None:
        """Put a fault in force."""
        (await self.levers.post("/sandbox/faults", json={"kind": kind, **rule})).raise_for_status()

    async def log(self) -> list[dict[str, Any]]:
        """All requests to the vendor's API so far."""
        return list((await self.levers.get("/sandbox/log")).json()["entries"])

    async def api(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """A raw request to the vendor's API with the right key."""
        headers = {"x-richpanel-key": DEFAULT_KEY, **kwargs.pop("headers", {})}
        return await self.levers.request(method, f"/v1{path}", headers=headers, **kwargs)


@asynccontextmanager
async def helpdesk_bench(
    config: SandboxConfig | None = None,
    *,
    api_key: str = DEFAULT_KEY,
    timeout_s: float = 5.0,
    may_write: Callable[[], bool] = lambda: True,
    may_send: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Bench]:
    """A bench, taken down afterwards. The shop's client does not wait; ``waits`` says for how long it would have."""
    server = HttpServer(make_sandbox_app(config), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{await server.start()}"
    helpdesk = RichpanelHelpdesk(
        RichpanelConfig(f"{url}/v1", api_key, timeout_s), may_write=may_write, may_send=may_send
    )
    waits: list[float] = []

    async def waited(seconds: float) -> None:
        waits.append(seconds)

    shop = ShopifyOrders(ShopifyConfig(f"{url}/admin/api/2026-10", api_key, timeout_s), sleep=waited)
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as levers:
            yield Bench(url, levers, helpdesk, shop, waits)
    finally:
        await shop.aclose()
        await helpdesk.aclose()
        await server.stop()
