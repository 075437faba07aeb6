"""The shop's orders: Shopify's Admin GraphQL API behind the port ``agents.ports.Orders``. It only fetches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from connectors.lenient import at, moment, objects, text, things
from connectors.vendor_http import VendorConfig, VendorHttp
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import VendorDenied, VendorFault, VendorRateLimited, VendorRefused
from streams.facts import Order, Tracking

KEY_HEADER: Final = "x-shopify-access-token"
MOST_ORDERS: Final = 5
"""Orders asked for: a name finds one, and more than one is no match."""

_NAME: Final = re.compile(r"[A-Z0-9]{1,20}(?:[-_][A-Z0-9]{1,16}){0,4}")
_QUERY: Final = """query OrderByName($search: String!, $most: Int!) {
  orders(first: $most, query: $search) {
    nodes {
      name email createdAt cancelledAt displayFulfillmentStatus
      shippingLine { title }
      fulfillments { deliveredAt trackingInfo { company number url } }
    }
  }
}"""
_LONGEST_WAIT_S: Final = 5.0


@dataclass(frozen=True)
class ShopifyConfig:
    """``base_url`` up to the version (".../admin/api/2026-10"); ``timeout_s`` for one whole request."""

    base_url: str
    access_token: str = field(repr=False)
    timeout_s: float = 10.0
    vendor: str = "shopify"


@dataclass(frozen=True)
class Throttle:
    """The vendor's bucket of query cost as its last answer told it: ``available`` points at monotonic second ``at``,
    refilled with ``per_second`` up to ``most``; a query like the last one takes ``cost``."""

    available: float
    most: float
    per_second: float
    cost: float
    at: float

    def wait_s(self, now: float) -> float:
        """Seconds until another query may be sent, by the vendor's own figures."""
        there = min(self.most, self.available + max(0.0, now - self.at) * self.per_second)
        return max(0.0, (min(self.cost, self.most) - there) / self.per_second)


class ShopifyOrders:
    """Looks orders up by their name. Raises a ``streams.errors.VendorError`` for whatever goes wrong."""

    def __init__(
        self,
        config: ShopifyConfig,
        *,
        clock: Clock = SYSTEM_CLOCK,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises ConfigurationError where the address is none or the token cannot be sent."""
        self._vendor, self._clock, self._sleep = config.vendor, clock, sleep
        self._throttle: Throttle | None = None
        self._http = VendorHttp(
            VendorConfig(config.vendor, config.base_url, {KEY_HEADER: config.access_token}, config.timeout_s),
            clock=clock,
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def named(self, name: str) -> Sequence[Order]:
        """Orders that Shopify finds by ``name`` (capitals, digits, "-", "_"), ``MOST_ORDERS`` at most; one request.

        Without the scope ``read_all_orders`` only those of the last 60 days are found. Raises VendorRefused, without
        asking, for a name that could be more than a name in a search.
        """
        if not _NAME.fullmatch(name):
            raise VendorRefused("the order's name holds characters that no name has", vendor=self._vendor)
        await self._pace()
        search = f'name:"#{name}" OR name:"{name}"'  # shops choose the sign before their numbers
        body = {"query": _QUERY, "variables": {"search": search, "most": MOST_ORDERS}}
        answer: Any = await self._http.request("POST", "graphql.json", body=body)
        fields = answer if isinstance(answer, dict) else {}
        self._throttle = _throttle(fields, self._clock.monotonic()) or self._throttle
        self._raise_for(fields)
        nodes = at(fields, "data", "orders", "nodes")
        if not isinstance(nodes, list):
            raise VendorFault(f"{self._vendor} answered something that holds no orders", vendor=self._vendor)
        return [_order(node) for node in objects(nodes)]

    async def _pace(self) -> None:
        """Wait until the vendor's bucket holds what a query costs; rate limited where that takes too long."""
        wait_s = self._throttle.wait_s(self._clock.monotonic()) if self._throttle else 0.0
        if wait_s > _LONGEST_WAIT_S:
            raise VendorRateLimited("the query budget is used up", vendor=self._vendor, retry_after_s=wait_s)
        if wait_s:
            await self._sleep(wait_s)

    def _raise_for(self, fields: dict[str, Any]) -> None:
        errors = fields.get("errors")
        if not errors:
            return
        codes = {at(error, "extensions", "code") for error in errors} if isinstance(errors, list) else set()
        if "THROTTLED" in codes:
            wait_s = self._throttle.wait_s(self._clock.monotonic()) if self._throttle else None
            raise VendorRateLimited(f"{self._vendor} throttled the query", vendor=self._vendor, retry_after_s=wait_s)
        if "ACCESS_DENIED" in codes:
            raise VendorDenied(f"{self._vendor} does not let the token read orders", vendor=self._vendor)
        kind = VendorFault if codes <= {"INTERNAL_SERVER_ERROR", "TIMEOUT"} else VendorRefused
        raise kind(f"{self._vendor} answered with errors", vendor=self._vendor)


def _throttle(fields: dict[str, Any], now: float) -> Throttle | None:
    cost = at(fields, "extensions", "cost")
    status = at(cost, "throttleStatus")
    names = ("currentlyAvailable", "maximumAvailable", "restoreRate")
    figures = [*(at(status, name) for name in names), at(cost, "requestedQueryCost")]
    if any(isinstance(figure, bool) or not isinstance(figure, int | float) for figure in figures) or figures[2] <= 0:
        return None
    available, most, per_second, asked = map(float, figures)
    return Throttle(available, most, per_second, asked, now)


def _order(node: dict[str, Any]) -> Order:
    parcels = objects(node.get("fulfillments"))
    return Order(
        name=text(node.get("name")),
        email=text(node.get("email")),
        created_at=moment(node.get("createdAt")),
        cancelled=node.get("cancelledAt") is not None,
        delivered=bool(parcels) and all(parcel.get("deliveredAt") for parcel in parcels),
        status=text(node.get("displayFulfillmentStatus")).casefold().replace("_", " "),
        method=text(at(node, "shippingLine", "title")),
        trackings=tuple(
            Tracking(number=text(at(t, "number")), company=text(at(t, "company")), url=text(at(t, "url")))
            for parcel in parcels
            for t in things(parcel.get("trackingInfo"))
        ),
    )
