"""The helpdesk client against the sandbox's real server: what each fault becomes, and what was applied anyway."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from agents.ports import Helpdesk
from connectors.http_server import HttpServer
from connectors.richpanel import RichpanelConfig, RichpanelHelpdesk
from connectors.sandbox.exchange import SandboxConfig
from connectors.sandbox.faults import AccountLimit, FaultKind
from connectors.vendor_http import counting
from streams.clock import SYSTEM_CLOCK
from streams.errors import (
    ConfigurationError,
    OutboundPaused,
    VendorDenied,
    VendorError,
    VendorFault,
    VendorNotFound,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from streams.reasons import Channel
from tests.contract.helpdesk import helpdesk_bench


async def test_reads_what_the_sandbox_holds():
    async with helpdesk_bench() as bench:
        comments = [
            {"id": "c1", "body": "<p>Where is it?</p>", "plain_body": "Where is it?"},
            {"id": "c2", "body": "We are looking.", "from_customer": False, "author_id": "agent-1"},
        ]
        made = await bench.ticket(channel="messenger", subject="Parcel", tags=["vip"], comments=comments)
        port: Helpdesk = bench.helpdesk  # the client has the shape that agents ask for
        found = await port.read_conversation(made)
    assert (found.id, found.status, found.channel, found.subject) == (made, "OPEN", Channel.LIVECHAT, "Parcel")
    assert found.tags == {"vip"}
    assert [(c.id, c.text, c.html, c.from_customer) for c in found.comments] == [
        ("c1", "Where is it?", "<p>Where is it?</p>", True),
        ("c2", "We are looking.", "We are looking.", False),
    ]
    assert found.customer_message(None) == found.comments[0]


async def test_adds_tags_once_in_one_call_and_none_for_nothing():
    async with helpdesk_bench() as bench:
        made = await bench.ticket()
        with counting() as outer, counting() as inner:
            await bench.helpdesk.add_tags(made, ["mw-processed", "mw-tier-1", "mw-processed"])
            await bench.helpdesk.add_tags(made, ["mw-tier-1"])
            await bench.helpdesk.add_tags(made, [])
        assert await bench.tags(made) == ["mw-processed", "mw-tier-1"]
        assert [(e["applied"], e["changed"]) for e in await bench.log()] == [(True, True), (True, False)]
    assert (outer.calls, inner.calls, bench.helpdesk.calls_made) == (2, 2, 2)


# kind of fault -> what the client raises, and whether the tag is there all the same
_FAULTS: dict[FaultKind, tuple[type[VendorError] | None, bool]] = {
    FaultKind.RATE_LIMITED: (VendorRateLimited, False),
    FaultKind.RATE_LIMITED_SILENT: (VendorRateLimited, False),
    FaultKind.BAD_REQUEST: (VendorRefused, False),
    FaultKind.UNAUTHORIZED: (VendorDenied, False),
    FaultKind.NOT_FOUND: (VendorNotFound, False),
    FaultKind.CONFLICT: (VendorRefused, False),
    FaultKind.INTERNAL: (VendorFault, False),
    FaultKind.BAD_GATEWAY: (VendorUnavailable, False),
    FaultKind.UNAVAILABLE: (VendorUnavailable, False),
    FaultKind.GATEWAY_TIMEOUT: (VendorFault, False),
    FaultKind.INTERNAL_AFTER: (VendorFault, True),
    FaultKind.TIMEOUT_BEFORE: (VendorFault, False),
    FaultKind.TIMEOUT_AFTER: (VendorFault, True),
    FaultKind.DROP_BEFORE: (VendorFault, False),
    FaultKind.DROP_AFTER: (VendorFault, True),
    FaultKind.SLOW: (None, True),
    FaultKind.HTML: (VendorFault, False),
    FaultKind.MALFORMED: (VendorFault, False),
    FaultKind.NOT_A_TICKET: (None, False),  # a write's answer is not read as a ticket
    FaultKind.TOO_LARGE: (VendorFault, False),
    FaultKind.REDIRECT: (VendorFault, False),
}


def test_the_table_knows_every_kind_of_fault():
    assert set(_FAULTS) == set(FaultKind)


@pytest.mark.parametrize("kind", FaultKind)
async def test_a_fault_of_a_write_is_named_and_the_log_says_whether_it_was_applied(kind: FaultKind):
    expected, applied = _FAULTS[kind]
    async with helpdesk_bench(timeout_s=0.4) as bench:
        made = await bench.ticket()
        delay_s = 0.05 if kind is FaultKind.SLOW else 30
        await bench.fault(kind, match={"method": "PUT", "path_regex": "add-tags$"}, delay_s=delay_s)
        if expected is None:
            await bench.helpdesk.add_tags(made, ["canary-tag"])
        else:
            with pytest.raises(expected) as caught:
                await bench.helpdesk.add_tags(made, ["canary-tag"])
            assert type(caught.value) is expected
            assert "canary" not in str(caught.value)
            assert caught.value.vendor == "richpanel"
        assert await bench.tags(made) == (["canary-tag"] if applied else [])
        (entry,) = await bench.log()
        assert (entry["fault"], entry["applied"]) == (kind.value, applied)
        await bench.helpdesk.add_tags(made, ["after"])  # the fault struck once, and the client is as good as new
        assert "after" in await bench.tags(made)


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.MALFORMED, FaultKind.NOT_A_TICKET, FaultKind.TOO_LARGE])
async def test_a_read_that_makes_no_sense_is_a_fault(kind: FaultKind):
    async with helpdesk_bench() as bench:
        made = await bench.ticket()
        await bench.fault(kind)
        with pytest.raises(VendorFault):
            await bench.helpdesk.read_conversation(made)
        assert (await bench.helpdesk.read_conversation(made)).id == made


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("2.5", 2.5), ("soon", None), ("99999999", 3600.0)])
async def test_retry_after_is_passed_on(header: str, seconds: float | None):
    async with helpdesk_bench() as bench:
        await bench.fault("429", retry_after=header)
        with pytest.raises(VendorRateLimited) as caught:
            await bench.helpdesk.read_conversation("any")
    assert caught.value.retry_after_s == seconds


async def test_the_account_limit_answers_429_and_says_when_to_come_back():
    async with helpdesk_bench(SandboxConfig(limit=AccountLimit(2, 30.0))) as bench:
        made = await bench.ticket()
        await bench.helpdesk.read_conversation(made)
        await bench.helpdesk.read_conversation(made)
        with pytest.raises(VendorRateLimited) as caught:
            await bench.helpdesk.read_conversation(made)
        raw = await bench.api("GET", "/teams")
    assert 28 < (caught.value.retry_after_s or 0) <= 30
    assert (raw.headers["X-RateLimit-Limit"], raw.headers["X-RateLimit-Remaining"]) == ("2", "0")


async def test_an_unknown_ticket_is_not_found_and_a_wrong_key_is_refused():
    async with helpdesk_bench(api_key="not-the-key") as bench:
        with pytest.raises(VendorDenied, match="answered 401"):
            await bench.helpdesk.read_conversation("x")
    async with helpdesk_bench() as bench:
        with pytest.raises(VendorNotFound):
            await bench.helpdesk.read_conversation("nobody")


@pytest.mark.parametrize("odd", ["..", "a/../b", "a?b=c", "a#b", "ä ö", "%2F", "."])
async def test_an_odd_id_stays_one_part_of_the_path(odd: str):
    async with helpdesk_bench() as bench:
        with pytest.raises(VendorNotFound):
            await bench.helpdesk.read_conversation(odd)
        (entry,) = await bench.log()
        assert entry["path"].startswith("/v1/tickets/")


async def test_nobody_listening_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = RichpanelHelpdesk(RichpanelConfig(f"http://127.0.0.1:{port}/v1", "k"), may_write=lambda: True)
    with pytest.raises(VendorUnavailable) as caught:
        await client.read_conversation("x")
    await client.aclose()
    assert caught.value.outage
    assert "127.0.0.1" not in str(caught.value)


async def test_an_answer_that_trickles_is_cut_at_the_deadline():
    async def spaces() -> AsyncIterator[bytes]:
        while True:  # each byte would start a per-read time-out anew
            yield b" "
            await asyncio.sleep(0.05)

    async def trickle(_: Request) -> Response:
        return StreamingResponse(spaces(), media_type="application/json")

    server = HttpServer(Starlette(routes=[Route("/{path:path}", trickle)]), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{await server.start()}"
    client = RichpanelHelpdesk(RichpanelConfig(url, "k", timeout_s=0.4), may_write=lambda: True)
    began = SYSTEM_CLOCK.monotonic()
    with pytest.raises(VendorFault, match=r"did not answer within 0\.4 s"):
        await client.read_conversation("x")
    assert SYSTEM_CLOCK.monotonic() - began < 2
    await client.aclose()
    await server.stop()


async def test_writes_are_refused_when_the_barrier_is_down_and_reads_go_on():
    async with helpdesk_bench(may_write=lambda: False) as bench:
        made = await bench.ticket()
        with pytest.raises(OutboundPaused) as caught:
            await bench.helpdesk.add_tags(made, ["t"])
        assert caught.value.outage
        assert await bench.log() == []
        assert (await bench.helpdesk.read_conversation(made)).tags == frozenset()


async def test_the_barrier_is_asked_again_when_the_request_is_about_to_leave():
    answers = iter([True, False])
    async with helpdesk_bench(may_write=lambda: next(answers)) as bench:
        made = await bench.ticket()
        with pytest.raises(OutboundPaused):
            await bench.helpdesk.add_tags(made, ["t"])
        assert await bench.log() == []
        assert next(answers, "both asked") == "both asked"
        assert (await bench.helpdesk.read_conversation(made)).tags == frozenset()


async def test_cancelling_ends_the_request_and_is_counted():
    async with helpdesk_bench() as bench:
        await bench.fault("timeout_before")
        before = _count("cancelled")
        asking = asyncio.create_task(bench.helpdesk.read_conversation("x"))
        while not await bench.log():
            await asyncio.wait({asking}, timeout=0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert _count("cancelled") == before + 1


async def test_requests_are_counted_by_result():
    before = {result: _count(result) for result in ("ok", "VendorNotFound", "VendorRateLimited")}
    limited = REGISTRY.get_sample_value("mw_vendor_rate_limited_total", {"vendor": "richpanel"}) or 0
    async with helpdesk_bench() as bench:
        made = await bench.ticket()
        await bench.helpdesk.read_conversation(made)
        with pytest.raises(VendorNotFound):
            await bench.helpdesk.read_conversation("nobody")
        await bench.fault("429")
        with pytest.raises(VendorRateLimited):
            await bench.helpdesk.read_conversation(made)
    assert {result: _count(result) - count for result, count in before.items()} == dict.fromkeys(before, 1)
    assert REGISTRY.get_sample_value("mw_vendor_rate_limited_total", {"vendor": "richpanel"}) == limited + 1


def _count(result: str) -> float:
    labels = {"vendor": "richpanel", "result": result}
    return REGISTRY.get_sample_value("mw_vendor_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("url", "key", "named"),
    [
        ("api.example.com", "the-key", "address"),
        ("ftp://api.example.com", "the-key", "address"),
        ("http://api.example.com", "the-key\n", "x-richpanel-key"),
        ("http://api.example.com", "the kéy", "x-richpanel-key"),
        ("http://api.example.com", "", "x-richpanel-key"),
    ],
)
def test_what_can_never_work_is_a_wrong_configuration_and_the_key_is_never_shown(url: str, key: str, named: str):
    config = RichpanelConfig(url, key)
    with pytest.raises(ConfigurationError, match=named) as caught:
        RichpanelHelpdesk(config, may_write=lambda: True)
    assert "the" not in repr(config)
    assert "the k" not in str(caught.value)
    assert "the-key" not in str(caught.value)


async def test_a_redirect_is_not_followed():
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(301, headers={"Location": "http://127.0.0.1:1/elsewhere"})

    client = RichpanelHelpdesk(
        RichpanelConfig("http://vendor.example/v1", "k"),
        may_write=lambda: True,
        transport=httpx.MockTransport(serve),
    )
    with pytest.raises(VendorFault, match="answered 301"):
        await client.read_conversation("x")
    await client.aclose()
    assert seen == ["/v1/tickets/x"]


@pytest.mark.parametrize(("may_write", "may_send"), [(True, False), (False, True), (False, False)])
async def test_no_reply_leaves_while_a_switch_forbids_it_whatever_was_decided(may_write: bool, may_send: bool):
    async with helpdesk_bench(may_write=lambda: may_write, may_send=lambda: may_send) as bench:
        made = await bench.ticket()
        with pytest.raises(OutboundPaused):
            await bench.helpdesk.send_message(made, "hello", "agent-1")
        assert await bench.log() == []


async def test_a_switch_thrown_while_a_reply_waits_for_its_connection_holds_it_back():
    answers = [True, False]
    async with helpdesk_bench(may_send=lambda: answers.pop(0) if answers else False) as bench:
        made = await bench.ticket()
        with pytest.raises(OutboundPaused):
            await bench.helpdesk.send_message(made, "hello", "agent-1")
        assert (await bench.helpdesk.read_conversation(made)).comments == ()


async def test_a_reply_is_in_the_conversation_once():
    async with helpdesk_bench(may_send=lambda: True) as bench:
        made = await bench.ticket(comments=[{"id": "c1", "body": "Where is it?"}])
        await bench.helpdesk.send_message(made, "On its way.", "agent-1")
        found = await bench.helpdesk.read_conversation(made)
    assert [(c.text, c.from_customer) for c in found.comments] == [("Where is it?", True), ("On its way.", False)]
