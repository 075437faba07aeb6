"""Personal data in a webhook leaves no trace outside the seal, and no request whatever gets a 5xx."""

from __future__ import annotations

import asyncio
import base64
import json
import logging

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.ingress import INBOUND_PATH
from connectors.webhook import WebhookBody
from streams.sealing import open_body
from tests.contract.ingress_rig import MINIMAL, RING, TOKEN, TOKENS, Rig, running

CANARY = "jane.canary@example.com +1 415 555 0132"


def traces(canary: str) -> list[bytes]:
    """The canary's words, plain and as base64 at each alignment."""
    words = [word.encode() for word in canary.split() if len(word) > 3] + [canary.encode()]
    encoded = [base64.b64encode(word[cut:])[:-4] for word in words for cut in range(3)]
    return [*words, *(trace for trace in encoded if len(trace) >= 8)]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"message": CANARY, "ticket_url": f"https://x.example/{CANARY}"}, 202),
        ({"channel": CANARY, "occurred_at": CANARY, "customer": {CANARY: CANARY}, CANARY: CANARY}, 202),
        ({"ticket_id": CANARY}, 400),
        ({"trigger": CANARY}, 400),
        ({"event_type": CANARY}, 400),
        ({"message_id": CANARY}, 400),
        ({"message": [CANARY]}, 400),
        ({"channel": {CANARY: CANARY}}, 400),
        ({"ticket_url": {CANARY: CANARY}}, 400),
    ],
)
async def test_a_canary_is_found_in_the_seal_and_nowhere_else(
    fields: dict[str, object], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running() as rig:
        response = await rig.post(orjson.dumps({**MINIMAL, **fields}), TOKEN | {"x-note": CANARY})
        rig.publisher.failure = RuntimeError(CANARY)
        broken = await rig.post(orjson.dumps({**MINIMAL, **fields}))
    assert (response.status_code, broken.status_code) == (status, 503 if status == 202 else 400)
    written = [
        response.content,
        broken.content,
        caplog.text.encode(),
        *(b"".join((k, v)) for _, k, v in rig.publisher.sent),
    ]
    assert [trace for trace in traces(CANARY) for text in written if trace in text] == []
    if "message" in fields and status == 202:
        [record] = rig.publisher.records()
        assert record.sealed is not None
        opened = open_body(RING, record.sealed, record.event_id)
        assert (opened.message, opened.ticket_url) == (CANARY, f"https://x.example/{CANARY}")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["", "t-1", "email", "customer_message", "2026-01-05T12:00:00Z", "\x00", "{{ticket.id}}"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.fixed_dictionaries({}, optional=dict.fromkeys(WebhookBody.model_fields, VALUES)).map(
    lambda fields: json.dumps({**MINIMAL, **fields}).encode()  # unlike orjson it writes NaN and numbers of any size
)
# What no JSON writer would write: nesting, numbers beyond every type, half characters, broken UTF-8.
HOSTILE = {
    "deep list": b"[" * 30_000,
    "deep object": b'{"ticket_id":' * 2_000 + b"1" + b"}" * 2_000,
    "endless number": b'{"ticket_id":' + b"9" * 30_000 + b',"trigger":"a"}',
    "number beyond a double": b'{"ticket_id":1e999,"trigger":"a"}',
    "late": b'{"ticket_id":"1","trigger":"a","occurred_at":' + b"9" * 300 + b"}",
    "early": b'{"ticket_id":"1","trigger":"a","occurred_at":-1e300}',
    "half a character": b'{"ticket_id":"1","trigger":"a","message":"\\ud800"}',
    "half a character, raw": b'{"ticket_id":"1","trigger":"a","message":"\xed\xa0\x80"}',
    "NUL": b'{"ticket_id":"1","trigger":"a","message":"\\u0000"}',
    "no numbers": b'{"ticket_id":NaN,"trigger":"a","occurred_at":-Infinity}',
    "a key twice": b'{"ticket_id":"1","ticket_id":2,"trigger":"a"}',
    "odd key": b'{"__proto__":{},"ticket_id":"1","trigger":"a"}',
}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid body with a slice replaced by arbitrary bytes."""
    body = draw(OBJECTS)
    start = draw(st.integers(0, len(body)))
    return body[:start] + draw(st.binary(max_size=6)) + body[start + draw(st.integers(0, 6)) :]


BODIES = (
    OBJECTS
    | damaged()
    | st.sampled_from(sorted(HOSTILE)).map(HOSTILE.__getitem__)
    | st.binary(max_size=200)
    | st.integers(32_700, 33_000).map(lambda n: b" " * n)
)
# Header values as a client may send them: any byte that HTTP allows.
HEADER_VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=40
).map(lambda text: text.encode("latin-1"))
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": HEADER_VALUES | st.sampled_from([b"text/plain", b"application/json;charset=utf-16"]),
        "x-middleware-token": HEADER_VALUES | st.sampled_from([token.encode() for token in TOKENS]),
        "webhook-id": HEADER_VALUES | st.just(b"msg_1"),
        "webhook-timestamp": HEADER_VALUES | st.integers().map(lambda n: str(n).encode()),
        "webhook-signature": HEADER_VALUES | HEADER_VALUES.map(lambda value: b"v1," + value),
        "content-encoding": st.sampled_from([b"gzip", b"identity"]),
        "accept": HEADER_VALUES,
        "expect": st.sampled_from([b"100-continue", b"200-ok"]),
    },
)
ALLOWED = {202, 400, 401, 413, 415}


def bombard(rig: Rig) -> list[int]:
    """Statuses of 1,000 generated requests: a third signed, a third with a token, the rest with what comes up."""
    statuses: list[int] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{rig.port}") as client:

        @settings(max_examples=1_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(BODIES, HEADERS, st.sampled_from(["signed", "token", "as generated"]), st.booleans())
        def send(body: bytes, headers: dict[str, bytes], credentials: str, streamed: bool) -> None:
            if credentials == "signed":
                headers = {k: v.encode() for k, v in rig.signed(body).items()}
            elif credentials == "token":
                headers = {k: v.encode() for k, v in TOKEN.items()}
            content = iter([body[:7], body[7:]]) if streamed else body
            response = client.post(INBOUND_PATH, content=content, headers=headers)
            statuses.append(response.status_code)
            assert response.status_code in ALLOWED
            assert set(response.json()) == ({"event_id"} if response.status_code == 202 else {"error", "detail"})

        send()
    return statuses


@pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")  # a failing body may be long, and is shown
async def test_no_generated_request_gets_a_server_error() -> None:
    async with running() as rig:
        statuses = await asyncio.to_thread(bombard, rig)
        accepted = statuses.count(202)
        assert len(statuses) >= 1_000
        assert set(statuses) == ALLOWED  # each kind of answer came up: the requests were varied enough
        assert len(rig.publisher.records()) == accepted  # what was accepted is readable
        assert accepted >= 30
