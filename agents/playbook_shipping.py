"""How long the shop's shipping methods take, as the file that Support Ops edits has it. Frozen; checks itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from agents.playbook_parts import Part

_WORDS = re.compile(r"[^a-z0-9]+")
_RANGE = re.compile(r"\d+\s*(?:-|–|to)\s*\d+")
"""A window of days in a title, such as "1-2 day": no name of a method."""
Pattern = Annotated[str, Field(pattern=r"^[a-z0-9]+( [a-z0-9]+)*$", max_length=40)]
Days = Annotated[int, Field(ge=1, le=60)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone: write one of the tz database, such as America/New_York") from None
    return name


class ShippingMethod(Part):
    """A method and its window of business days. ``patterns``: words that its titles in the shop hold."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]
    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1, strict=False)]
    least_days: Days
    most_days: Days


class Shipping(Part):
    """Windows by method, and which days count: Monday to Friday in ``time_zone``, without ``holidays``. A title that
    holds one of ``preorder_patterns`` has no method's window: only what was promised with it counts."""

    time_zone: Annotated[str, AfterValidator(_known_zone)]
    holidays: Annotated[tuple[date, ...], Field(strict=False)]
    preorder_patterns: Annotated[tuple[Pattern, ...], Field(strict=False)]
    methods: Annotated[tuple[ShippingMethod, ...], Field(min_length=1, strict=False)]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def days_off(self) -> tuple[date, ...]:
        """The holidays that are no Saturday or Sunday, ascending."""
        return tuple(sorted(day for day in self.holidays if day.weekday() < 5))

    def method(self, name: str) -> ShippingMethod | None:
        """The method called ``name``."""
        return next((method for method in self.methods if method.name == name), None)

    def method_of(self, title: str) -> str:
        """The name of the method whose pattern stands in ``title`` as whole words, whatever its case and punctuation.

        Of several the one with most words decides ("two day express" is no express), then the longest; "" where none
        stands there, two that are alike of different methods do, or the title is that of a pre-order.
        """
        words = f" {_WORDS.sub(' ', _RANGE.sub(' ', title.casefold())).strip()} "
        if any(f" {pattern} " in words for pattern in self.preorder_patterns):
            return ""
        here = [(method.name, p) for method in self.methods for p in method.patterns if f" {p} " in words]
        longest = max(((p.count(" "), len(p)) for _, p in here), default=None)
        names = {name for name, p in here if (p.count(" "), len(p)) == longest}
        return names.pop() if len(names) == 1 else ""


def find_shipping_mistakes(shipping: Shipping) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every disagreement within ``shipping``: the path of keys to it, what is wrong and what to do."""
    days = list(shipping.holidays)
    for day, count in Counter(days).items():
        if count > 1:
            yield ("holidays", days.index(day)), f"{day} stands twice: remove one"
    names = [method.name for method in shipping.methods]
    for name, count in Counter(names).items():
        if count > 1:
            yield ("methods", names.index(name)), f"method {name!r} stands twice: remove one"
    seen: dict[str, str] = {}
    for place, method in enumerate(shipping.methods):
        if method.least_days > method.most_days:
            yield ("methods", place, "least_days"), f"method {method.name!r}: least_days is above most_days: lower it"
        for pattern in method.patterns:
            if pattern in seen:
                what = f"pattern {pattern!r} stands under {seen[pattern]!r} already: remove one"
                yield ("methods", place, "patterns"), what
            seen[pattern] = method.name
