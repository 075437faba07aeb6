"""What must hold between templates, the brand and the rest of a release; each disagreement with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from agents.playbook_parts import Automation
from agents.playbook_templates import Brand, Piece, Template, Templates, Variable, cut
from agents.wording import WordingError, render

SAMPLE_VALUES: Mapping[str, str] = {
    Variable.FIRST_NAME: "Maximiliana Alexandra",
    Variable.ORDER_NUMBER: "#1234567890-12",
    Variable.ORDER_DATE: "Wednesday, 30 September",
    Variable.ORDER_STATUS: "partially fulfilled",
    Variable.SHIPPING_METHOD: "International Express Saver (duties unpaid)",
    Variable.TRACKING_COMPANY: "Deutsche Post DHL",
    Variable.TRACKING_NUMBER: "9400 1000 0000 0000 0000 00",
    Variable.ETA_WINDOW: "up to 45 business days",
}
"""Long values, to try every template with; the link is the longest that is allowed."""
_ASKS_TOO_MUCH = re.compile(
    r"\b(?:card (?:number|details)|cvv|cvc|security code|pin code|password|iban|bank (?:account|details)|"
    r"social security|passport|date of birth)\b",
    re.IGNORECASE,
)
_PROMISES = re.compile(
    r"\b(?:(?:has|have|was|were) been (?:cancell?ed|refunded|changed|replaced|shipped again)|"
    r"(?:we|i)(?:'ve| have) (?:cancell?ed|refunded|changed|replaced)|will (?:be refunded|refund|replace|cancel))\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

Place = tuple[str | int, ...]
Found = tuple[str, Place, str]
"""File ("templates" or "brand"), path of keys, what is wrong and what to do."""


def find_template_mistakes(templates: Templates, brand: Brand, automation: Automation) -> Iterator[Found]:
    """Every disagreement: templates that are named and missing, variables, marks, lengths, links, and what no reply may
    ask or promise. One that no intent names is none: it may be in preparation, or its intent is no longer answered."""
    named = {name: intent for intent, rule in automation.intents.items() for name in rule.every_template}
    for name, intent in named.items():
        if name not in templates.templates:
            yield "automation", ("intents", intent), f"{name!r} is no template of templates.yaml: correct or write it"
    for name, template in templates.templates.items():
        place = ("templates", name)
        for where, what in _mistakes(template, brand, closes=name in automation.auto_close):
            yield "templates", (*place, *where), f"template {name!r}: {what}"


def _mistakes(template: Template, brand: Brand, *, closes: bool) -> Iterator[tuple[Place, str]]:
    both = set(template.required) & set(template.optional)
    if both:
        yield ("optional",), f"{min(both)} is required and optional: remove one"
    wrong = [(field, what) for field, text in template.texts.items() for what in _text_mistakes(template, text, brand)]
    yield from (((field,), what) for field, what in wrong)
    if not wrong and not both:
        yield from _renders(template, brand, closes)


def _text_mistakes(template: Template, text: str, brand: Brand) -> Iterator[str]:
    try:
        pieces = cut(text)
    except ValueError as exc:
        yield str(exc)
        return
    yield from _variable_mistakes(template, pieces)
    for pattern, what in ((_ASKS_TOO_MUCH, "asks for what no reply may ask"), (_PROMISES, "promises an outcome")):
        if found := pattern.search(text):
            yield f"{what} ({found.group()!r}): say it another way"
    for link in _LINK.findall(text):
        if (urlsplit(link).hostname or "") not in brand.link_hosts:
            yield "holds a link to a host that is not in link_hosts of brand.yaml: remove it or add the host"


def _variable_mistakes(template: Template, pieces: Sequence[Piece]) -> Iterator[str]:
    used = {piece.variable for piece in pieces if piece.variable}
    for name in sorted({*used, *(piece.needs for piece in pieces if piece.needs)}):
        if name not in (*template.required, *template.optional):
            yield f"{name!r} is no variable that it takes: correct it, or add it to required or optional"
    for variable in template.required:
        if variable not in used:
            yield f"{variable.value} is required and never used: use it or remove it"
    for piece in pieces:
        if piece.variable in template.optional and piece.needs != piece.variable:
            marks = f"{{{{?{piece.variable}}}}} and {{{{/{piece.variable}}}}}"
            yield f"{piece.variable} is optional: write {marks} around it"
        if piece.needs in template.required:
            yield f"{piece.needs} is required, so a section for it is never left out: remove its marks"


def _renders(template: Template, brand: Brand, closes: bool) -> Iterator[tuple[Place, str]]:
    """What goes wrong on its channels with all values, with each optional one absent in turn, and with none."""
    values: dict[str, str] = {**SAMPLE_VALUES, Variable.TRACKING_URL: _longest_link(brand)}
    needed: dict[str, str] = {name: values[name] for name in template.required}
    whole = needed | {name: values[name] for name in template.optional}
    cases = [whole, needed, *({n: v for n, v in whole.items() if n != absent} for absent in template.optional)]
    for channel in template.channels:
        field = "livechat" if template.on(channel) == template.livechat else "text"
        for case in cases:
            try:
                render(template, brand, channel, case, closes=closes)
            except WordingError as exc:
                yield (field,), f"cannot be sent on {channel.value}: {exc}"
                break


def _longest_link(brand: Brand) -> str:
    return f"https://{max(brand.link_hosts, key=len, default='')}/{'t' * 200}"
