"""Every foreign error has a place in our tree; Retry-After is read whatever it says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.vendor_http import RETRY_AFTER_CAP_S, error_for_status, mapped, retry_after_s
from streams.errors import (
    VendorDenied,
    VendorError,
    VendorFault,
    VendorNotFound,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)

_NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def _with_subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _with_subclasses(sub)


# httpx's classes as of the pinned version; a class that is new there must be given a place here.
_PLACES: dict[str, type[VendorError]] = {
    "HTTPError": VendorFault,
    "RequestError": VendorFault,
    "TransportError": VendorFault,
    "TimeoutException": VendorFault,
    "ConnectTimeout": VendorUnavailable,
    "ReadTimeout": VendorFault,
    "WriteTimeout": VendorFault,
    "PoolTimeout": VendorUnavailable,
    "NetworkError": VendorFault,
    "ConnectError": VendorUnavailable,
    "ReadError": VendorFault,
    "WriteError": VendorFault,
    "CloseError": VendorFault,
    "ProxyError": VendorUnavailable,
    "UnsupportedProtocol": VendorRefused,
    "ProtocolError": VendorFault,
    "LocalProtocolError": VendorRefused,
    "RemoteProtocolError": VendorFault,
    "DecodingError": VendorFault,
    "TooManyRedirects": VendorFault,
    "HTTPStatusError": VendorFault,
}


@pytest.mark.parametrize("kind", sorted(set(_with_subclasses(httpx.HTTPError)), key=lambda k: k.__name__))
def test_each_of_httpx_errors_has_its_place_and_its_message_does_not_come_along(kind: type[Exception]):
    request = httpx.Request("GET", "http://vendor.example")
    if kind is httpx.HTTPStatusError:
        foreign: Exception = httpx.HTTPStatusError("canary", request=request, response=httpx.Response(500))
    else:
        foreign = kind("canary")
    ours = mapped(foreign, "shop")
    assert type(ours) is _PLACES[kind.__name__]
    assert "canary" not in str(ours)
    assert ours.vendor == "shop"


# status -> class, retriable, outage
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, VendorFault),
        (304, VendorFault),
        (400, VendorRefused),
        (401, VendorDenied),
        (403, VendorDenied),
        (404, VendorNotFound),
        (409, VendorRefused),
        (413, VendorRefused),
        (429, VendorRateLimited),
        (500, VendorFault),
        (502, VendorUnavailable),
        (503, VendorUnavailable),
        (504, VendorFault),
        (599, VendorFault),
    ],
)
def test_each_status_has_its_place(status: int, kind: type[VendorError]):
    error = error_for_status(httpx.Response(status), "shop", _NOW)
    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_no_error(status: int):
    assert error_for_status(httpx.Response(status), "shop", _NOW) is None


@given(st.integers(0, 10**12 - 1))
def test_retry_after_in_seconds(seconds: int):
    assert retry_after_s(f" {seconds} ", _NOW) == min(seconds, RETRY_AFTER_CAP_S)


@given(st.integers(-100_000, 100_000))
def test_retry_after_as_a_date_counts_from_now_and_never_below_zero(seconds: int):
    header = format_datetime(_NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(header, _NOW) == min(max(seconds, 0), RETRY_AFTER_CAP_S)


@given(st.none() | st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,5} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d .{0,6}"))
def test_retry_after_never_fails_and_is_bounded(header: str | None):
    seconds = retry_after_s(header, _NOW)
    assert seconds is None or 0 <= seconds <= RETRY_AFTER_CAP_S


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1e9", "nan", "inf", "٣", "1,5"])
def test_retry_after_that_says_nothing(header: str | None):
    assert retry_after_s(header, _NOW) is None
