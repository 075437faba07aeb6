"""The sandbox helpdesk: a real HTTP server with state, faults on demand and a log, for `mw up`, tests and trying out.

``/v1/...`` is the helpdesk's API, ``/admin/api/...`` the shop's, ``/openai/v1/...`` the language model's (all need the
key), ``/sandbox/...`` fills them, breaks them and reads back what happened (no key), ``/`` is a page for people. A
request is judged in this order: key, account limit, fault, endpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from connectors.health import health_routes, well
from connectors.sandbox import steering
from connectors.sandbox.exchange import Exchange, ModelExchange, Sandbox, SandboxConfig, ShopExchange
from connectors.sandbox.faults import AccountWindow
from connectors.sandbox.journal import Journal
from connectors.sandbox.model import Answering, ModelState, nothing_recognised
from connectors.sandbox.page import render
from connectors.sandbox.state import HelpdeskState
from streams.clock import SYSTEM_CLOCK, Clock

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_NO_STORE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def make_sandbox_app(
    config: SandboxConfig | None = None,
    *,
    clock: Clock = SYSTEM_CLOCK,
    answer: Answering = nothing_recognised,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Starlette:
    """The sandbox as an app for ``HttpServer``; its parts stand in ``app.state.sandbox``.

    ``answer`` is what its language model says where no script does.
    """
    config = config or SandboxConfig()
    sandbox = Sandbox(
        config,
        clock,
        sleep,
        HelpdeskState(config.max_tickets),
        Journal(clock, config.log_size),
        model=ModelState(answer),
        window=AccountWindow(config.limit) if config.limit else None,
    )

    async def vendor(request: Request) -> Response:
        return await Exchange(sandbox, request).answer()

    async def shop(request: Request) -> Response:
        return await ShopExchange(sandbox, request).answer()

    async def model(request: Request) -> Response:
        return await ModelExchange(sandbox, request).answer()

    async def page(_: Request) -> Response:
        return HTMLResponse(render(sandbox.state, sandbox.journal), headers=_NO_STORE)

    app = Starlette(
        routes=[
            Route("/v1/{path:path}", vendor, methods=_METHODS),
            Route("/admin/api/{path:path}", shop, methods=["POST"]),
            Route("/openai/v1/responses", model, methods=["POST"]),
            Route("/", page),
            *steering.routes(sandbox.state, sandbox.journal, sandbox.faults, clock),
            *steering.shop_routes(sandbox.shop, clock),
            *steering.model_routes(sandbox.model),
            *health_routes(ready=well, alive=well),
        ]
    )
    app.state.sandbox = sandbox
    return app
