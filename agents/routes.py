"""Who gets a ticket, and the tags that say so. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from agents.canonical import Understanding, failed
from agents.playbook import Playbook
from streams.decision import DecisionInputs
from streams.reasons import DecisionReason as Why
from streams.reasons import ModelResult, Stage

ROUTING_PREFIX: Final = "mw-needs-"
ROUTING_APPLIED: Final = "mw-routing-applied"
MODEL_FAILURE: Final = "mw-model-failure"
_SILENT: Final = (ModelResult.FAILED, ModelResult.LEFT_ALONE)
MANUAL_TRIAGE: Final = "mw-needs-manual-triage"
"""Says that a person must sort it; it assigns to nobody, so it is no routing."""


class Route(NamedTuple):
    """Teams concerned (the one in charge first), why, and how far the understanding is trusted."""

    teams: tuple[str, ...]
    reasons: tuple[Why, ...]
    applied: bool
    marks: tuple[str, ...] = ()


def route(inputs: DecisionInputs, seen: Understanding, playbook: Playbook) -> Route:
    """The teams for a ticket: those of its escalations, the default team after a failure, else the leading intent's
    where it was understood surely enough (contracts: "Starting thresholds")."""
    default, limits = playbook.routing.default_team, playbook.automation.thresholds
    if inputs.tier0 or seen.escalations:
        return _escalated(inputs, seen, playbook)
    if failed(inputs):
        return Route((default,), _failure_reasons(inputs), applied=False, marks=_failure_marks(inputs))
    if (first := playbook.routing.channel_first.get(inputs.channel)) is not None:
        return Route((first,), (Why.CHANNEL_FIRST,), applied=True)
    nothing = () if seen.present else (Why.NO_INTENT,)
    if seen.routing_confidence >= limits.apply:
        return Route((playbook.routing.intents[seen.primary],), (Why.CONFIDENT,), applied=True)
    if seen.routing_confidence >= limits.uncertain:
        return Route((default,), (Why.UNCERTAIN, *nothing), applied=True, marks=("mw-uncertain",))
    return Route((default,), (Why.LOW_CONFIDENCE, *nothing), applied=False, marks=(MANUAL_TRIAGE,))


def _escalated(inputs: DecisionInputs, seen: Understanding, playbook: Playbook) -> Route:
    """Every team that a signal or a tier-0 intent names gets the ticket; the leading intent's team is in charge."""
    signals = {item.signal for item in inputs.tier0}
    known = [known.team for name, known in playbook.signal_routes.items() if name in signals]
    other = [playbook.routing.other_signals_team] if signals - playbook.signal_routes.keys() else []
    teams = dict.fromkeys([*(playbook.routing.intents[name] for name in seen.escalations), *known, *other])
    reasons = [Why.TIER0_SIGNAL] if signals else []
    if seen.tier0_present:
        reasons.append(Why.TIER0_INTENT)
    return Route(tuple(teams), (*reasons, *_failure_reasons(inputs)), applied=True, marks=_failure_marks(inputs))


def model_reasons(inputs: DecisionInputs) -> tuple[Why, ...]:
    """That a language model was to be asked and did not answer, where it is so and nothing worse is said already."""
    if failed(inputs):
        return ()
    if inputs.model_result in _SILENT:
        return (Why.MODEL_UNAVAILABLE,)
    return (Why.MODEL_OVER_BUDGET,) if inputs.model_result is ModelResult.OVER_BUDGET else ()


def _failure_reasons(inputs: DecisionInputs) -> tuple[Why, ...]:
    if not failed(inputs):
        return ()
    return (Why.STAGE_FAILED, Why.MODEL_UNAVAILABLE) if inputs.failed_stage is Stage.CLASSIFY else (Why.STAGE_FAILED,)


def _failure_marks(inputs: DecisionInputs) -> tuple[str, ...]:
    if not failed(inputs):
        return ()
    return (MANUAL_TRIAGE, MODEL_FAILURE) if inputs.failed_stage is Stage.CLASSIFY else (MANUAL_TRIAGE,)


def tags_of(
    inputs: DecisionInputs, seen: Understanding, way: Route, tier: int | None, playbook: Playbook
) -> tuple[str, ...]:
    """All tags, in a fixed order; at most ten (a failed ticket has only escalations as secondary intents)."""
    tags = ["mw-processed", f"mw-intent-{seen.primary}"]
    tags += [f"mw-secondary-{name}" for name in seen.secondary]
    if tier is not None:
        tags.append(f"mw-tier-{tier}")
    tags += way.marks
    if inputs.model_result in _SILENT:
        tags.append(MODEL_FAILURE)
    if tier == 2 and Why.CONFIDENT in way.reasons and not _order_matched(inputs):
        tags.append("mw-order-lookup-needed")  # the answer is in an order that nothing has found yet: a person looks
    if way.applied:
        tags.append(ROUTING_APPLIED)
    teams = [playbook.team[name] for name in way.teams]
    if not all(team.in_tenant for team in teams):
        teams.append(playbook.team[playbook.routing.default_team])
    return tuple(dict.fromkeys([*tags, *(ROUTING_PREFIX + team.slug for team in teams)]))


def _order_matched(inputs: DecisionInputs) -> bool:
    return inputs.order is not None and inputs.order.matches == 1


def is_routing(tag: str) -> bool:
    """Whether the tenant's own rules assign a ticket by ``tag``, or it says that they do."""
    return tag == ROUTING_APPLIED or (tag.startswith(ROUTING_PREFIX) and tag != MANUAL_TRIAGE)
