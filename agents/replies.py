"""Which template would answer a ticket, under the rules of which tier, and until when. Pure; whether it may is for the
gates to say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from agents.canonical import Understanding
from agents.delivery import Window, remaining
from agents.playbook import Playbook
from agents.playbook_parts import VerifiedTemplates
from streams.decision import DecisionInputs, OrderFacts


class Plan(NamedTuple):
    """``rules``: the tier whose gates apply; None: the ticket is never answered. ``candidates``: the templates that may
    come of it, one where the facts have decided."""

    rules: int | None
    candidates: tuple[str, ...]
    expires_at: datetime | None


def plan_reply(inputs: DecisionInputs, seen: Understanding, tier: int | None, playbook: Playbook) -> Plan:
    """The plan for a ticket of ``tier``.

    Tier 2 needs the order. Where it was looked for, none was found and the customer told no number, the template that
    asks for it goes out under the rules of tier 1; a number that was told and did not match is for a person.
    """
    rule, expires_at = playbook.automation.intents[seen.primary], _expiry(inputs, playbook)
    if tier == 1:
        return Plan(1, rule.every_template, expires_at)
    if tier != 2 or rule.verified is None or rule.unmatched_template is None:
        return Plan(None, (), expires_at)
    order = inputs.order
    if order is not None and order.matches == 0 and not inputs.has_order_number:
        return Plan(1, (rule.unmatched_template,), expires_at)
    known = order is not None and order.matches == 1
    wanted = (_verified(rule.verified, order, inputs, playbook),) if order and known else rule.verified.all
    return Plan(2, wanted, expires_at)


def _verified(templates: VerifiedTemplates, order: OrderFacts, inputs: DecisionInputs, playbook: Playbook) -> str:
    """What can be told of the order: where it is, else when it should come, else that a person looks."""
    if order.has_tracking or order.delivered:
        return templates.tracked
    return templates.estimated if estimate(order, inputs.now, playbook) else templates.delayed


def estimate(order: OrderFacts, now: datetime | None, playbook: Playbook) -> Window | None:
    """What is left of the order's window; None where no promise can be made."""
    if order.ordered_at is None or now is None:
        return None
    return remaining(order.ordered_at, now, playbook.shipping, method=order.method, preorder_days=order.preorder_days)


def _expiry(inputs: DecisionInputs, playbook: Playbook) -> datetime | None:
    """When the answer would come too late; None where nobody knows when the customer wrote."""
    if inputs.asked_at is None:
        return None
    return inputs.asked_at + timedelta(seconds=playbook.automation.reply_max_age_s.of(inputs.channel))
