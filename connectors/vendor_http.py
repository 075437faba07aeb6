"""One request to a vendor's HTTP API: one deadline over all of it, bounded size, no redirects, our errors only."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
import orjson

from connectors.gated_network import all_sent, gated, gated_transport
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import (
    ConfigurationError,
    VendorDenied,
    VendorError,
    VendorFault,
    VendorNotFound,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from streams.metrics import VENDOR_RATE_LIMITED, VENDOR_REQUESTS, VENDOR_SECONDS

MAX_BYTES: Final = 2_000_000
"""Bytes of an answer that are read; a longer one is a fault."""

RETRY_AFTER_CAP_S: Final = 3600.0
"""A longer Retry-After is cut to this, so that a nonsense header does not stop a lane for years."""

_IDLE_S: Final = 4.0  # below the 5 s after which uvicorn closes an idle connection: a write must not race with that
_SENDABLE: Final = re.compile(r"[!-~]+")  # visible ASCII; a line end copied along with a key is the usual mistake
_SECONDS: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")

# Nothing left this machine, or nobody was there to take it: the vendor as a whole is away.
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Ours to mend: the same request fails again.
_OUR_FAULT: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)


@dataclass
class CallCount:
    """How many requests left within ``counting()``."""

    calls: int = 0


_counts: ContextVar[tuple[CallCount, ...]] = ContextVar("vendor_call_counts", default=())


@contextlib.contextmanager
def counting() -> Iterator[CallCount]:
    """Counts the vendor requests that this task, and tasks it starts, send in the block. Blocks may be nested."""
    count = CallCount()
    token = _counts.set((*_counts.get(), count))
    try:
        yield count
    finally:
        _counts.reset(token)


@dataclass(frozen=True)
class VendorConfig:
    """A vendor's API. ``timeout_s`` bounds one request from the first byte to the last; ``vendor`` labels metrics."""

    vendor: str
    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    timeout_s: float = 10.0
    max_connections: int = 64


class VendorHttp:
    """Sends requests to one vendor. Every method raises ``streams.errors.VendorError`` for what goes wrong."""

    def __init__(
        self,
        config: VendorConfig,
        *,
        clock: Clock = SYSTEM_CLOCK,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises ConfigurationError where ``base_url`` is no http(s) address or a header (a key) cannot be sent."""
        if not re.match(r"https?://[^/\s]+", config.base_url):
            raise ConfigurationError(f"the address of {config.vendor}'s API must begin with http:// or https://")
        for name, value in config.headers.items():
            if not _SENDABLE.fullmatch(value):
                raise ConfigurationError(
                    f"the value of {name} for {config.vendor} is empty or has characters that no key has"
                )
        self._config = config
        self._clock = clock
        self.calls_made = 0
        half = config.timeout_s / 2  # so that a connection that never comes is told apart from an answer that does not
        self._client = httpx.AsyncClient(
            base_url=config.base_url,
            headers={"Accept": "application/json", "Accept-Encoding": "identity", **config.headers},
            timeout=httpx.Timeout(config.timeout_s, connect=half, pool=half),
            follow_redirects=False,
            trust_env=False,
            transport=transport
            or gated_transport(httpx.Limits(max_connections=config.max_connections, keepalive_expiry=_IDLE_S)),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def request(self, method: str, path: str, *, body: Any = None, gate: Callable[[], None] | None = None) -> Any:
        """The decoded JSON of the answer (None for an empty one). ``body`` is sent as JSON.

        ``gate`` is called before anything is done and again right before each part of the request leaves, after the
        wait for a connection; where it raises, nothing more is sent, the vendor has at most half a request, and its
        exception comes out of here.
        """
        if gate:
            gate()
        began = self._clock.monotonic()
        result = "cancelled"
        try:
            raw = await self._send(method, path, body, gate)
            decoded = _decoded(raw, self._config.vendor)
            result = "ok"
        except Exception as exc:
            result = type(exc).__name__
            if isinstance(exc, VendorRateLimited):
                VENDOR_RATE_LIMITED.labels(self._config.vendor).inc()
            raise
        finally:
            VENDOR_REQUESTS.labels(self._config.vendor, result).inc()
            VENDOR_SECONDS.labels(self._config.vendor).observe(self._clock.monotonic() - began)
        return decoded

    async def _send(self, method: str, path: str, body: Any, gate: Callable[[], None] | None) -> bytes:
        vendor = self._config.vendor

        async def about_to(step: str, _: dict[str, Any]) -> None:
            if step.endswith("receive_response_headers.started"):
                all_sent()

        request = self._client.build_request(
            method,
            path,
            content=None if body is None else orjson.dumps(body),
            headers={} if body is None else {"Content-Type": "application/json"},
            extensions={"trace": about_to},
        )
        self._count()
        try:
            async with asyncio.timeout(self._config.timeout_s):
                with gated(gate):
                    response = await self._client.send(request, stream=True)
                try:
                    if error := error_for_status(response, vendor, self._clock.now()):
                        raise error
                    return await _read(response, vendor)
                finally:
                    await response.aclose()
        except TimeoutError as exc:
            raise VendorFault(f"{vendor} did not answer within {self._config.timeout_s:g} s", vendor=vendor) from exc
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as exc:
            raise mapped(exc, vendor) from exc

    def _count(self) -> None:
        self.calls_made += 1
        for count in _counts.get():
            count.calls += 1


def mapped(exc: Exception, vendor: str) -> VendorError:
    """The error of ours for one of httpx's. The message names the class alone: httpx's own may hold an address."""
    what = type(exc).__name__
    if isinstance(exc, _NEVER_SENT):
        return VendorUnavailable(f"{vendor} cannot be reached ({what})", vendor=vendor)
    if isinstance(exc, _OUR_FAULT):
        return VendorRefused(f"a request to {vendor} cannot be made ({what})", vendor=vendor)
    return VendorFault(f"{vendor} gave no usable answer ({what})", vendor=vendor)


def error_for_status(response: httpx.Response, vendor: str, now: datetime) -> VendorError | None:
    """The error that ``response``'s status means; None for 2xx."""
    status = response.status_code
    if 200 <= status < 300:
        return None
    message = f"{vendor} answered {status}"
    if status == 429:
        wait = retry_after_s(response.headers.get("Retry-After"), now)
        return VendorRateLimited(message, vendor=vendor, retry_after_s=wait)
    kind: type[VendorError] = VendorFault
    if status in (502, 503):
        kind = VendorUnavailable
    elif status in (401, 403):
        kind = VendorDenied
    elif status == 404:
        kind = VendorNotFound
    elif 400 <= status < 500:
        kind = VendorRefused
    return kind(message, vendor=vendor, status=status)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, 0 to ``RETRY_AFTER_CAP_S``, from a Retry-After header: seconds or a date (RFC 9110, 10.2.3).

    None where the header is missing or says neither.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), RETRY_AFTER_CAP_S)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_CAP_S)


async def _read(response: httpx.Response, vendor: str) -> bytes:
    raw = bytearray()
    async for chunk in response.aiter_bytes():
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise VendorFault(f"{vendor} answered more than {MAX_BYTES} bytes", vendor=vendor)
    return bytes(raw)


def _decoded(raw: bytes, vendor: str) -> Any:
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        raise VendorFault(f"{vendor} answered something that is not JSON", vendor=vendor) from None
