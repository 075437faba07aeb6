"""The sandbox's pure parts: state machine, faults, account window, log, and the page's escaping."""

import re
from datetime import timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.sandbox.faults import AccountLimit, AccountWindow, FaultPlan, FaultRule
from connectors.sandbox.journal import Asked, Journal
from connectors.sandbox.page import render
from connectors.sandbox.state import HelpdeskState, NewComment, NewTicket, SandboxRefusal
from streams.clock import ManualClock

_NOW = ManualClock().now()
_LATER = _NOW + timedelta(seconds=1)


def _state(*ids: str) -> HelpdeskState:
    state = HelpdeskState()
    for number, name in enumerate(ids):
        state.create(NewTicket(id=name), _NOW + timedelta(milliseconds=number))
    return state


def test_creating_again_makes_nothing_new_and_adds_only_unknown_comments():
    state = HelpdeskState()
    first = NewTicket(id="t", subject="one", comments=(NewComment(id="c1", body="a"),))
    again = NewTicket(id="t", subject="two", comments=(NewComment(id="c1", body="x"), NewComment(id="c2", body="b")))
    assert state.create(first, _NOW)[1]
    ticket, created = state.create(again, _LATER)
    assert not created
    assert (ticket.subject, [(c.id, c.body) for c in ticket.comments]) == ("one", [("c1", "a"), ("c2", "b")])
    assert len(state) == 1


def test_tickets_and_comments_without_ids_get_fresh_ones():
    state = HelpdeskState()
    made = [state.create(NewTicket(comments=(NewComment(body="a"), NewComment(body="a"))), _NOW)[0] for _ in range(2)]
    assert len({ticket.id for ticket in made}) == 2
    assert len({comment.id for ticket in made for comment in ticket.comments}) == 4


@given(st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.lists(st.sampled_from("abcd"), max_size=4))))
def test_tags_are_a_set_and_their_counts_agree(steps: list[tuple[str, list[str]]]):
    state, expected = _state("t"), set[str]()
    for act, tags in steps:
        before = set(expected)
        expected = expected | set(tags) if act == "add" else expected - set(tags)
        changed = (state.add_tags if act == "add" else state.remove_tags)("t", tags, _LATER)
        assert changed == (before != expected)
        assert set(state.get("t").tags) == expected
        assert dict(state.tag_counts) == dict.fromkeys(expected, 1)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": "closed", "status": "CLOSED"}, "CLOSED"),
        ({"status": "CLOSED"}, "OPEN"),
        ({"state": "closed"}, "OPEN"),
        ({"status": "SNOOZED"}, "SNOOZED"),
        ({"status": "gone"}, "OPEN"),
        ({"status": 5}, "OPEN"),
    ],
)
def test_only_the_known_payload_closes(changes: dict[str, Any], status: str):
    state = _state("t")
    assert state.update("t", changes, _LATER) == (status != "OPEN")
    assert state.get("t").status == status


def test_a_customer_who_writes_again_opens_the_ticket_an_agent_does_not():
    state = _state("t")
    state.update("t", {"state": "closed", "status": "CLOSED"}, _NOW)
    state.comment("t", NewComment(body="from us", from_customer=False), _NOW)
    assert state.get("t").status == "CLOSED"
    state.comment("t", NewComment(body="from them"), _NOW)
    assert state.get("t").status == "OPEN"


def test_pages_go_by_last_change_and_so_shift_while_reading():
    state = _state("a", "b", "c", "d", "e")
    first, following = state.page(1, 2, None)
    assert ([t.id for t in first], following) == (["e", "d"], 2)
    state.add_tags("a", ["t"], _LATER)
    second, _ = state.page(2, 2, None)
    assert [t.id for t in second] == ["d", "c"], "d is seen twice: that is what offset pages do"
    last, following = state.page(3, 2, "OPEN")
    assert ([t.id for t in last], following) == (["b"], None)
    assert state.page(9, 2, None) == ([], None)
    assert state.page(1, 2, "CLOSED") == ([], None)


def test_a_full_sandbox_refuses_instead_of_forgetting():
    state = HelpdeskState(max_tickets=1)
    state.create(NewTicket(id="a"), _NOW)
    with pytest.raises(SandboxRefusal) as caught:
        state.create(NewTicket(id="b"), _NOW)
    assert caught.value.status == 507
    assert not state.create(NewTicket(id="a"), _NOW)[1]


@pytest.mark.parametrize("act", ["get", "comment", "add_tags", "remove_tags", "update"])
def test_an_unknown_ticket_is_404_everywhere(act: str):
    arguments: dict[str, tuple[Any, ...]] = {
        "get": (),
        "comment": (NewComment(body=""), _NOW),
        "add_tags": (["t"], _NOW),
        "remove_tags": (["t"], _NOW),
        "update": ({}, _NOW),
    }
    with pytest.raises(SandboxRefusal) as caught:
        getattr(HelpdeskState(), act)("nobody", *arguments[act])
    assert caught.value.status == 404


def test_a_fault_strikes_what_it_matches_as_often_as_it_says():
    plan = FaultPlan()
    plan.add(FaultRule.model_validate({"match": {"method": "PUT", "path_regex": "tags$"}, "kind": "500", "times": 2}))
    hits = [plan.pick("GET", "/v1/tags"), plan.pick("PUT", "/v1/tickets/1")]
    hits += [plan.pick("PUT", "/v1/tickets/1/add-tags") for _ in range(3)]
    assert [hit and hit.kind for hit in hits] == [None, None, "500", "500", None]
    assert [(rule["hits"], rule["left"]) for rule in plan.describe()] == [(2, 0)]


def test_a_spent_fault_leaves_the_next_its_turn_and_one_without_times_lasts():
    plan = FaultPlan()
    plan.add(FaultRule.model_validate({"kind": "500"}))
    plan.add(FaultRule.model_validate({"kind": "429", "times": None}))
    assert [plan.pick("GET", "/").kind for _ in range(4)] == ["500", "429", "429", "429"]  # type: ignore[union-attr]
    plan.clear()
    assert plan.pick("GET", "/") is None


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chances_follow_the_seed(seed: int):
    def draw() -> list[bool]:
        plan = FaultPlan()
        plan.add(FaultRule.model_validate({"kind": "500", "times": None, "probability": 0.3, "seed": seed}))
        return [plan.pick("GET", "/") is not None for _ in range(1000)]

    assert draw() == draw()
    assert 240 < sum(draw()) < 360  # 300 expected, 14.5 the standard deviation: four of them


@pytest.mark.parametrize(
    "rule", [{"kind": "x"}, {"kind": "500", "times": 0}, {"kind": "500", "match": {"path_regex": "("}}]
)
def test_a_fault_that_makes_no_sense_is_refused(rule: dict[str, Any]):
    with pytest.raises(ValidationError):
        FaultRule.model_validate(rule)


@given(st.lists(st.floats(0, 20), max_size=60))
def test_an_account_never_gets_more_than_its_limit_in_any_window(gaps: list[float]):
    window, now, taken = AccountWindow(AccountLimit(5, 30.0)), 0.0, list[float]()
    for gap in gaps:
        now += gap
        wait = window.take(now)
        assert 0 <= wait <= 30.0
        if wait == 0:
            taken.append(now)
    assert all(late - early >= 30.0 for early, late in zip(taken, taken[5:], strict=False))


def test_an_account_is_let_in_again_when_it_was_told_so():
    window = AccountWindow(AccountLimit(1, 30.0))
    assert window.take(0.0) == 0
    assert window.take(10.0) == 20.0
    assert window.take(30.0) == 0


def test_the_log_is_a_ring_whose_numbers_go_on():
    clock = ManualClock()
    journal = Journal(clock, size=3)
    for number in range(5):
        clock.advance(1)
        journal.write(Asked("PUT", f"/{number}", 0.0), status=200, applied=True, changed=False, fault=None)
    answer = journal.since(0, 10)
    assert [entry["seq"] for entry in answer["entries"]] == [3, 4, 5]
    assert (answer["oldest"], answer["last"], journal.applied) == (3, 5, 5)
    assert [entry["seq"] for entry in journal.since(3, 1)["entries"]] == [4]
    assert journal.since(5, 10)["entries"] == []
    assert [entry.seq for entry in journal.newest(2)] == [5, 4]
    assert all(a["monotonic"] < b["monotonic"] for a, b in pairwise(answer["entries"]))


_SHOWN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)


@given(_SHOWN, _SHOWN, _SHOWN)
def test_whatever_a_ticket_says_stays_text_on_the_page(subject: str, tag: str, path: str):
    state, journal = _state(), Journal(ManualClock(), 10)
    empty = render(state, journal)
    state.create(NewTicket(subject=subject, tags=(tag,), channel="<script>alert(1)</script>"), _NOW)
    journal.write(Asked("GET", path, 0.0), status=404, applied=False, changed=False, fault=None)
    page = render(state, journal)
    assert "<script" not in page
    for said in (subject, tag, path):
        assert said in unescape(page)
    known = set(re.findall(r"</?(\w+)", empty)) | {"span", "code"}
    assert set(re.findall(r"</?(\w+)", page)) <= known
