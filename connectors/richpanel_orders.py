"""What the helpdesk's JSON of a linked order means, read leniently."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from streams.facts import Order, Tracking


def order_place(answer: Any) -> tuple[str, str] | None:
    """The shop's and the order's id in ``GET /order/{conversationId}``; None where no order is linked."""
    fields = answer if isinstance(answer, dict) else {}
    client, number = (_text(fields.get(name)) for name in ("appClientId", "orderId"))
    return (client, number) if client and number else None


def linked_order(answer: Any) -> Order | None:
    """The order in ``GET /order/{appclient_id}/{order_id}``; None where it does not say how it is called. Its address
    is not told: that it is linked is what matches it."""
    fields = answer if isinstance(answer, dict) else {}
    name = _text(fields.get("orderName")) or _text(fields.get("orderId"))
    if not name:
        return None
    parcels = [parcel for parcel in _list(fields.get("fulfillment")) if isinstance(parcel, dict)]
    status = _text(fields.get("status")).casefold()
    return Order(
        name=name,
        created_at=_moment(fields.get("createdAt")),
        cancelled=status in ("cancelled", "canceled"),
        delivered=bool(parcels) and all(_text(p.get("status")).casefold() == "delivered" for p in parcels),
        status=_text(fields.get("fulfillmentStatus")) or status,
        method=_text(fields.get("shippingMethod")),
        trackings=tuple(_tracking(each) for parcel in parcels for each in _list(parcel.get("tracking"))),
    )


def _tracking(value: Any) -> Tracking:
    fields = value if isinstance(value, dict) else {}
    number, company, url = (_text(fields.get(name)) for name in ("trackingNumber", "trackingCompany", "trackingUrl"))
    return Tracking(number=number, company=company, url=url)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970, or ISO text."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
