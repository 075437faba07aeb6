"""From many intents with confidences to one understanding: what leads, what comes second, how sure the routing is.

Pure and total. The rule of what leads (contracts: "Confidences", issue "multi-intent canonicalisation"):

1. An escalation leads: a tier-0 intent that is present (confidence >= ``present``) or that a tier-0 signal stands for;
   the likelier first (a signal counts as certain), then the order of urgency.
2. Else the root cause before its outcome: the most urgent P1 or P2 intent that is present and within
   ``root_cause_window`` of the likeliest intent ("arrived broken, I want my money back" is a damaged item).
3. Else the likeliest intent that is present; equal ones in the order of urgency.
4. Else ``unknown``.

The other present intents come second, the most urgent first, at most two (none after a stage failure). An intent that
the playbook does not know counts as ``unknown``; one given twice counts once, with its higher confidence.
"""

from __future__ import annotations

from typing import NamedTuple

from agents.playbook import Playbook
from agents.playbook_parts import Thresholds
from streams.decision import DecisionInputs

MAX_SECONDARY = 2
"""Secondary intents a decision names at most; more would be noise to an agent."""

_ROOT_CAUSE_PRIORITIES = (1, 2)


class Understanding(NamedTuple):
    """What a ticket is about. Confidences are 0..1, rounded to six digits so that 0.8 - 0.1 is 0.7."""

    primary: str
    secondary: tuple[str, ...]
    escalations: tuple[str, ...]  # tier-0 intents, leading first: present in the message or named by a signal
    present: tuple[str, ...]  # every intent in the message, the most urgent first
    tier0_present: bool  # a tier-0 intent is in the message
    margin: float  # likeliest minus second confidence, over all intents
    routing_confidence: float


def understand(inputs: DecisionInputs, playbook: Playbook) -> Understanding:
    """The understanding of ``inputs``. After a stage failure only tier-0 intents are believed."""
    rank, limits = playbook.rank, playbook.automation.thresholds
    scores = _scores(inputs, playbook)
    present = tuple(sorted((n for n, c in scores.items() if c >= limits.present), key=rank.__getitem__))
    escalations = _escalations(inputs, scores, present, playbook)
    if escalations:
        primary = escalations[0]
    elif present:
        primary = _leading(scores, present, playbook)
    else:
        primary = playbook.unknown
    others = (
        [] if failed(inputs) else sorted({*present, *escalations} - {primary, playbook.unknown}, key=rank.__getitem__)
    )
    tier0 = any(playbook.tier[name] == 0 for name in present)
    margin, confidence = _confidence(sorted(scores.values(), reverse=True), inputs.word_count, limits)
    return Understanding(primary, tuple(others[:MAX_SECONDARY]), escalations, present, tier0, margin, confidence)


def failed(inputs: DecisionInputs) -> bool:
    """Whether an earlier stage could not do its work on this ticket."""
    return inputs.failure is not None or inputs.failed_stage is not None


def _scores(inputs: DecisionInputs, playbook: Playbook) -> dict[str, float]:
    scores: dict[str, float] = {}
    for item in inputs.intents:
        name = item.intent if item.intent in playbook.rank else playbook.unknown
        if item.confidence >= scores.get(name, 0.0):
            scores[name] = item.confidence
    if failed(inputs):
        return {name: confidence for name, confidence in scores.items() if playbook.tier[name] == 0}
    return scores


def _escalations(
    inputs: DecisionInputs, scores: dict[str, float], present: tuple[str, ...], playbook: Playbook
) -> tuple[str, ...]:
    likely = {name: scores[name] for name in present if playbook.tier[name] == 0}
    for item in inputs.tier0:
        intent = playbook.signal_route(item.signal).intent
        if intent is not None:
            likely[intent] = 1.0
    return tuple(sorted(likely, key=lambda name: (-likely[name], playbook.rank[name])))


def _leading(scores: dict[str, float], present: tuple[str, ...], playbook: Playbook) -> str:
    likeliest = min(present, key=lambda name: (-scores[name], playbook.rank[name]))
    close = round(scores[likeliest] - playbook.automation.thresholds.root_cause_window, 6)
    causes = [n for n in present if playbook.priority[n] in _ROOT_CAUSE_PRIORITIES and scores[n] >= close]
    if not causes:
        return likeliest
    return min(causes, key=lambda name: (playbook.priority[name], -scores[name], playbook.rank[name]))


def _confidence(descending: list[float], words: int, limits: Thresholds) -> tuple[float, float]:
    """Margin and routing confidence (contracts: "Routing confidence = top confidence, minus ...")."""
    top = descending[0] if descending else 0.0
    second = descending[1] if len(descending) > 1 else 0.0
    margin = round(top - second, 6)
    confidence = top
    if margin < limits.small_margin:
        confidence -= limits.small_margin_penalty
    if words < limits.short_words:
        confidence -= limits.short_penalty
    if second > limits.competing:
        confidence -= limits.competing_penalty
    return margin, round(max(confidence, 0.0), 6)
