"""Business days that are left: the worked examples, and what holds for every order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.delivery import Window, business_days, remaining
from agents.playbook_shipping import Shipping, find_shipping_mistakes
from tests.unit.policy_inputs import PLAYBOOK

SHIPPING = PLAYBOOK.shipping
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
times = st.integers(1_577_836_800, 2_082_672_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
methods = st.sampled_from([method.name for method in SHIPPING.methods])


def off(*holidays: date) -> Shipping:
    return Shipping(**{**SHIPPING.model_dump(), "holidays": holidays})


def noon(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=17, tzinfo=UTC)  # noon or later in New York


def left(ordered: str, asked: str, shipping: Shipping = SHIPPING, **kind: Any) -> str | None:
    window = remaining(noon(ordered), noon(asked), shipping, **kind)
    return window.text if window else None


@pytest.mark.parametrize(
    ("ordered", "asked", "method", "text"),
    [
        ("2026-01-05", "2026-01-07", "standard", "1-3 business days"),  # Monday, Wednesday
        ("2026-01-05", "2026-01-05", "standard", "3-5 business days"),
        ("2026-01-05", "2026-01-08", "standard", "up to 2 business days"),
        ("2026-01-05", "2026-01-09", "standard", "up to 1 business day"),
        ("2026-01-05", "2026-01-12", "standard", None),  # the fifth day is here
        ("2026-01-09", "2026-01-11", "standard", "3-5 business days"),  # Friday, Sunday
        ("2026-01-10", "2026-01-12", "standard", "2-4 business days"),  # Saturday, Monday
        ("2026-01-05", "2026-01-05", "overnight", "1 business day"),
        ("2026-01-05", "2026-01-06", "overnight", None),
        ("2026-01-05", "2026-01-06", "two_day", "1 business day"),
        ("2026-01-05", "2026-01-07", "economy", "3-5 business days"),
        ("2026-01-05", "2026-01-07", "by owl", None),
        ("2026-01-07", "2026-01-05", "standard", None),  # an order of the future
    ],
)
def test_what_is_left_of_a_window(ordered: str, asked: str, method: str, text: str | None) -> None:
    assert left(ordered, asked, method=method) == text


def test_a_pre_order_has_the_days_that_were_promised() -> None:
    assert left("2025-11-03", "2025-11-24", preorder_days=45) == "30 business days"
    assert left("2025-11-03", "2025-11-24", off(date(2025, 11, 11)), preorder_days=45) == "31 business days"


def test_the_day_is_the_shops() -> None:
    late_in_new_york = datetime(2026, 1, 6, 4, tzinfo=UTC)  # Monday, 11 at night
    assert remaining(late_in_new_york, noon("2026-01-07"), SHIPPING, method="standard") == Window(1, 3)
    in_berlin = Shipping(**{**SHIPPING.model_dump(), "time_zone": "Europe/Berlin"})
    assert remaining(late_in_new_york, noon("2026-01-07"), in_berlin, method="standard") == Window(2, 4)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        remaining(noon("2026-01-05").replace(tzinfo=None), noon("2026-01-07"), SHIPPING, method="standard")


@given(days, days, st.sets(days, max_size=5))
def test_business_days_are_counted_one_by_one(after: date, until: date, holidays: set[date]) -> None:
    until = min(until, after + timedelta(days=400))
    span = (after + timedelta(days=n + 1) for n in range(max(0, (until - after).days)))
    expected = sum(day.weekday() < 5 and day not in holidays for day in span)
    assert business_days(after, until, off(*holidays)) == expected


@given(times, times, methods, st.integers(0, 400), days)
def test_later_never_leaves_more_and_a_holiday_never_less(
    ordered: datetime, asked: datetime, method: str, hours: int, holiday: date
) -> None:
    now = remaining(ordered, asked, SHIPPING, method=method)
    later = remaining(ordered, asked + timedelta(hours=hours), SHIPPING, method=method)
    slower = remaining(ordered, asked, off(holiday), method=method)
    if ordered <= asked and later is not None:
        assert now is not None
        assert later <= now
    if now is not None:
        assert slower is not None
        assert slower >= now
        assert 0 <= now.least <= now.most
        assert now.most >= 1


@given(times, times, methods, st.integers(-12, 12))
def test_the_same_moments_in_another_zone_leave_the_same(
    ordered: datetime, asked: datetime, method: str, hours: int
) -> None:
    elsewhere = timezone(timedelta(hours=hours))
    there = remaining(ordered.astimezone(elsewhere), asked.astimezone(elsewhere), SHIPPING, method=method)
    assert there == remaining(ordered, asked, SHIPPING, method=method)


@pytest.mark.parametrize(
    ("title", "method"),
    [
        ("Standard Shipping (3-5 business days)", "standard"),
        ("EXPRESS", "express"),
        ("Two-Day Express", "two_day"),
        ("2-Day", "two_day"),
        ("UPS® Ground", "ground"),
        ("Priority Overnight", "overnight"),
        ("Expressive delivery", ""),
        ("1-2 Day Express", "express"),
        ("Express (1 to 2 day)", "express"),
        ("Pre-order, standard shipping", ""),
        ("Free shipping", ""),
        ("", ""),
        ("standard or express, you choose", "standard"),
        ("rush ground", "ground"),
    ],
)
def test_a_method_is_known_by_the_words_of_its_title(title: str, method: str) -> None:
    assert SHIPPING.method_of(title) == method


def test_two_equally_long_patterns_of_different_methods_decide_nothing() -> None:
    twins = SHIPPING.model_copy(update={"methods": (*SHIPPING.methods, SHIPPING.methods[0].model_copy(
        update={"name": "other", "patterns": ("economic",)}
    ))})  # fmt: skip
    assert twins.method_of("economic standard") == ""


def test_mistakes_are_found_with_their_place() -> None:
    first = SHIPPING.methods[0]
    wrong = SHIPPING.model_copy(
        update={
            "holidays": (date(2026, 1, 1), date(2026, 1, 1)),
            "methods": (first.model_copy(update={"least_days": 9}), first),
        }
    )
    assert [where for where, _ in find_shipping_mistakes(wrong)] == [
        ("holidays", 0), ("methods", 0), ("methods", 0, "least_days"), ("methods", 1, "patterns"),
    ]  # fmt: skip
    assert list(find_shipping_mistakes(SHIPPING)) == []
