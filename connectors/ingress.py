"""Webhook in: authenticate the raw bytes, validate, publish, and answer 202 only once the broker has the record.

The checks run in one order (size, media type, authentication, shape, load, broker), so that nothing is parsed before
it is known who sent it, and only authentic requests can take up room in flight. Whoever sends more than the limit, or
too slowly, is answered and disconnected; nothing beyond the limit is kept. Answers and log lines come from closed
vocabularies, never from a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from connectors.webhook import Malformed, WebhookBody, receive
from connectors.webhook_auth import Unauthorised, WebhookAuth, authenticate
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import DependencyError
from streams.metrics import INGRESS_ACK_SECONDS, INGRESS_REQUESTS
from streams.sealing import KeyRing
from streams.topics import TopicName
from streams.tracebacks import where

INBOUND_PATH: Final = "/richpanel/inbound"

_LINGER_S: Final = 1.0
_LINGER_BYTES: Final = 8 * 1024 * 1024

Publish = Callable[[str, bytes, bytes], Awaitable[None]]
"""(topic, key, value): returns once the broker confirmed; raises DependencyError if it cannot be reached in time."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IngressConfig:
    """How the ingress is set up. ``max_in_flight``: authentic requests waiting for the broker at once."""

    auth: WebhookAuth
    ring: KeyRing
    topic: str = TopicName.INBOUND.value
    max_body_bytes: int = field(default=32 * 1024, kw_only=True)  # contracts: "body above 32 KiB"
    body_deadline_s: float = field(default=10.0, kw_only=True)
    max_in_flight: int = field(default=256, kw_only=True)
    retry_after_s: int = field(default=5, kw_only=True)


class _Code(Enum):
    """Refusals decided here: the error code, the status, and the detail."""

    TOO_LARGE = ("body_too_large", 413, "the body is larger than this address takes")
    TOO_SLOW = ("body_too_slow", 408, "the body did not arrive in time")
    CUT_OFF = ("body_incomplete", 400, "the connection ended before the body did")
    NOT_JSON = ("unsupported_media_type", 415, "send Content-Type: application/json")
    SHED = ("overloaded", 429, "too many requests are waiting for the broker: send again later")
    UNAVAILABLE = ("broker_unavailable", 503, "not accepted: send again later")
    BROKEN = ("internal_error", 503, "not accepted: send again later")


_DISCONNECT = frozenset({_Code.TOO_LARGE, _Code.TOO_SLOW, _Code.CUT_OFF})  # what is left unread is not waited for
_SEND_AGAIN = frozenset({_Code.SHED, _Code.UNAVAILABLE, _Code.BROKEN})


class _Refused(Exception):
    def __init__(self, code: _Code) -> None:
        super().__init__(code.name)
        self.code = code


def make_ingress_app(
    *, config: IngressConfig, publish: Publish, clock: Clock = SYSTEM_CLOCK, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The app that answers ``POST /richpanel/inbound``, beside ``routes`` (the health pages)."""
    ingress = _Ingress(config, publish, clock)
    app = Starlette(
        routes=[Route(INBOUND_PATH, ingress.answer, methods=["POST"]), *routes],
        exception_handlers={HTTPException: _not_here},
    )
    app.router.redirect_slashes = False  # a redirected POST loses its body in many clients: say 404 instead
    return app


class _Ingress:
    def __init__(self, config: IngressConfig, publish: Publish, clock: Clock) -> None:
        self._config = config
        self._publish = publish
        self._clock = clock
        self._in_flight = 0

    async def answer(self, request: Request) -> Response:
        """One request to its answer; whatever goes wrong, never a 5xx other than 503."""
        started = self._clock.monotonic()
        try:
            response: Response = JSONResponse({"event_id": await self._accept(request)}, 202)
            INGRESS_ACK_SECONDS.observe(self._clock.monotonic() - started)
        except _Refused as refused:
            response = self._refuse(refused.code)
        except Unauthorised as exc:
            response = _error(exc.reason.value, 401, "a valid signature or X-Middleware-Token is needed")
        except Malformed as exc:
            response = _error(exc.fault.value, 400, exc.detail)
        except (DependencyError, asyncio.CancelledError):  # cancelled: the server stops and this outlasted its grace
            response = self._refuse(_Code.UNAVAILABLE)
        except Exception as exc:
            _log.error("a webhook could not be handled: %s", where(exc))
            response = self._refuse(_Code.BROKEN)
        INGRESS_REQUESTS.labels(result=str(response.status_code)).inc()
        return response

    async def _accept(self, request: Request) -> str:
        """The event id, once the broker has the record. Raises what ``answer`` maps."""
        raw = await self._read(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refused(_Code.NOT_JSON)
        now = self._clock.now()
        webhook_id = authenticate(self._config.auth, request.headers, raw, now)
        body = WebhookBody.parse(raw)
        if self._in_flight >= self._config.max_in_flight:
            raise _Refused(_Code.SHED)
        self._in_flight += 1
        try:
            record = receive(body, webhook_id, self._config.ring, now)
            await self._publish(self._config.topic, record.key, record.encode())
        finally:
            self._in_flight -= 1
        return str(record.event_id)

    async def _read(self, request: Request) -> bytes:
        """The body. Reads at most one chunk beyond the limit, and nothing where the length is announced."""
        limit = self._config.max_body_bytes
        if int(request.headers.get("content-length", "0")) > limit:  # a length that is no number the server refused
            raise _Refused(_Code.TOO_LARGE)
        raw = bytearray()
        try:
            async with asyncio.timeout(self._config.body_deadline_s):
                async for chunk in request.stream():
                    raw += chunk
                    if len(raw) > limit:
                        raise _Refused(_Code.TOO_LARGE)
        except TimeoutError:
            raise _Refused(_Code.TOO_SLOW) from None
        except ClientDisconnect:
            raise _Refused(_Code.CUT_OFF) from None
        return bytes(raw)

    def _refuse(self, code: _Code) -> Response:
        error, status, detail = code.value
        response = _error(error, status, detail, _LastWords if code is _Code.TOO_LARGE else JSONResponse)
        if code in _DISCONNECT:
            response.headers["Connection"] = "close"
        if code in _SEND_AGAIN:
            response.headers["Retry-After"] = str(self._config.retry_after_s)
        return response


class _LastWords(JSONResponse):
    """Answers at once, then discards for a moment what the client still sends.

    Closing a connection that has unread bytes resets it, and a client in the middle of sending loses the answer
    (RFC 9112, 9.6). What is discarded is bounded in time and size.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        discarded = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while discarded < _LINGER_BYTES and (message := await receive()).get("more_body"):
                    discarded += len(message["body"])
        await send({"type": "http.response.body", "body": b""})


def _error(error: str, status: int, detail: str, kind: type[JSONResponse] = JSONResponse) -> Response:
    # The helpdesk keeps no log of its deliveries, so this line is what whoever sets up the webhook has to go by.
    level = logging.WARNING if status >= 429 else logging.INFO
    _log.log(level, "a request was answered %d %s: %s", status, error, detail)
    return kind({"error": error, "detail": detail}, status)


async def _not_here(_: Request, exc: Exception) -> Response:
    """Another path or method, in the shape of all other refusals."""
    assert isinstance(exc, HTTPException)
    known = {404: ("not_found", "there is nothing at this address"), 405: ("method_not_allowed", "use another method")}
    error, detail = known.get(exc.status_code, ("refused", "the request was refused"))
    response = _error(error, exc.status_code, detail)
    response.headers.update(exc.headers or {})
    return response
