"""Tier-0 rules: high-recall wording checks for what people must see at once. Pure, no model, no network.

Five signals: ``chargeback_dispute``, ``legal_threat``, ``harassment_threats``, ``fraud_suspected`` and
``privacy_request``. One suffices to escalate, whatever a model says (contracts: "Tier-0 signals ... each suffice").
"""

from __future__ import annotations

from agents.tier0_rules import RULES
from agents.tier0_rules.senses import BUT, HARMLESS, NEGATION
from agents.tier0_rules.vocabulary import Rule
from agents.tier0_text import plain
from streams.decision import Tier0Signal

_NEGATION_REACH = 60
"""Characters before a match in which a negation is looked for."""


def find_signals(text: str) -> tuple[Tier0Signal, ...]:
    """The signals in sanitised ``text``, each with the rules that saw it, in the order of the table of rules."""
    seen = HARMLESS.sub(" _ ", plain(text))
    return tuple(Tier0Signal(signal=rule.signal, rule=rule.name) for rule in RULES if _fires(rule, seen))


def _fires(rule: Rule, text: str) -> bool:
    for match in rule.pattern.finditer(text):
        if not rule.negatable or not _negated(text, match.start(), match.end()):
            return True
    return False


def _negated(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _NEGATION_REACH) : start]
    return NEGATION.search(before) is not None and BUT.match(text, end) is None
