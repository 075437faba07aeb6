"""When a parcel without tracking should arrive: business days that are left of its method's window. Pure."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime
from typing import NamedTuple

from agents.playbook_shipping import Shipping

_FRIDAY = 4


class Window(NamedTuple):
    """Business days that remain, at least and at most; ``most`` is 1 or more."""

    least: int
    most: int

    @property
    def text(self) -> str:
        """For the customer: "1-3 business days"; where it may come any moment, "up to 3 business days"."""
        unit = "business day" if self.most == 1 else "business days"
        if self.least == self.most:
            return f"{self.most} {unit}"
        return f"up to {self.most} {unit}" if self.least == 0 else f"{self.least}-{self.most} {unit}"


def business_days(after: date, until: date, shipping: Shipping) -> int:
    """Days from the one behind ``after`` up to ``until`` that are Monday to Friday and no holiday; 0 where ``until`` is
    not later. Takes the same time however far apart they are."""
    if until <= after:
        return 0
    days_off = bisect_right(shipping.days_off, until) - bisect_right(shipping.days_off, after)
    return _weekdays(until) - _weekdays(after) - days_off


def _weekdays(day: date) -> int:
    """Mondays to Fridays from the year 1 up to ``day``; 1 January of the year 1 was a Monday."""
    weeks, rest = divmod(day.toordinal(), 7)
    return 5 * weeks + min(rest, _FRIDAY + 1)


def remaining(
    ordered_at: datetime, asked_at: datetime, shipping: Shipping, *, method: str = "", preorder_days: int | None = None
) -> Window | None:
    """What is left of the window of ``method``, or of the ``preorder_days`` that were promised, at ``asked_at``.

    Each end is max(0, days of the window - days elapsed), both days in the shop's time zone. None where no promise can
    be made: an unknown method, a window of which no whole business day is left, an order of the future. Raises
    ValueError for a time without a zone.
    """
    if ordered_at.tzinfo is None or asked_at.tzinfo is None:
        raise ValueError("a time without a zone names no day")
    known = shipping.method(method)
    if preorder_days is not None:
        least = most = preorder_days
    elif known is not None:
        least, most = known.least_days, known.most_days
    else:
        return None
    ordered, asked = (at.astimezone(shipping.zone).date() for at in (ordered_at, asked_at))
    elapsed = business_days(ordered, asked, shipping)
    if ordered_at > asked_at or elapsed >= most:
        return None
    return Window(max(0, least - elapsed), most - elapsed)
