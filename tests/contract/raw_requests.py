"""Generated HTTP requests as the bytes on the wire, good and broken, and a client that reads whatever comes back.

A request is put together from a request line, headers, credentials, a body and how the body is framed; each part is
mostly right, so that every check of the ingress is reached, and sometimes wrong in a way that is known to hurt.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from hypothesis import strategies as st

from connectors.ingress import INBOUND_PATH
from tests.contract.ingress_rig import TOKENS

Headers = list[tuple[bytes, bytes]]
Sign = Callable[[bytes], Mapping[str, str]]
"""The headers of a signed webhook with this body."""

_RIGHT_OF_TEN = 9
_LIMIT = 32 * 1024
_GOOD_LINE = b"POST " + INBOUND_PATH.encode() + b" HTTP/1.1"


def _mostly(right: st.SearchStrategy[bytes], wrong: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.integers(0, 9).flatmap(lambda n: right if n < _RIGHT_OF_TEN else wrong)


_NESTED = [b"[" * n + b"]" * n for n in (10, 1023, 1024, 1025, 16_000)] + [b'{"a":' * 5_000, b"[" * 32_000]
_NUMBERS = [b"1e999", b"-1e-999", b"9" * 400, b"-0", b"1" + b"0" * 5_000, b"18446744073709551616", b"NaN", b"Infinity"]
_STRINGS = [
    *(b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xed\xa0\x80"', b'"\xff"', b'"\\u0000"', b'"\x00"', b'"\\', b'""', b'" "'),
    *(b'"' + b"x" * 257 + b'"', b'"\xe2\x80\xae"', b'"9999-12-31T23:59:59-23:59"', b'"0001-01-01T00:00:00+23:59"'),
]
_VALUES = st.sampled_from([*_NESTED, *_NUMBERS, *_STRINGS, b"null", b"true", b"[]", b"{}", b'{"a":1,"a":2}', b"1"])
_GOOD_VALUES = st.sampled_from([b'"t-1"', b"17", b'"customer_message"', b'"email"', b'"2026-01-01T00:00:00Z"'])
_NAMES = [b"ticket_id", b"trigger", b"event_type", b"message_id", b"message", b"channel", b"ticket_url", b"occurred_at"]
_MEMBERS = st.lists(st.tuples(st.sampled_from(_NAMES), st.one_of(_GOOD_VALUES, _GOOD_VALUES, _VALUES)), max_size=6)


def _object(members: list[tuple[bytes, bytes]]) -> bytes:
    """A JSON object of raw members; names may repeat."""
    return b"{" + b",".join(b'"%b":%b' % member for member in members) + b"}"


_COMPLETE = [(b"ticket_id", b'"t-1"'), (b"trigger", b'"customer_message"')]
_GOOD_BODIES = st.fixed_dictionaries(
    {"ticket_id": st.just("t-1") | st.integers(0, 2**63), "trigger": st.just("customer_message")},
    optional={
        "message": st.text(max_size=200),
        "channel": st.text(max_size=10),
        "occurred_at": st.floats() | st.text(),
    },
).map(orjson.dumps)
_BROKEN_BODIES = st.one_of(
    st.binary(max_size=200),
    _VALUES,
    st.tuples(_GOOD_BODIES, st.integers(0, 60), st.binary(max_size=3)).map(
        lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + 1 :]
    ),
    st.integers(_LIMIT - 60, 3 * _LIMIT).map(lambda n: b'{"ticket_id":"t-1","trigger":"a","x":"' + b"x" * n + b'"}'),
)
_BODIES = st.one_of(
    _GOOD_BODIES,
    _GOOD_BODIES,
    _MEMBERS.map(_object),
    _MEMBERS.map(lambda more: _object(_COMPLETE + more)),
    _BROKEN_BODIES,
)

_LINES = _mostly(
    st.just(_GOOD_LINE),
    st.one_of(
        st.builds(
            lambda method, target, version: b" ".join((method, target, version)),
            st.sampled_from(
                [b"POST", b"GET", b"HEAD", b"PUT", b"CONNECT", b"OPTIONS", b"post", b"P\x00ST", b"X" * 300]
            ),
            st.sampled_from(
                [
                    *(INBOUND_PATH.encode(), b"/", b"*", b"/healthz", b"/metrics", b"x.example:443", b"//", b"/%ff%00"),
                    *(b"/%zz?%", b"/" + b"a" * 20_000, b"\xff", b"", INBOUND_PATH.encode() + b"?" + b"&=" * 500),
                    b"http://x.example" + INBOUND_PATH.encode(),
                ]
            ),
            st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.10", b"http/1.1", b""]),
        ),
        st.binary(max_size=60),
    ),
)
_CONTENT_TYPES = _mostly(
    st.sampled_from([b"application/json", b"Application/JSON; charset=utf-8"]),
    st.sampled_from([b"", b"text/plain", b"application/json;" * 200, b"\xff\xfe", b"application/\x00json", b",", b";"]),
)
_OTHERS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *((b"Expect", b"100-continue"), (b"Expect", b"200-ok"), (b"Connection", b"close"), (b"Host", b"y")),
                *((b"Connection", b"upgrade"), (b"Upgrade", b"websocket"), (b"Upgrade", b"h2c"), (b"", b"nameless")),
                *((b"Content-Encoding", b"gzip"), (b"Content-Type", b"text/plain"), (b"X-Middleware-Token", b"second")),
                *((b"Trailer", b"X"), (b"X-Long", b"x" * 8_000), (b"X-Longer", b"x" * 70_000), (b"TE", b"trailers")),
                *(
                    (b"X-Folded", b"a\r\n b"),
                    (b"X-Bare", b"a\nb"),
                    (b"X-Null", b"\x00"),
                    (b"A B", b"c"),
                    (b"Host", b"\xff"),
                ),
                *((b"X", b"y\r\n" + b"Many: x\r\n" * 200 + b"Z: z"), (b"Cookie", b"=;" * 500), (b"Accept", b"\x7f")),
            ]
        ),
        st.tuples(st.binary(max_size=10), st.binary(max_size=20)),
    ),
    max_size=2,
)
_TOKEN = st.sampled_from([[(b"X-Middleware-Token", token.encode())] for token in TOKENS])
_BAD_CREDENTIALS: st.SearchStrategy[Headers] = st.one_of(
    st.just([]),
    st.binary(max_size=20).map(lambda token: [(b"X-Middleware-Token", token)]),
    st.tuples(
        st.sampled_from([b"msg_1", b"", b"x" * 257, b"\xe9"]) | st.binary(max_size=10),
        st.sampled_from([b"0", b"-1", b"9" * 12, b"9" * 400, b"1e9", b"\xb2"]) | st.binary(max_size=10),
        st.sampled_from([b"v1,", b"v1,AAAA", b"v2,AAAA", b"v1, v1,", b"v1,\xff " * 300]) | st.binary(max_size=30),
    ).map(lambda t: list(zip((b"webhook-id", b"webhook-timestamp", b"webhook-signature"), t, strict=True))),
)


def _chunked(body: bytes, size: int, tail: bytes) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + tail


_CHUNKED = (b"Transfer-Encoding", b"chunked")
_TAILS = st.sampled_from(
    [b"0\r\n\r\n"] * 15 + [b"0\r\nX: y\r\n\r\n", b"", b"zz\r\n", b"-1\r\n", b"0;" + b"x" * 999, b"f" * 17 + b"\r\n"]
)
_LENGTHS = [
    b"",
    b"-1",
    b"+5",
    b"5, 6",
    b"1e3",
    b"0x10",
    b"\xb2",
    b"9" * 19,
    b"9" * 25,
    b"9" * 5_000,
    b"0",
    b"3",
    b"40000",
]


@st.composite
def _framed(draw: st.DrawFn, body: bytes) -> tuple[Headers, bytes]:
    """The headers that tell the body's length, and the body on the wire."""
    kind = draw(st.integers(0, 9))
    length = (b"Content-Length", b"%d" % len(body))
    if kind < 6:
        return [length], body
    if kind < 9:
        size = draw(st.sampled_from([1, 7, 1000, 20_000])) if len(body) < 2_000 else 1000
        return [_CHUNKED], _chunked(body, size, draw(_TAILS))
    wrong = (b"Content-Length", draw(st.sampled_from(_LENGTHS)))
    coding = (
        b"Transfer-Encoding",
        draw(st.sampled_from([b"chunked", b"gzip, chunked", b"identity", b"", b"chunked, chunked"])),
    )
    headers = draw(st.sampled_from([[], [wrong], [length, wrong], [length, length], [length, coding], [coding]]))
    return headers, draw(st.sampled_from([body, _chunked(body, 1000, b"0\r\n\r\n")]))


@st.composite
def raw_requests(draw: st.DrawFn, sign: Sign) -> list[bytes]:
    """A request in the segments it is sent in."""
    body = draw(_BODIES)
    credentials = draw(st.sampled_from(["token", "token", "signed", "signed", "bad"]))
    headers = [
        (b"Host", b"x"),
        (b"Content-Type", draw(_CONTENT_TYPES)),
        *draw(_OTHERS if draw(st.integers(0, 3)) == 0 else st.just([])),
    ]
    if credentials == "signed":
        headers += [(name.encode(), value.encode()) for name, value in sign(body).items() if name != "content-type"]
    else:
        headers += draw(_TOKEN if credentials == "token" else _BAD_CREDENTIALS)
    framing, wire = draw(_framed(body))
    head = b"\r\n".join([draw(_LINES), *(name + b": " + value for name, value in headers + framing)])
    sent = head + draw(st.sampled_from([b"\r\n\r\n"] * 20 + [b"\n\n", b"\r\n", b""])) + wire
    cuts = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=2)))
    return [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]


@dataclass
class Heard:
    """What came back on one connection until it ended: the statuses in order (no 1xx), and whether it was reset."""

    statuses: list[int]
    reset: bool


def exchange(port: int, segments: list[bytes], last: bytes, within_s: float) -> Heard:
    """Send ``segments``, after the first answer also ``last`` (a good request), and read until the server closes.

    TimeoutError where nothing comes for ``within_s`` seconds, or nothing is taken: the server hangs.
    """
    received, reset, ended = bytearray(), False, False
    with socket.create_connection(("127.0.0.1", port), timeout=within_s) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with contextlib.suppress(ConnectionError):  # refused before all was sent: the answer may be there
                for segment in segments:
                    connection.sendall(segment)
            while piece := connection.recv(65536):
                received += piece
                if not ended and _statuses(received):
                    ended = True
                    with contextlib.suppress(ConnectionError):
                        connection.sendall(last)
        except ConnectionError:
            reset = True
    return Heard(_statuses(received), reset)


def _statuses(received: bytes | bytearray) -> list[int]:
    found = [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3})", received)]  # no body of ours holds this
    return [status for status in found if status >= 200]


def good_request(sign: Sign) -> bytes:
    """A webhook that is accepted, and asks the server to close."""
    body = _object(_COMPLETE)
    headers = [(b"Host", b"x"), (b"Connection", b"close"), (b"Content-Length", b"%d" % len(body))]
    headers += [(name.encode(), value.encode()) for name, value in sign(body).items()]
    return b"\r\n".join([_GOOD_LINE, *(name + b": " + value for name, value in headers), b"", body])
