"""The sandbox's shop: orders behind Shopify's Admin GraphQL API, as far as the client asks it. Pure but for its state.

Like the vendor it charges each query against a bucket of points that refills, shows orders of the last 60 days only,
and its search finds more than was asked for: a name also finds those that begin with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from connectors.sandbox.api import Reply
from connectors.sandbox.state import SandboxRefusal

MAX_ORDERS: Final = 100_000
_VISIBLE: Final = timedelta(days=60)
_COST: Final = 12
_PATH: Final = re.compile(r"/admin/api/\d{4}-\d{2}/graphql\.json")
_TERM: Final = re.compile(r'name:"([^"]{1,64})"')


class NewParcel(BaseModel):
    """A fulfilment of an order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    company: str = Field("", max_length=60)
    number: str = Field("", max_length=60)
    url: str = Field("", max_length=400)
    delivered_at: AwareDatetime | None = None


class NewOrder(BaseModel):
    """An order to be put in. ``created_at`` left out: now."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=40)
    email: str = Field("", max_length=254)
    created_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    status: str = Field("UNFULFILLED", max_length=40)
    method: str = Field("Standard", max_length=100)
    parcels: tuple[NewParcel, ...] = Field((), max_length=20)


@dataclass
class ShopState:
    """All orders, and the points that are left. ``most`` points, ``per_second`` come back."""

    most: float = 1_000.0
    per_second: float = 50.0
    orders: list[tuple[NewOrder, datetime]] = field(default_factory=list)
    _left: float = field(init=False)
    _at: float = 0.0

    def __post_init__(self) -> None:
        self._left = self.most

    def add(self, order: NewOrder, now: datetime) -> None:
        """Put an order in. Raises SandboxRefusal beyond ``MAX_ORDERS``."""
        if len(self.orders) >= MAX_ORDERS:
            raise SandboxRefusal(507, f"the sandbox holds {MAX_ORDERS} orders and takes no more; restart it")
        self.orders.append((order, order.created_at or now))

    def take(self, monotonic: float) -> bool:
        """Charge one query at that second; False where the points do not suffice."""
        self._left = min(self.most, self._left + max(0.0, monotonic - self._at) * self.per_second)
        self._at = monotonic
        if self._left < _COST:
            return False
        self._left -= _COST
        return True

    def cost(self) -> dict[str, Any]:
        """What the vendor says of the cost with each answer."""
        status = {
            "maximumAvailable": self.most, "currentlyAvailable": int(self._left), "restoreRate": self.per_second,
        }  # fmt: skip
        return {"cost": {"requestedQueryCost": _COST, "actualQueryCost": _COST, "throttleStatus": status}}


def answer_query(state: ShopState, path: str, body: Any, now: datetime, monotonic: float) -> Reply:
    """The reply to a query. Never raises."""
    if not _PATH.fullmatch(path):
        return Reply({"errors": "Not Found"}, 404)
    if not state.take(monotonic):
        errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
        return Reply({"errors": errors, "extensions": state.cost()})
    variables = body.get("variables") if isinstance(body, dict) else None
    if not isinstance(variables, Mapping) or "orders(" not in str(body.get("query")):
        return Reply({"errors": [{"message": "the query is none that this sandbox knows"}]})
    names = [name.removeprefix("#").casefold() for name in _TERM.findall(str(variables.get("search")))]
    found = [
        _node(order, created)
        for order, created in state.orders
        if now - created <= _VISIBLE and order.name.removeprefix("#").casefold().startswith(tuple(names))
    ]
    most = variables.get("most")
    nodes = found[: most if isinstance(most, int) else 10] if names else []
    return Reply({"data": {"orders": {"nodes": nodes}}, "extensions": state.cost()})


def _node(order: NewOrder, created: datetime) -> dict[str, Any]:
    return {
        "name": order.name,
        "email": order.email,
        "createdAt": _iso(created),
        "cancelledAt": _iso(order.cancelled_at) if order.cancelled_at else None,
        "displayFulfillmentStatus": order.status,
        "shippingLine": {"title": order.method},
        "fulfillments": [
            {
                "deliveredAt": _iso(parcel.delivered_at) if parcel.delivered_at else None,
                "trackingInfo": [parcel.model_dump(include={"company", "number", "url"})] if parcel.number else [],
            }
            for parcel in order.parcels
        ],
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
