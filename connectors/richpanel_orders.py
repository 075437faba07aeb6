"""What the helpdesk's JSON of a linked order means, read leniently."""

from __future__ import annotations

from typing import Any

from connectors.lenient import at, moment, objects, text, things
from streams.facts import Order, Tracking


def order_place(answer: Any) -> tuple[str, str] | None:
    """The shop's and the order's id in ``GET /order/{conversationId}``; None where no order is linked."""
    client, number = (text(at(answer, name)) for name in ("appClientId", "orderId"))
    return (client, number) if client and number else None


def linked_order(answer: Any) -> Order | None:
    """The order in ``GET /order/{appclient_id}/{order_id}``; None where it does not say how it is called. Its address
    is not told: that it is linked is what matches it."""
    fields = answer if isinstance(answer, dict) else {}
    name = text(fields.get("orderName")) or text(fields.get("orderId"))
    if not name:
        return None
    parcels = objects(fields.get("fulfillment"))
    status = text(fields.get("status")).casefold()
    return Order(
        name=name,
        created_at=moment(fields.get("createdAt")),
        cancelled=status in ("cancelled", "canceled"),
        delivered=bool(parcels) and all(text(p.get("status")).casefold() == "delivered" for p in parcels),
        status=text(fields.get("fulfillmentStatus")) or status,
        method=text(fields.get("shippingMethod")),
        trackings=tuple(_tracking(each) for parcel in parcels for each in things(parcel.get("tracking"))),
    )


def _tracking(value: Any) -> Tracking:
    number, company, url = (text(at(value, name)) for name in ("trackingNumber", "trackingCompany", "trackingUrl"))
    return Tracking(number=number, company=company, url=url)
