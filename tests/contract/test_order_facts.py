"""Policy with facts, against the sandbox's helpdesk and shop: looked up only where a reply hangs on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from agents.order_facts import Facts
from agents.policy import Policy
from agents.redaction import RedactionSettings
from connectors.vendor_http import counting
from streams.clock import SYSTEM_CLOCK
from streams.decision import ControlView, Need, Verdict
from streams.errors import VendorFault
from streams.events import Features, TicketClassified, TicketDecided
from streams.reasons import Channel
from streams.reasons import DecisionReason as Why
from tests.contract.helpdesk import Bench, helpdesk_bench
from tests.unit.policy_inputs import OPEN, PLAYBOOK, RELEASED, scores

JANE = "jane@example.com"


class YesMan:
    """A verifier that confirms everything, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    async def confirms(self, text: str, template: str) -> Verdict:
        self.shown.append((text, template))
        return Verdict(confirms=True, confidence=0.95)


class Broken:
    """A verifier that is down."""

    async def confirms(self, text: str, template: str) -> Verdict:
        raise VendorFault("no answer", vendor="model")


async def ticket(bench: Bench, text: str, **fields: object) -> TicketClassified:
    """A conversation with one message of Jane's, as classify would hand it on."""
    made = await bench.ticket(**{"customer": JANE, "comments": [{"id": "m1", "body": text}], **fields})
    event = uuid.uuid4()
    return TicketClassified(
        id=event, event_id=event, trace_id=event.hex, conversation_id=made, message_id="m1", channel=Channel.EMAIL,
        received_at=SYSTEM_CLOCK.now(), intents=scores(order_status_tracking=0.9),
        features=Features(word_count=12, has_order_number="#" in text),
    )  # fmt: skip


def policy(bench: Bench, verifier: object = None, control: ControlView = OPEN) -> Policy:
    facts = Facts(bench.helpdesk, RedactionSettings(), bench.shop, verifier)  # type: ignore[arg-type]
    return Policy(RELEASED, lambda: control, facts)


async def decided(bench: Bench, text: str, verifier: object = None, **fields: object) -> TicketDecided:
    work, made = policy(bench, verifier), await ticket(bench, text, **fields)
    assert work.now([made]) == [None]  # it has to wait for a fact
    return await work.work(made)


def stopped(ticket: TicketDecided) -> Sequence[Why | None]:
    return [gate.reason for gate in ticket.decision.gates if not gate.passed]


async def test_her_own_order_is_found_and_confirmed_and_no_fact_of_hers_is_recorded():
    verifier = YesMan()
    async with helpdesk_bench() as bench:
        await bench.order("#1001", JANE, parcels=[{"company": "UPS", "number": "1Z999AA10123456784"}])
        done = await decided(bench, "Hi, where is my order #1001? Call me at 415-555-2671", verifier)
    assert done.decision.template == "t_order_status_verified"
    assert set(done.decision.variables) >= {"order_number", "order_status", "tracking_number"}
    assert verifier.shown == [
        ("Hi, where is my order [ORDER_1]? Call me at [PHONE_1]", "t_order_status_verified")
    ]  # fmt: skip
    record = done.encode().decode()
    assert not any(secret in record for secret in (JANE, "1001", "1Z999", "2671"))


async def test_without_a_verifier_nothing_verified_is_told():
    async with helpdesk_bench() as bench:
        await bench.order("#1001", JANE)
        done = await decided(bench, "where is my order #1001")
    assert done.inputs.order is not None
    assert done.inputs.order.matches == 1
    assert stopped(done) == [Why.VERIFIER_MISSING]


@pytest.mark.parametrize("email", ["leif@example.com", "jane+a@example.com", ""])
async def test_somebody_elses_order_is_told_to_nobody(email: str):
    verifier = YesMan()
    async with helpdesk_bench() as bench:
        await bench.order("#1001", email)
        done = await decided(bench, "where is my order #1001", verifier)
    assert Why.ORDER_NOT_MATCHED in stopped(done)
    assert verifier.shown == []


async def test_the_linked_order_needs_no_shop_and_no_number():
    linked = {
        "orderId": "9",
        "appClientId": "shop",
        "orderName": "#1001",
        "shippingMethod": "Standard",
        "createdAt": int(SYSTEM_CLOCK.now().timestamp() * 1000),
    }
    async with helpdesk_bench() as bench:
        done = await decided(bench, "where is my parcel, it should be here", YesMan(), order=linked)
        paths = [entry["path"] for entry in await bench.log()]
    assert done.decision.template == "t_order_eta_no_tracking_verified"
    assert not any("graphql" in path for path in paths)


async def test_who_tells_no_number_is_asked_for_it():
    async with helpdesk_bench() as bench:
        done = await decided(bench, "where is my parcel, it should be here")
        assert done.decision.template == "t_order_status_ask_order_number"
        assert not any("graphql" in entry["path"] for entry in await bench.log())


@pytest.mark.parametrize("path", ["/tickets/", "/order/", "graphql"])
@pytest.mark.parametrize("kind", ["500", "429", "drop_before", "html"])
async def test_a_vendor_that_fails_delays_nobody(path: str, kind: str):
    async with helpdesk_bench() as bench:
        await bench.order("#1001", JANE)
        await bench.fault(kind, match={"path_regex": path})
        done = await decided(bench, "where is my order #1001", YesMan())
    assert done.inputs.order is None
    assert done.decision.needs == (Need.ORDER, Need.VERDICT)
    assert done.decision.template is None
    assert "mw-order-lookup-needed" in done.decision.tags


async def test_a_verifier_that_fails_delays_nobody():
    async with helpdesk_bench() as bench:
        await bench.order("#1001", JANE)
        done = await decided(bench, "where is my order #1001", Broken())
    assert stopped(done) == [Why.VERIFIER_MISSING]


@pytest.mark.parametrize(
    "control",
    [
        OPEN.model_copy(update={"safe_mode": True}),
        OPEN.model_copy(update={"rollout_stage": "tier1"}),
        OPEN.model_copy(update={"channels": ()}),
        ControlView(),
    ],
)
async def test_where_no_reply_can_come_of_it_nothing_is_looked_up(control: ControlView):
    async with helpdesk_bench() as bench:
        made = await ticket(bench, "where is my order #1001")
        with counting() as count:
            (done,) = policy(bench, YesMan(), control).now([made])
        assert count.calls == 0
    assert done is not None
    assert done.decision.template is None


async def test_a_release_that_never_replies_looks_nothing_up():
    async with helpdesk_bench() as bench:
        made = await ticket(bench, "where is my order #1001")
        facts = Facts(bench.helpdesk, RedactionSettings(), bench.shop, YesMan())
        (done,) = Policy(PLAYBOOK, lambda: OPEN, facts).now([made])
    assert done is not None


async def test_a_switch_thrown_during_the_look_up_counts():
    flags = [OPEN]

    class Thrower(YesMan):
        async def confirms(self, text: str, template: str) -> Verdict:
            flags[0] = OPEN.model_copy(update={"safe_mode": True})
            return await super().confirms(text, template)

    async with helpdesk_bench() as bench:
        await bench.order("#1001", JANE, parcels=[{"number": "1Z999AA10123456784"}])
        made = await ticket(bench, "where is my order #1001")
        facts = Facts(bench.helpdesk, RedactionSettings(), bench.shop, Thrower())
        done = await Policy(RELEASED, lambda: flags[0], facts).work(made)
    assert stopped(done) == [Why.SAFE_MODE]
    assert done.inputs.control.safe_mode


async def test_a_look_up_costs_at_most_four_requests():
    async with helpdesk_bench() as bench:
        await bench.order("#1001", JANE, parcels=[{"number": "1Z999AA10123456784"}])
        made = await ticket(bench, "where is my order #1001")
        with counting() as count:
            await policy(bench, YesMan()).work(made)
    assert count.calls == 4  # conversation, linked order, shop; and the conversation again for the verifier
