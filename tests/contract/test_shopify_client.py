"""The shop's client against the sandbox's real server: what it finds, what it pays, and what each fault becomes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from agents.ports import Orders
from connectors.sandbox.faults import FaultKind
from connectors.shopify import MOST_ORDERS, ShopifyConfig, ShopifyOrders, Throttle
from streams.clock import SYSTEM_CLOCK
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
from streams.facts import Order, Tracking
from tests.contract.helpdesk import helpdesk_bench

CONFIG = ShopifyConfig("https://shop.example/admin/api/2026-10", "t")
_FAULTS: dict[FaultKind, type[VendorError] | None] = {
    FaultKind.RATE_LIMITED: VendorRateLimited,
    FaultKind.RATE_LIMITED_SILENT: VendorRateLimited,
    FaultKind.BAD_REQUEST: VendorRefused,
    FaultKind.UNAUTHORIZED: VendorDenied,
    FaultKind.NOT_FOUND: VendorNotFound,
    FaultKind.CONFLICT: VendorRefused,
    FaultKind.BAD_GATEWAY: VendorUnavailable,
    FaultKind.UNAVAILABLE: VendorUnavailable,
    FaultKind.SLOW: None,
}


async def test_an_order_is_read_whole():
    ordered = SYSTEM_CLOCK.now().replace(microsecond=0) - timedelta(days=3)
    parcel = {"company": "UPS", "number": "1Z999AA10123456784", "url": "https://www.ups.com/track?n=1"}
    async with helpdesk_bench() as bench:
        await bench.order(
            "#1001", "jane@example.com", created_at=ordered.isoformat(), status="PARTIALLY_FULFILLED",
            method="Standard Shipping", parcels=[{**parcel, "delivered_at": ordered.isoformat()}],
        )  # fmt: skip
        port: Orders = bench.shop  # the client has the shape that agents ask for
        (order,) = await port.named("1001")
    assert order == Order(
        name="#1001",
        email="jane@example.com",
        created_at=ordered,
        delivered=True,
        status="partially fulfilled",
        method="Standard Shipping",
        trackings=(Tracking(**{key: parcel[key] for key in ("number", "company", "url")}),),
    )
    assert "jane" not in repr(order)


async def test_what_is_found_is_more_than_was_asked_for_and_never_many():
    async with helpdesk_bench() as bench:
        for name in ("#1001", "1001", "#1001-A", "#10010", "#10011", "#10012", "#2001"):
            await bench.order(name)
        found = [order.name for order in await bench.shop.named("1001")]
        assert len(found) == MOST_ORDERS
        assert "#2001" not in found
        assert await bench.shop.named("9999") == []


async def test_an_old_order_is_not_visible_and_a_cancelled_one_says_so():
    async with helpdesk_bench() as bench:
        await bench.order("#1001", created_at=(SYSTEM_CLOCK.now() - timedelta(days=61)).isoformat())
        await bench.order("#1002", cancelled_at=SYSTEM_CLOCK.now().isoformat())
        assert await bench.shop.named("1001") == []
        assert [order.cancelled for order in await bench.shop.named("1002")] == [True]


@pytest.mark.parametrize("name", ["", "1001 OR name:*", '1001"', "#1001", "a b", "é", "1" * 21, "email:jane"])
async def test_what_could_be_more_than_a_name_is_never_asked(name: str):
    async with helpdesk_bench() as bench:
        with pytest.raises(VendorRefused):
            await bench.shop.named(name)
        assert await bench.log() == []


@pytest.mark.parametrize("kind", FaultKind)
async def test_each_fault_is_named(kind: FaultKind):
    expected = _FAULTS.get(kind, VendorFault)
    async with helpdesk_bench(timeout_s=0.4) as bench:
        await bench.order("#1001", "canary@example.com")
        await bench.fault(kind, delay_s=0.05 if kind is FaultKind.SLOW else 30)
        if expected is None:
            assert len(await bench.shop.named("1001")) == 1
            return
        with pytest.raises(expected) as caught:
            await bench.shop.named("1001")
        assert type(caught.value) is expected
        assert caught.value.vendor == "shopify"
        assert "1001" not in str(caught.value)
        assert len(await bench.shop.named("1001")) == 1  # the client is as good as new


async def test_queries_are_paced_by_what_the_shop_says_is_left():
    async with helpdesk_bench() as bench:
        for _ in range(80):  # 960 of 1,000 points, 50 come back each second
            await bench.shop.named("1001")
        assert not bench.waits
        for _ in range(10):
            with suppress(VendorRateLimited):  # no time passes while it waits here
                await bench.shop.named("1001")
        assert bench.waits
        assert 0 < max(bench.waits) < 0.3  # the time in which a query's points come back


async def test_a_bucket_says_when_the_next_query_may_be_sent():
    bucket = Throttle(available=2, most=100, per_second=50, cost=12, at=1_000.0)
    assert bucket.wait_s(1_000.0) == pytest.approx(0.2)
    assert bucket.wait_s(1_000.1) == pytest.approx(0.1)
    assert bucket.wait_s(1_060.0) == 0.0
    assert bucket.wait_s(900.0) == pytest.approx(0.2)  # a clock that goes back promises nothing
    assert Throttle(0, 10, 50, 5_000, 0.0).wait_s(0.0) == pytest.approx(0.2)  # more than it ever holds


async def test_a_wrong_token_is_denied_and_an_address_must_be_one():
    async with helpdesk_bench(api_key="not-the-key") as bench:
        with pytest.raises(VendorDenied):
            await bench.shop.named("1001")
    with pytest.raises(ConfigurationError, match="shopify"):
        ShopifyOrders(ShopifyConfig("no-address", "t"))


@pytest.mark.parametrize(
    ("code", "error"),
    [("ACCESS_DENIED", VendorDenied), ("INTERNAL_SERVER_ERROR", VendorFault), ("MAX_COST_EXCEEDED", VendorRefused)],
)
async def test_errors_within_an_answer_are_told_apart(code: str, error: type[VendorError]):
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"errors": [{"message": "no", "extensions": {"code": code}}]})

    shop = ShopifyOrders(CONFIG, transport=httpx.MockTransport(answer))
    with pytest.raises(error):
        await shop.named("1001")
    await shop.aclose()


async def test_an_answer_without_orders_is_a_fault_and_odd_fields_cost_their_value():
    nodes: object = None

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": {"orders": {"nodes": nodes}}, "extensions": {"cost": "free"}})

    shop = ShopifyOrders(CONFIG, transport=httpx.MockTransport(answer))
    with pytest.raises(VendorFault):
        await shop.named("1001")
    nodes = [{"name": 7, "createdAt": "yesterday", "fulfillments": ["x"], "shippingLine": None}, "odd",
             {"name": "#1", "createdAt": "2026-01-05T10:00:00Z"}]  # fmt: skip
    at_ten = datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert await shop.named("1001") == [Order(name="7"), Order(name="#1", created_at=at_ten)]
    await shop.aclose()
