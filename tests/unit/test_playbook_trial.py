"""Releases compared: value by value, and by what they would have decided on recorded tickets."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given as forall
from hypothesis import settings

from agents.playbook import Playbook
from agents.policy import decide
from control.playbook_diff import differences
from control.playbook_trial import Change, changed, trial
from control.playbooks import FOLDER, SHIPPED, load_playbook
from streams.decision import DecisionInputs
from streams.events import TicketDecided
from tests.unit.policy_inputs import NOON, OPEN, PLAYBOOK, RELEASED, given, inputs, scores, signals


def record(conversation: str, inputs: DecisionInputs, playbook: Playbook = PLAYBOOK) -> TicketDecided:
    event = uuid4()
    return TicketDecided(
        id=event, event_id=event, trace_id=event.hex, conversation_id=conversation, received_at=NOON,
        decision=decide(inputs, playbook), inputs=inputs.model_copy(update={"playbook": playbook.id}),
    )  # fmt: skip


def edited(folder: Path, *edits: tuple[str, str, str]) -> Playbook:
    """The shipped release with each (file, text, its replacement)."""
    shutil.copytree(FOLDER / SHIPPED, folder / "2026.12.1")
    for name, old, new in edits:
        path = folder / "2026.12.1" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_playbook("2026.12.1", folder=folder)


def test_equal_releases_do_not_differ(tmp_path: Path) -> None:
    assert differences(PLAYBOOK, edited(tmp_path)) == []


def test_every_edit_is_a_difference_with_its_place(tmp_path: Path) -> None:
    candidate = edited(
        tmp_path,
        ("routing.yaml", "damaged_item: Returns Admin", "damaged_item: Sales Team"),
        ("automation.yaml", "tier1: 0.60", "tier1: 0.61"),
        ("automation.yaml", "channels: [email, livechat]", "channels: [email]"),
        ("automation.yaml", "{tier: 1, template: t_billing_issue_intake}", "{tier: route_only}"),
        ("routing.yaml", "slug: tiktok", "slug: tiktoks"),
    )  # fmt: skip
    assert {d.place: (d.before, d.after) for d in differences(PLAYBOOK, candidate)} == {
        "routing.intents.damaged_item": ("Returns Admin", "Sales Team"),
        "routing.teams.TikTok Support.slug": ("tiktok", "tiktoks"),
        "automation.thresholds.tier1": (0.60, 0.61),
        "automation.channels": (["email", "livechat"], ["email"]),
        "automation.intents.billing_issue.tier": (1, "route_only"),
        "automation.intents.billing_issue.template": ("t_billing_issue_intake", None),
    }


def test_a_trial_tells_what_changes_by_intent_and_kind_the_riskiest_first(tmp_path: Path) -> None:
    candidate = edited(
        tmp_path,
        ("automation.yaml", "replies_released: false", "replies_released: true"),
        ("routing.yaml", "damaged_item: Returns Admin", "damaged_item: Sales Team"),
        ("routing.yaml", "  - signal: privacy_request", "  - signal: privacy_requests"),
    )
    held = OPEN.model_copy(update={"automation_enabled": False})
    recorded: Sequence[TicketDecided | None] = [
        record("a", given(intents=scores(billing_issue=0.9))),
        record("b", given(intents=scores(billing_issue=0.8))),
        record("c", given(held, intents=scores(damaged_item=0.9))),
        record("d", given(held, intents=scores(refund_request=0.9))),
        None,
    ]
    result = trial([*recorded, recorded[0]], candidate)
    assert (result.tickets, result.unreadable, dict(result.other_releases)) == (4, 1, {PLAYBOOK.id: 4})
    assert [(g.change, g.intent, g.count, g.examples) for g in result.changed] == [
        (Change.MORE_AUTOMATION, "billing_issue", 2, ["a", "b"]),
        (Change.OTHER_TEAM, "damaged_item", 1, ["c"]),
        (Change.OTHER_REASONS, "refund_request", 1, ["d"]),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (given(intents=scores(billing_issue=0.9)), given(intents=scores(damaged_item=0.9)), Change.OTHER_TEMPLATE),
        (given(tier0=signals("legal_threat")), given(intents=scores(return_request=0.9)), Change.MORE_AUTOMATION),
        (given(tier0=signals("legal_threat")), given(), Change.NO_LONGER_ESCALATED),
        (given(intents=scores(return_request=0.9)), given(intents=scores(unknown_other=0.9)), Change.LESS_AUTOMATION),
        (given(), given(intents=scores(legal_threat=0.9)), Change.ESCALATED),
        (given(intents=scores(unknown_other=0.9)), given(intents=scores(unknown_other=0.55)), Change.OTHER_TAGS),
    ],
)
def test_the_kind_of_a_change_is_the_one_that_deserves_most_care(
    before: DecisionInputs, after: DecisionInputs, kind: Change
) -> None:
    assert changed(decide(before, RELEASED), decide(after, RELEASED)) is kind


@settings(max_examples=100, deadline=None)
@forall(inputs)
def test_a_release_tried_on_its_own_tickets_changes_nothing(recorded: DecisionInputs) -> None:
    assert trial([record("a", recorded)], PLAYBOOK).groups == {}
