"""The ingress over real HTTP: what it accepts, what it refuses and how, and that nothing is half-done."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import orjson
import pytest
from prometheus_client import REGISTRY

from connectors.ingress import INBOUND_PATH
from streams.errors import DependencyError
from streams.reasons import Channel
from streams.sealing import open_body
from tests.contract.ingress_rig import JSON_TYPE, MINIMAL, RING, TOKEN, TOKENS, Rig, running

BODY = orjson.dumps(MINIMAL)
LIMIT = 32 * 1024


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as started:
        yield started


def padded(size: int) -> bytes:
    """A valid body of exactly ``size`` bytes."""
    frame = len(orjson.dumps({**MINIMAL, "padding": ""}))
    return orjson.dumps({**MINIMAL, "padding": "x" * (size - frame)})


async def test_a_webhook_is_answered_once_the_record_is_in_the_topic(rig: Rig) -> None:
    response = await rig.post(orjson.dumps({**MINIMAL, "message": "where is it?", "channel": "email"}))
    assert response.status_code == 202
    [(topic, key, _)], [record] = rig.publisher.sent, rig.publisher.records()
    assert (topic, key) == ("tickets.inbound", b"t-1")
    assert response.json() == {"event_id": str(record.event_id)}
    assert (record.channel, record.received_at) == (Channel.EMAIL, rig.clock.now())
    assert record.sealed is not None
    assert open_body(RING, record.sealed, record.event_id).message == "where is it?"


async def test_no_answer_before_the_broker_confirmed(rig: Rig) -> None:
    rig.publisher.gate.clear()
    answer = asyncio.create_task(rig.post(BODY))
    assert await asyncio.wait_for(rig.publisher.arrivals.get(), 5) == b"t-1"
    assert not answer.done()
    rig.publisher.gate.set()
    assert (await answer).status_code == 202


Request = Callable[[Rig], tuple[bytes, dict[str, str]]]

REFUSALS: list[tuple[str, Request, int, str]] = [
    # one kind of refusal a row: name, request, status, error code
    ("no credentials", lambda rig: (BODY, JSON_TYPE), 401, "no_credentials"),
    ("wrong token", lambda rig: (BODY, TOKEN | {"x-middleware-token": "token-neW"}), 401, "unknown_token"),
    ("stale timestamp", lambda rig: (BODY, rig.signed(BODY, off_by_s=-301)), 401, "timestamp_too_old"),
    ("future timestamp", lambda rig: (BODY, rig.signed(BODY, off_by_s=301)), 401, "timestamp_in_future"),
    ("signature of another body", lambda rig: (BODY + b" ", rig.signed(BODY)), 401, "wrong_signature"),
    (
        "wrong signature beside a valid token",
        lambda rig: (BODY, rig.signed(BODY + b" ") | {"x-middleware-token": TOKENS[0]}),
        401,
        "wrong_signature",
    ),
    (
        "no signature in the header",
        lambda rig: (BODY, rig.signed(BODY) | {"webhook-signature": ""}),
        401,
        "malformed_signature",
    ),
    ("not JSON", lambda rig: (b"ticket_id=t-1", TOKEN), 400, "malformed_json"),
    ("not UTF-8", lambda rig: (b'{"ticket_id": "\xff"}', TOKEN), 400, "malformed_json"),
    ("empty", lambda rig: (b"", TOKEN), 400, "malformed_json"),
    ("unknown shape", lambda rig: (b'{"order": 1}', TOKEN), 400, "unknown_shape"),
    ("an address as ticket id", lambda rig: (BODY.replace(b"t-1", b"a@b.example"), TOKEN), 400, "unknown_shape"),
    (
        "a form",
        lambda rig: (BODY, TOKEN | {"content-type": "application/x-www-form-urlencoded"}),
        415,
        "unsupported_media_type",
    ),
    ("almost JSON", lambda rig: (BODY, TOKEN | {"content-type": "application/jsonp"}), 415, "unsupported_media_type"),
    ("no content type", lambda rig: (BODY, {"x-middleware-token": TOKENS[0]}), 415, "unsupported_media_type"),
    ("one byte too many", lambda rig: (padded(LIMIT + 1), TOKEN), 413, "body_too_large"),
    # The order of the checks, where two would fail.
    ("too large before all else", lambda rig: (b"x" * (LIMIT + 1), {}), 413, "body_too_large"),
    ("media type before credentials", lambda rig: (BODY, {}), 415, "unsupported_media_type"),
    ("credentials before the shape", lambda rig: (b"{", JSON_TYPE), 401, "no_credentials"),
]


@pytest.mark.parametrize(
    ("request_of", "status", "error"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
async def test_what_is_refused(rig: Rig, request_of: Request, status: int, error: str) -> None:
    body, headers = request_of(rig)
    response = await rig.post(body, headers)
    answer = response.json()
    assert (response.status_code, answer["error"]) == (status, error)
    assert set(answer) == {"error", "detail"}
    assert answer["detail"]
    assert "\n" not in answer["detail"]
    assert rig.publisher.sent == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", INBOUND_PATH, 405),
        ("PUT", INBOUND_PATH, 405),
        ("DELETE", INBOUND_PATH, 405),
        ("POST", INBOUND_PATH + "/", 404),  # no redirect: it would lose the body
        ("POST", "/", 404),
        ("POST", "/richpanel/%ff%00", 404),
        ("POST", "/richpanel/inbound%2f..", 404),
        ("GET", "/healthz", 200),
    ],
)
async def test_other_paths_and_methods(rig: Rig, method: str, path: str, status: int) -> None:
    response = await rig.client.request(method, path, content=BODY, headers=TOKEN)
    assert response.status_code == status
    if status != 200:
        assert set(response.json()) == {"error", "detail"}
    if status == 405:
        assert response.headers["allow"] == "POST"
    assert rig.publisher.sent == []


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json;v=1"]
)
async def test_json_media_types(rig: Rig, content_type: str) -> None:
    assert (await rig.post(BODY, TOKEN | {"content-type": content_type})).status_code == 202


@pytest.mark.parametrize("token", TOKENS)
async def test_both_tokens_are_accepted(rig: Rig, token: str) -> None:
    assert (await rig.post(BODY, TOKEN | {"x-middleware-token": token})).status_code == 202


@pytest.mark.parametrize("secret", [0, 1])
@pytest.mark.parametrize("off_by_s", [-300, 0, 300])
async def test_both_secrets_are_accepted_up_to_five_minutes_off(rig: Rig, secret: int, off_by_s: int) -> None:
    assert (await rig.post(BODY, rig.signed(BODY, secret=secret, off_by_s=off_by_s))).status_code == 202


async def test_a_repeated_webhook_id_is_accepted_with_the_same_event_id(rig: Rig) -> None:
    first = await rig.post(BODY, rig.signed(BODY))
    rig.clock.advance(3600)
    again = await rig.post(BODY, rig.signed(BODY, secret=1))
    other = await rig.post(BODY, rig.signed(BODY, webhook_id="msg_2"))
    assert {first.status_code, again.status_code, other.status_code} == {202}
    assert first.json() == again.json()
    assert other.json() != first.json()
    one, two, _ = rig.publisher.records()
    assert (one.id, one.event_id, one.trace_id) == (two.id, two.event_id, two.trace_id)


async def test_an_unsigned_delivery_is_its_own_event_whatever_id_it_claims(rig: Rig) -> None:
    answers = [(await rig.post(BODY, TOKEN | {"webhook-id": "msg_1"})).json()["event_id"] for _ in range(2)]
    signed = (await rig.post(BODY, rig.signed(BODY))).json()["event_id"]
    assert len({*answers, signed}) == 3
    assert uuid.UUID(answers[0]).version == 4


async def test_the_largest_body_is_accepted_announced_or_streamed(rig: Rig) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, LIMIT, 1000):
            yield padded(LIMIT)[start : start + 1000]

    assert (await rig.post(padded(LIMIT))).status_code == 202
    streamed = await rig.client.post(INBOUND_PATH, content=chunks(), headers=TOKEN)
    assert "content-length" not in streamed.request.headers
    assert streamed.status_code == 202


def head(*more: str) -> bytes:
    lines = [f"POST {INBOUND_PATH} HTTP/1.1", "Host: x", *(f"{k}: {v}" for k, v in TOKEN.items()), *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_an_announced_length_is_refused_without_waiting_for_the_body(rig: Rig) -> None:
    answer = await rig.raw(head("Content-Length: 1000000000"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


async def test_a_stream_is_cut_where_it_passes_the_limit(rig: Rig) -> None:
    chunk = b"%x\r\n" % (LIMIT + 1) + b"x" * (LIMIT + 1) + b"\r\n"  # and no end: a server that read on would hang
    assert (await rig.raw(head("Transfer-Encoding: chunked"), chunk)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("size", [LIMIT + 1, 100_000, 1_000_000, 5_000_000])
@pytest.mark.parametrize("announced", [True, False])
async def test_the_413_reaches_a_client_that_sends_all_before_it_reads(rig: Rig, size: int, announced: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(0, size, 10_000):
            yield b"x" * 10_000

    response = await rig.client.post(INBOUND_PATH, content=b"x" * size if announced else chunks(), headers=TOKEN)
    assert response.status_code == 413
    assert (await rig.post(BODY)).status_code == 202


async def test_a_body_without_end_is_cut_off(rig: Rig) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(head("Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0

    async def send_on() -> None:
        nonlocal sent
        while True:
            writer.write(chunk)
            await writer.drain()
            sent += len(chunk)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_on(), 10)
    assert sent < 32 * 1024 * 1024  # 8 MiB are discarded, the rest is what the kernel's buffers hold
    writer.close()


async def test_a_slow_body_has_a_deadline() -> None:
    async with running(body_deadline_s=0.1) as rig:
        answer = await rig.raw(head("Content-Length: 100"), b'{"ticket_id":')
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"error":"body_too_slow"' in answer
        assert rig.publisher.sent == []


async def test_a_client_that_leaves_in_the_middle_does_no_harm(rig: Rig) -> None:
    before = counted("400")
    _, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(head("Content-Length: 100") + b'{"ticket_id":')
    await writer.drain()
    writer.close()
    async with asyncio.timeout(5):
        while counted("400") == before:
            assert (await rig.client.get("/healthz")).status_code == 200
    assert rig.publisher.sent == []
    assert (await rig.post(BODY)).status_code == 202


async def test_broker_away_is_503_with_nothing_half_done_and_heals(rig: Rig) -> None:
    rig.publisher.failure = DependencyError("the broker did not confirm in time")
    response = await rig.post(BODY, rig.signed(BODY))
    assert (response.status_code, response.json()["error"]) == (503, "broker_unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert rig.publisher.sent == []
    rig.publisher.failure = None
    assert (await rig.post(BODY, rig.signed(BODY))).status_code == 202
    assert len(rig.publisher.sent) == 1


async def test_a_bug_is_503_and_its_message_is_not_told(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.publisher.failure = RuntimeError("canary")
    response = await rig.post(BODY)
    assert (response.status_code, response.json()["error"]) == (503, "internal_error")
    assert "canary" not in response.text
    assert "canary" not in caplog.text
    assert "RuntimeError" in caplog.text


async def test_what_still_waits_for_the_broker_at_a_stop_is_answered_503(rig: Rig) -> None:
    rig.publisher.gate.clear()
    answer = asyncio.create_task(rig.post(BODY))
    await asyncio.wait_for(rig.publisher.arrivals.get(), 5)
    await rig.server.stop()
    assert ((await answer).status_code, rig.publisher.sent) == (503, [])


async def test_load_is_shed_while_too_many_wait_for_the_broker() -> None:
    async with running(max_in_flight=2) as rig:
        rig.publisher.gate.clear()
        waiting = [asyncio.create_task(rig.post(BODY)) for _ in range(2)]
        async with asyncio.timeout(5):
            for _ in waiting:
                await rig.publisher.arrivals.get()
        shed = await rig.post(BODY)
        assert (shed.status_code, shed.json()["error"]) == (429, "overloaded")
        assert int(shed.headers["retry-after"]) > 0
        assert (await rig.post(BODY, JSON_TYPE)).status_code == 401  # strangers are told nothing of the load
        rig.publisher.gate.set()
        assert {(await answer).status_code for answer in waiting} == {202}
        assert (await rig.post(BODY)).status_code == 202


@pytest.mark.parametrize("failure", [DependencyError("away"), RuntimeError("bug")])
async def test_a_failed_request_gives_its_place_back(failure: Exception) -> None:
    async with running(max_in_flight=1) as rig:
        rig.publisher.failure = failure
        assert [(await rig.post(BODY)).status_code for _ in range(3)] == [503] * 3


def counted(result: str) -> float:
    return REGISTRY.get_sample_value("mw_ingress_requests_total", {"result": result}) or 0.0


def acknowledged() -> float:
    return REGISTRY.get_sample_value("mw_ingress_ack_seconds_count") or 0.0


@pytest.fixture
def grown() -> Callable[[], dict[str, float]]:
    """How far the request counters and the count of acknowledgements grew since the test began."""
    results = ("202", "400", "401", "413", "415", "503")
    before = {result: counted(result) for result in results} | {"acks": acknowledged()}

    def difference() -> dict[str, float]:
        after = {result: counted(result) for result in results} | {"acks": acknowledged()}
        return {name: after[name] - before[name] for name in after if after[name] != before[name]}

    return difference


async def test_every_answer_is_counted_and_only_acceptance_is_timed(
    rig: Rig, grown: Callable[[], dict[str, float]]
) -> None:
    for body, headers in ((BODY, TOKEN), (BODY, TOKEN), (BODY, JSON_TYPE), (b"{", TOKEN), (BODY, {})):
        await rig.post(body, headers)
    rig.publisher.failure = DependencyError("away")
    await rig.post(BODY)
    assert grown() == {"202": 2, "401": 1, "400": 1, "415": 1, "503": 1, "acks": 2}
