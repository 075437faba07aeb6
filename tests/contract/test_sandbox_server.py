"""The sandbox over HTTP: the vendor's endpoints, its own levers, and the command that runs it."""

import asyncio
import signal
import sys
from typing import Any

import httpx
import orjson
import pytest

from connectors.sandbox.api import AGENT_ID
from connectors.sandbox.exchange import SandboxConfig
from tests.contract.helpdesk import helpdesk_bench

_ORDER = {"orderId": "17", "appClientId": "shop-1", "orderName": "#1001", "status": "open", "fulfillment": []}


async def test_a_conversation_from_creation_to_close():
    async with helpdesk_bench() as bench:
        made = await bench.ticket(customer="a@example.com", comments=[{"body": "hello"}], order=_ORDER)
        comment = await bench.levers.post(f"/sandbox/tickets/{made}/comments", json={"id": "c2", "body": "again"})
        assert comment.json() == {"id": "c2"}
        sent = {"body": "Dear customer", "author_id": AGENT_ID, "attachments": []}
        assert (await bench.api("PUT", f"/tickets/{made}/send-message", json=sent)).status_code == 200
        await bench.api("PUT", f"/tickets/{made}/add-tags", json={"tags": ["a", "b"]})
        await bench.api("PUT", f"/tickets/{made}/remove-tags", json={"tags": ["a"]})
        await bench.api("PUT", f"/tickets/{made}", json={"ticket": {"state": "closed", "status": "CLOSED"}})
        ticket = (await bench.api("GET", f"/tickets/{made}")).json()["ticket"]
        assert [(c["plain_body"], c["via"]["isOperator"]) for c in ticket["comments"]] == [
            ("hello", False),
            ("again", False),
            ("Dear customer", True),
        ]
        assert (ticket["tags"], ticket["status"]) == (["b"], "CLOSED")
        assert ticket["via"]["source"]["from"] == {"address": "a@example.com"}
        assert (await bench.api("GET", f"/order/{made}")).json() == {"orderId": "17", "appClientId": "shop-1"}
        assert (await bench.api("GET", "/order/shop-1/17")).json() == _ORDER
        assert (await bench.api("GET", "/order/shop-1/18")).status_code == 404
        assert (await bench.api("GET", f"/order/{await bench.ticket()}")).json() == {}


async def test_a_message_sent_twice_is_there_twice():
    async with helpdesk_bench() as bench:
        made = await bench.ticket()
        for _ in range(2):
            await bench.api("PUT", f"/tickets/{made}/send-message", json={"body": "hi", "author_id": AGENT_ID})
        comments = (await bench.api("GET", f"/tickets/{made}")).json()["ticket"]["comments"]
    assert len(comments) == 2


@pytest.mark.parametrize(
    ("path", "key"), [("/teams", "team"), ("/tags", "tag"), ("/users", "users"), ("/channel", "channels")]
)
async def test_lists_stand_under_the_vendors_keys(path: str, key: str):
    async with helpdesk_bench() as bench:
        await bench.ticket(tags=["vip"])
        found = (await bench.api("GET", path)).json()[key]
    assert found
    assert all({"id", "name"} <= set(item) for item in found)


async def test_ticket_pages():
    async with helpdesk_bench() as bench:
        for number in range(5):
            await bench.ticket(id=f"t{number}")
        first = (await bench.api("GET", "/tickets?page=1&per_page=3&status=OPEN")).json()
        second = (await bench.api("GET", "/tickets?page=2&per_page=3&status=OPEN")).json()
    assert ([t["id"] for t in first["ticket"]], first["next_page"]) == (["t4", "t3", "t2"], 2)
    assert ([t["id"] for t in second["ticket"]], second["next_page"]) == (["t1", "t0"], None)


# method, path, JSON body -> status; nothing of it is applied
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/tickets?per_page=101", None, 400),
        ("GET", "/tickets?page=0", None, 400),
        ("GET", "/nothing", None, 404),
        ("POST", "/teams", {}, 405),
        ("GET", "/tickets/nobody", None, 404),
        ("PUT", "/tickets/nobody/add-tags", {"tags": ["a"]}, 404),
        ("PUT", "/tickets/t/add-tags", {"tags": "a"}, 400),
        ("PUT", "/tickets/t/add-tags", [], 400),
        ("PUT", "/tickets/t", {"status": "CLOSED"}, 400),
        ("PUT", "/tickets/t/send-message", {"body": "x", "author_id": "robot"}, 400),
        ("PUT", "/tickets/t/send-message", {"author_id": AGENT_ID}, 400),
    ],
)
async def test_wrong_requests_are_refused_and_logged(method: str, path: str, body: Any, status: int):
    async with helpdesk_bench() as bench:
        await bench.ticket(id="t")
        assert (await bench.api(method, path, json=body)).status_code == status
        (entry,) = await bench.log()
    assert (entry["status"], entry["applied"], entry["method"]) == (status, False, method)
    assert entry["path"] == f"/v1{path.partition('?')[0]}"


@pytest.mark.parametrize("key", ["", "wrong", "sandbox-ke", "sandbox-key2"])
async def test_a_wrong_key_is_401(key: str):
    async with helpdesk_bench() as bench:
        answer = await bench.levers.get("/v1/teams", headers={"x-richpanel-key": key} if key else {})
    assert answer.status_code == 401


async def test_a_body_that_is_not_json_or_too_large_is_refused():
    async with helpdesk_bench() as bench:
        assert (await bench.api("PUT", "/tickets/t", content=b"{")).status_code == 400
        assert (await bench.api("PUT", "/tickets/t", content=b"x" * 4_000_001)).status_code == 413
        assert (await bench.levers.post("/sandbox/tickets", content=b"{")).status_code == 400


async def test_many_at_once_and_again_without_doubling():
    tickets = [{"id": f"t{n}", "comments": [{"id": "c", "body": "x"}]} for n in range(300)]
    async with helpdesk_bench() as bench:
        for created in (True, False):
            answer = (await bench.levers.post("/sandbox/tickets", json={"tickets": tickets})).json()
            assert [one["created"] for one in answer["tickets"]] == [created] * 300
            assert answer["tickets"][0]["comment_ids"] == ["c"]
        summary = (await bench.levers.get("/sandbox/summary")).json()
    assert (summary["tickets"], summary["requests"], summary["writes_applied"]) == (300, 0, 0)


async def test_a_mistake_in_a_lever_is_named():
    async with helpdesk_bench() as bench:
        typo = await bench.levers.post("/sandbox/tickets", json={"chanel": "email"})
        fault = await bench.levers.post("/sandbox/faults", json={"kind": "gremlins"})
    assert (typo.status_code, fault.status_code) == (400, 400)
    assert "chanel" in typo.json()["error"]
    assert "429_no_retry_after" in fault.json()["error"]


async def test_faults_can_be_taken_back_and_the_summary_shows_them():
    async with helpdesk_bench() as bench:
        await bench.fault("500", times=None)
        assert (await bench.api("GET", "/teams")).status_code == 500
        summary = (await bench.levers.get("/sandbox/summary")).json()
        assert (summary["faults"][0]["hits"], summary["by_status"]) == (1, {"500": 1})
        await bench.levers.delete("/sandbox/faults")
        assert (await bench.api("GET", "/teams")).status_code == 200


async def test_the_log_goes_on_where_a_reader_left_and_orders_by_effect():
    async with helpdesk_bench(SandboxConfig(latency_s=0.02)) as bench:
        made = await bench.ticket()
        await asyncio.gather(*(bench.helpdesk.add_tags(made, [f"t{n}"]) for n in range(10)))
        entries = await bench.log()
        rest = (await bench.levers.get("/sandbox/log?since=8")).json()
    assert [e["seq"] for e in entries] == list(range(1, 11))
    assert [e["monotonic"] for e in entries] == sorted(e["monotonic"] for e in entries)
    assert all(e["monotonic"] - e["arrived"] >= 0.02 for e in entries)
    assert ([e["seq"] for e in rest["entries"]], rest["last"]) == ([9, 10], 10)


async def test_the_page_lists_tickets_and_requests():
    async with helpdesk_bench() as bench:
        made = await bench.ticket(subject="<b>Parcel</b>", tags=["vip"])
        await bench.helpdesk.read_conversation(made)
        page = await bench.levers.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "&lt;b&gt;Parcel&lt;/b&gt;" in page.text
    assert f"GET /v1/tickets/{made}" in page.text


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_mw_sandbox_runs_until_told_to_stop(end: signal.Signals):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "control", "--json", "sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        async with httpx.AsyncClient(base_url=said["url"]) as client:
            assert (await client.get("/readyz")).text == "ok\n"
            assert (await client.get("/v1/teams", headers={"x-richpanel-key": "sandbox-key"})).status_code == 200
        process.send_signal(end)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()  # type: ignore[attr-defined]
