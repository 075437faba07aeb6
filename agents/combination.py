"""One classification out of several opinions: the rules', the local model's, the language model's. Pure and total.

1. A tier-0 signal from any one of them suffices: all signals are kept. A tier-0 intent has the highest confidence that
   either model gives it, so that neither can talk the other out of an escalation.
2. Any other intent has ``thresholds.language_weight`` times the language model's confidence plus the rest times the
   local model's; one that a model does not name has 0 from it. So where they disagree both confidences sink, and a
   ticket that only one of them is sure of is less sure than it said.
3. Without a language model's answer the local model's confidences stand.

(A linear opinion pool; what replies need beyond it, that both lead with the same intent, is a gate of the policy.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agents.playbook import Playbook
from streams.decision import IntentScore, Opinion, Tier0Signal

TOP = 5
"""Intents kept, beside those of tier 0."""

_LEAST = 0.005  # what rounds to nothing is not kept


class Combined(NamedTuple):
    """Intents, best first, and signals, each once."""

    intents: tuple[IntentScore, ...]
    tier0: tuple[Tier0Signal, ...]


def combine(rules: Opinion, local: Opinion, language: Opinion | None, playbook: Playbook) -> Combined:
    """What the opinions come to. ``language`` None: it was not asked, or gave no answer."""
    signals = [*rules.tier0, *local.tier0, *(language.tier0 if language else ())]
    first = {signal.signal: signal for signal in reversed(signals)}  # the rules' own, where they saw it too
    kept = tuple(dict.fromkeys([*rules.tier0, *(signal for signal in signals if first[signal.signal] is signal)]))
    if language is None:
        return Combined(local.intents, kept)
    return Combined(_pooled(local.intents, language.intents, playbook), kept)


def _pooled(
    local: Sequence[IntentScore], language: Sequence[IntentScore], playbook: Playbook
) -> tuple[IntentScore, ...]:
    weight = playbook.automation.thresholds.language_weight
    ours, theirs = _highest(local), _highest(language)
    pooled = {}
    for name in dict.fromkeys([*theirs, *ours]):
        one, other = ours.get(name, 0.0), theirs.get(name, 0.0)
        certain = playbook.tier.get(name) == 0
        pooled[name] = max(one, other) if certain else weight * other + (1 - weight) * one
    ranked = sorted(pooled, key=lambda name: (-pooled[name], playbook.rank.get(name, len(playbook.rank))))
    kept = [name for place, name in enumerate(ranked) if place < TOP or playbook.tier.get(name) == 0]
    return tuple(IntentScore(intent=name, confidence=round(pooled[name], 6)) for name in kept if pooled[name] >= _LEAST)


def _highest(scores: Sequence[IntentScore]) -> dict[str, float]:
    highest: dict[str, float] = {}
    for score in scores:
        highest[score.intent] = max(score.confidence, highest.get(score.intent, 0.0))
    return highest
