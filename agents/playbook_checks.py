"""What must agree within and between the parts of a playbook release; each disagreement with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Literal, NamedTuple

from agents.playbook_parts import Automation, Routing, Taxonomy, Thresholds
from agents.playbook_shipping import Shipping, find_shipping_mistakes
from agents.playbook_templates import Brand, Templates
from agents.template_checks import find_template_mistakes

PARTS = ("taxonomy", "routing", "automation", "shipping", "templates", "brand")
RESERVED_SLUG = "manual-triage"  # mw-needs-manual-triage says that a person must sort a ticket


class Mistake(NamedTuple):
    """One disagreement: the part it stands in, the path of keys to it, what is wrong and what to do."""

    part: str
    where: tuple[str | int, ...]
    what: str


def find_mistakes(
    taxonomy: Taxonomy, routing: Routing, automation: Automation, shipping: Shipping, templates: Templates, brand: Brand
) -> list[Mistake]:
    """Every disagreement within and between the parts; empty for a sound release."""
    names = [intent.name for intent in taxonomy.intents]
    found = [*_taxonomy_mistakes(taxonomy, names), *_routing_mistakes(routing, taxonomy)]
    found += _coverage("routing", routing.intents, names)
    found += _coverage("automation", automation.intents, names)
    found += [*_threshold_mistakes(automation.thresholds), *_rule_mistakes(taxonomy, automation)]
    found += _reply_mistakes(automation)
    found += [Mistake("shipping", where, what) for where, what in find_shipping_mistakes(shipping)]
    found += [Mistake(*mistake) for mistake in find_template_mistakes(templates, brand, automation)]
    return found


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _coverage(part: Literal["routing", "automation"], table: Mapping[str, object], names: list[str]) -> list[Mistake]:
    missing = [Mistake(part, ("intents",), f"intent {n!r} is missing: add a line for it") for n in names - table.keys()]
    extra = [n for n in table if n not in names]
    return sorted(missing) + [
        Mistake(part, ("intents", n), f"{n!r} is no intent of taxonomy.yaml: correct or remove it") for n in extra
    ]


def _urgent(taxonomy: Taxonomy) -> set[str]:
    return {intent.name for intent in taxonomy.intents if intent.urgency == 0}


def _taxonomy_mistakes(taxonomy: Taxonomy, names: list[str]) -> Iterator[Mistake]:
    for name in _twice(names):
        yield Mistake("taxonomy", ("intents", names.index(name)), f"intent {name!r} stands twice: remove one")
    urgencies = [intent.urgency for intent in taxonomy.intents]
    for place in range(1, len(urgencies)):
        if urgencies[place] < urgencies[place - 1]:
            what = f"intent {names[place]!r} is more urgent than the one above it: move it up"
            yield Mistake("taxonomy", ("intents", place), what)
    for place, intent in enumerate(taxonomy.intents):
        for number, miss in enumerate(intent.near_misses):
            if miss.intent not in names or miss.intent == intent.name:
                what = f"a near miss of {intent.name!r} is another intent, not {miss.intent!r}: correct it"
                yield Mistake("taxonomy", ("intents", place, "near_misses", number, "is"), what)
    if taxonomy.unknown not in names:
        yield Mistake("taxonomy", ("unknown",), f"{taxonomy.unknown!r} is not among the intents: name one of them")


def _routing_mistakes(routing: Routing, taxonomy: Taxonomy) -> Iterator[Mistake]:
    teams = [team.name for team in routing.teams]
    slugs = [team.slug for team in routing.teams]
    signals = [route.signal for route in routing.signals]
    for field, what, values in (("teams", "team", teams), ("teams", "slug", slugs), ("signals", "signal", signals)):
        for value in _twice(values):
            yield Mistake("routing", (field, values.index(value)), f"{what} {value!r} stands twice: remove one")
    if RESERVED_SLUG in slugs:
        what = f"slug {RESERVED_SLUG!r} is a tag of its own and cannot route: choose another"
        yield Mistake("routing", ("teams", slugs.index(RESERVED_SLUG), "slug"), what)
    for where, name in _named_teams(routing):
        if name not in teams:
            yield Mistake("routing", where, f"{name!r} is no team of `teams`: correct the name or add the team")
    if any(team.name == routing.default_team and not team.in_tenant for team in routing.teams):
        yield Mistake("routing", ("default_team",), "the default team must exist in the helpdesk: name another")
    urgent = _urgent(taxonomy)
    for place, route in enumerate(routing.signals):
        if route.intent is not None and route.intent not in urgent:
            what = f"{route.intent!r} is no P0 intent of taxonomy.yaml: correct or remove it"
            yield Mistake("routing", ("signals", place, "intent"), what)


def _named_teams(routing: Routing) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("default_team",), routing.default_team
    yield ("other_signals_team",), routing.other_signals_team
    for channel, team in routing.channel_first.items():
        yield ("channel_first", channel.value), team
    for intent, team in routing.intents.items():
        yield ("intents", intent), team
    for place, route in enumerate(routing.signals):
        yield ("signals", place, "team"), route.team


def _threshold_mistakes(t: Thresholds) -> Iterator[Mistake]:
    ordered = ("present", "uncertain", "apply", "tier1", "tier2")
    for low, high in pairwise(ordered):
        if getattr(t, low) > getattr(t, high):
            yield Mistake("automation", ("thresholds", high), f"{high} must not be below {low}: raise it")
    if t.present <= 0 or t.uncertain >= t.apply:
        yield Mistake("automation", ("thresholds", "uncertain"), "present > 0 and uncertain < apply are needed")


def _rule_mistakes(taxonomy: Taxonomy, automation: Automation) -> Iterator[Mistake]:
    urgent = _urgent(taxonomy)
    floors: dict[object, float] = {1: automation.thresholds.tier1, 2: automation.thresholds.tier2}
    for name, rule in automation.intents.items():
        wrong = ""
        if (name in urgent) != (rule.tier == 0):
            wrong = "P0 intents, and no others, have tier 0"
        elif (rule.template is not None) != (rule.tier == 1):
            wrong = "tier 1, and no other, needs a template"
        elif (rule.verified is not None) != (rule.tier == 2):
            wrong = "tier 2, and no other, needs verified templates"
        elif (rule.unmatched_template is not None) != (rule.tier == 2):
            wrong = "tier 2, and no other, needs an unmatched_template"
        elif rule.min_confidence is not None and rule.min_confidence < floors.get(rule.tier, 2.0):
            wrong = "min_confidence only raises the threshold of tiers 1 and 2: raise or remove it"
        elif _twice(rule.every_template):
            wrong = "a template stands twice: use another"
        if wrong:
            yield Mistake("automation", ("intents", name), f"intent {name!r}: {wrong}")
    if taxonomy.unknown in automation.intents and automation.intents[taxonomy.unknown].tier != "route_only":
        what = f"intent {taxonomy.unknown!r}: what was not understood is route_only"
        yield Mistake("automation", ("intents", taxonomy.unknown), what)


def _reply_mistakes(automation: Automation) -> Iterator[Mistake]:
    verified = {rule.verified.estimated for rule in automation.intents.values() if rule.verified is not None}
    for place, template in enumerate(automation.auto_close):
        if template not in verified:  # only an estimate within its window may close a ticket
            what = f"{template!r} is no `estimated` template: only those may close a ticket, remove it"
            yield Mistake("automation", ("auto_close", place), what)
