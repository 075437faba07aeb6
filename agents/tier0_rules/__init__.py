"""The tables behind ``agents.tier0``: which wording means which signal, one file per signal.

Sources: the definitions of the P0 intents in the playbook's taxonomy, and the signals in its routing table. Patterns
see text as ``tier0_text.plain`` leaves it: lower case, no apostrophes. Every gap is bounded and stays within a
sentence, so matching is linear. When in doubt a rule fires: a missed escalation costs more than a person's look.
"""

from __future__ import annotations

from agents.tier0_rules import chargeback, fraud, harassment, legal, privacy
from agents.tier0_rules.vocabulary import Rule

RULES: tuple[Rule, ...] = (*chargeback.RULES, *legal.RULES, *harassment.RULES, *fraud.RULES, *privacy.RULES)
