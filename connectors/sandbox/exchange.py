"""One request to a vendor's API of the sandbox, from its arrival to its answer or to none."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from connectors.http_server import DROP
from connectors.sandbox import api
from connectors.sandbox.bodies import NotJson, json_body
from connectors.sandbox.faults import (
    APPLIED,
    BODIES,
    AccountLimit,
    AccountWindow,
    FaultKind,
    FaultPlan,
    FaultRule,
)
from connectors.sandbox.journal import Asked, Journal
from connectors.sandbox.model import ModelFault, ModelState, respond
from connectors.sandbox.shop import ShopState, answer_query
from connectors.sandbox.state import MAX_TICKETS, HelpdeskState
from streams.clock import Clock

DEFAULT_KEY: Final = "sandbox-key"
_DRIPS: Final = 20  # pieces of an answer that comes slowly
_HANGING: Final = frozenset(
    {FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER, FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER}
)
_AT_ONCE: Final = frozenset({FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER})


@dataclass(frozen=True)
class SandboxConfig:
    """How the sandbox behaves. ``limit`` None: no account limit. ``latency_s``: seconds before each request acts."""

    api_key: str = DEFAULT_KEY
    limit: AccountLimit | None = None
    latency_s: float = 0.0
    log_size: int = 500_000
    max_tickets: int = MAX_TICKETS


@dataclass
class Sandbox:
    """One sandbox's parts; ``sleep`` is how it waits."""

    config: SandboxConfig
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    state: HelpdeskState
    journal: Journal
    shop: ShopState = field(default_factory=ShopState)
    model: ModelState = field(default_factory=ModelState)
    faults: FaultPlan = field(default_factory=FaultPlan)
    window: AccountWindow | None = None


class Exchange:
    """One request to the vendor's API, from its arrival to its answer or to none."""

    key_header: ClassVar[str] = "x-richpanel-key"
    key_prefix: ClassVar[str] = ""
    suffers: ClassVar[tuple[type, ...]] = (FaultKind,)

    def __init__(self, sandbox: Sandbox, request: Request) -> None:
        self._sandbox = sandbox
        self._request = request
        self._asked = Asked(request.method, request.url.path, sandbox.clock.monotonic())
        self._headers: dict[str, str] = {}

    async def answer(self) -> Response:
        """The answer; where a fault wants none, the connection is gone when this returns."""
        sandbox = self._sandbox
        try:
            body = await json_body(self._request)
        except NotJson as exc:
            return self._plain(exc.status, str(exc))
        if sandbox.config.latency_s:
            await sandbox.sleep(sandbox.config.latency_s)
        if not hmac.compare_digest(
            self._request.headers.get(self.key_header, "").encode(),
            (self.key_prefix + sandbox.config.api_key).encode(),
        ):
            return self._plain(401, f"the key in {self.key_header} is not known")
        if wait := self._over_limit():
            return self._plain(429, "too many requests", {"Retry-After": str(-int(-wait // 1))})
        fault = sandbox.faults.pick(self._asked.method, self._asked.path, self.suffers)
        if fault is None:
            return self._reply(self._apply(body))
        return await self._suffer(fault, body)

    def _over_limit(self) -> float:
        window = self._sandbox.window
        if window is None:
            return 0.0
        wait = window.take(self._asked.arrived)
        self._headers = {
            "X-RateLimit-Limit": str(window.limit.requests),
            "X-RateLimit-Remaining": str(window.remaining),
        }
        return wait

    def _apply(self, body: Any, *, status: int | None = None, fault: str | None = None) -> api.Reply:
        """Do what was asked and write it down, without a pause between the two."""
        reply = self._carry_out(body, fault)
        self._sandbox.journal.write(
            self._asked,
            status=reply.status if status is None else status,
            applied=reply.applied,
            changed=reply.changed,
            fault=fault,
        )
        return reply

    def _carry_out(self, body: Any, fault: str | None) -> api.Reply:
        path, query = self._asked.path.removeprefix("/v1"), dict(self._request.query_params)
        return api.answer(self._sandbox.state, self._asked.method, path, (query, body, self._sandbox.clock.now()))

    async def _suffer(self, fault: FaultRule, body: Any) -> Response:
        kind = fault.kind
        if kind in APPLIED:
            status = 500 if kind is FaultKind.INTERNAL_AFTER else None if kind is FaultKind.SLOW else 0
            reply = self._apply(body, status=status, fault=kind)
            if kind is FaultKind.SLOW:
                await self._wait(fault.delay_s)
                return self._reply(reply)
            if kind is FaultKind.INTERNAL_AFTER:
                return self._json({"error": "a fault was asked for"}, 500)
        elif kind in _HANGING:
            self._note(0, fault=kind)
        if kind in _HANGING:
            return await self._vanish(0.0 if kind in _AT_ONCE else fault.delay_s)
        return self._refuse(fault)

    def _refuse(self, fault: FaultRule) -> Response:
        assert isinstance(fault.kind, FaultKind)
        if fault.kind in BODIES:
            status, media_type, content = BODIES[fault.kind]
            self._note(status, fault=fault.kind)
            headers = {"Location": "/elsewhere"} if fault.kind is FaultKind.REDIRECT else {}
            return Response(content, status, {**self._headers, **headers}, media_type)
        headers = {"Retry-After": fault.retry_after} if fault.kind is FaultKind.RATE_LIMITED else {}
        return self._plain(int(fault.kind.value[:3]), "a fault was asked for", headers, fault.kind)

    async def _vanish(self, delay_s: float) -> Response:
        await self._wait(delay_s)
        self._request.scope["extensions"][DROP]()
        await self._request.receive()  # returns when the connection is gone
        return Response()

    async def _wait(self, delay_s: float) -> None:
        """Seconds pass, or the client gives up."""
        sleeping = asyncio.ensure_future(self._sandbox.sleep(delay_s))
        gone = asyncio.ensure_future(self._request.receive())
        try:
            await asyncio.wait({sleeping, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            gone.cancel()

    def _note(self, status: int, *, fault: str | None) -> None:
        self._sandbox.journal.write(self._asked, status=status, applied=False, changed=False, fault=fault)

    def _plain(
        self, status: int, error: str, headers: dict[str, str] | None = None, fault: str | None = None
    ) -> Response:
        self._note(status, fault=fault)
        self._headers = {**self._headers, **(headers or {})}
        return self._json({"error": error}, status)

    def _reply(self, reply: api.Reply) -> Response:
        return self._json(reply.document, reply.status)

    def _json(self, document: Any, status: int) -> Response:
        return Response(orjson.dumps(document), status, self._headers, "application/json")


class ShopExchange(Exchange):
    """One request to the shop's API, which limits by cost, not by requests."""

    key_header = "x-shopify-access-token"

    def _over_limit(self) -> float:
        return 0.0

    def _carry_out(self, body: Any, fault: str | None) -> api.Reply:
        clock = self._sandbox.clock
        return answer_query(self._sandbox.shop, self._asked.path, body, clock.now(), clock.monotonic())


class ModelExchange(Exchange):
    """One request to the language model's API, which has faults of its own."""

    key_header = "authorization"
    key_prefix = "Bearer "
    suffers = (FaultKind, ModelFault)

    def _over_limit(self) -> float:
        return 0.0

    def _carry_out(self, body: Any, fault: str | None) -> api.Reply:
        return respond(self._sandbox.model, body, self._sandbox.clock.now().timestamp(), fault)

    async def _suffer(self, fault: FaultRule, body: Any) -> Response:
        if not isinstance(fault.kind, ModelFault):
            return await super()._suffer(fault, body)
        reply = self._apply(body, fault=fault.kind)
        if fault.kind is not ModelFault.SLOW_BODY:
            return self._reply(reply)
        drips = self._drips(orjson.dumps(reply.document), fault.delay_s)
        return StreamingResponse(drips, media_type="application/json")

    async def _drips(self, content: bytes, seconds: float) -> AsyncIterator[bytes]:
        size = len(content) // _DRIPS + 1
        for start in range(0, len(content), size):
            yield content[start : start + size]
            await self._sandbox.sleep(seconds / _DRIPS)
