"""Runs the detectors and replaces what they find with numbered placeholders.

Detectors run in the order of ``DETECTORS``, which is the priority where spans would overlap: each sees the values found
before it as one ``MASK`` character, so it cannot touch them. The round is repeated until nothing new is found. Since a
placeholder in the input is masked in the same way, the output looks to the detectors exactly like their last view of
the input: redacting it again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from agents.redaction import (
    address,
    card,
    email,
    iban,
    ip,
    name,
    name_words,
    national_id,
    order,
    phone,
    secret,
    tracking,
    url,
)
from agents.redaction.folding import fold
from agents.redaction.model import MASK, Detector, Label, RedactionSettings, Span, View
from agents.rewriting import Edit, Rewritten
from streams.events import Redaction

_PLACEHOLDER = re.compile(rf"\[({'|'.join(Label)})_([1-9]\d{{0,3}})\]")
_LONGEST_VALUE = 512
"""Characters that a value has at most, URLs aside (e-mail 254, IBAN 34 and its spaces): what stands nearer to the edge
of the window may be half of one."""
_WORD_SEARCH = 64
_MOST_ROUNDS = 24
"""Rounds a text may take to settle; ordinary ones take two."""


@dataclass(frozen=True)
class Redacted:
    """``text`` with placeholders; ``redactions`` are spans of the text that was given, ascending, never the values."""

    text: str
    redactions: tuple[Redaction, ...]
    truncated: bool

    def has(self, label: Label) -> bool:
        """Whether a value of that kind was found."""
        return any(redaction.label == label for redaction in self.redactions)


class _Mark(NamedTuple):
    """A span of the input that is masked. ``label`` None: a placeholder that was already there."""

    start: int
    end: int
    label: Label | None
    key: str


@lru_cache(8)
def detectors(settings: RedactionSettings) -> tuple[Detector, ...]:
    """All detectors, first come first served: what is checked or self-evident goes before what needs context."""
    return (
        url.find,
        email.find,
        iban.find,
        tracking.find_formats,
        card.find,
        national_id.find,
        ip.find,
        secret.find,
        tracking.find_announced,
        address.finder(settings.lexicon),
        order.finder(settings.order_number_pattern),
        phone.finder(settings.phone_regions),
        name.find,
        name_words.finder(settings.lexicon, settings.keep),
    )


def redact(text: str, settings: RedactionSettings, known: tuple[Detector, ...] = ()) -> Redacted:
    """``text`` (any length) redacted and cut to ``settings.text_limit`` characters.

    ``known``: detectors that know this ticket (its contact record); they go before all others. Deterministic,
    idempotent, linear in the length of the text; raises nothing unless a detector of ``known`` does.
    """
    finders = (*known, *detectors(settings))
    limit = settings.text_limit
    window = text[: 2 * limit + 2 * _LONGEST_VALUE]
    marks = _placeholders(window)
    taken = {mark.key for mark in marks}
    window, marks = _settle(window, marks, finders, edge=len(window) < len(text))
    while (at := _overrun(window, marks, taken, limit)) is not None:
        window, marks = _cut(window, marks, at)
        window, marks = _settle(window, marks, finders, edge=False)
    rendered = "".join(_pieces(window, marks, taken))
    found = tuple(Redaction(label=m.label.value, start=m.start, end=m.end) for m in marks if m.label is not None)
    return Redacted(text=rendered, redactions=found, truncated=len(window) < len(text))


def _view(text: str, marks: list[_Mark]) -> Rewritten:
    """``text`` folded, with one ``MASK`` for each mark."""
    edits = [Edit(mark.start, mark.end, MASK) for mark in marks]
    inside = iter(marks)
    mark = next(inside, None)
    for edit in fold(text):
        while mark is not None and mark.end <= edit.start:
            mark = next(inside, None)
        if mark is None or edit.end <= mark.start:
            edits.append(edit)
    return Rewritten(text, sorted(edits))


def _placeholders(text: str) -> list[_Mark]:
    view = _view(text, [])
    return [_Mark(*view.source_span(*match.span()), None, match.group()) for match in _PLACEHOLDER.finditer(view.text)]


def _settle(text: str, marks: list[_Mark], finders: tuple[Detector, ...], *, edge: bool) -> tuple[str, list[_Mark]]:
    """``text`` and ``marks`` with all that the detectors find beside them, when a whole round finds nothing more.

    ``edge``: the text was cut where a value may stand; what is near the edge is then left out. Text made to yield one
    value a round is cut in half until it settles: the work is bounded and nothing slips through."""
    while True:
        for _ in range(_MOST_ROUNDS):
            found = _round(text, marks, finders)
            if len(found) == len(marks):
                if not edge:
                    return text, marks
                break
            marks = found
        at, edge = (len(text) - _LONGEST_VALUE, False) if len(found) == len(marks) else (len(text) // 2, True)
        text, marks = _cut(text, marks, max(0, at))


def _round(text: str, marks: list[_Mark], finders: tuple[Detector, ...]) -> list[_Mark]:
    """``marks`` and what each detector finds in one turn."""
    rewritten = _view(text, marks)
    view = View(rewritten.text)
    for finder in finders:
        spans = list(_disjoint(finder(view), view.text))
        if spans:
            new = [_Mark(*rewritten.source_span(s.start, s.end), s.label, s.key) for s in spans]
            marks = sorted([*marks, *new], key=lambda mark: mark.start)
            rewritten = _view(text, marks)
            view = view.masking(rewritten.text)
    return marks


def _disjoint(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """``spans`` in order of appearance, the longer first where two begin together, without overlaps and masks."""
    done = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if done <= span.start < span.end and MASK not in text[span.start : span.end]:
            done = span.end
            yield span


def _cut(text: str, marks: list[_Mark], at: int) -> tuple[str, list[_Mark]]:
    """``text`` up to ``at``, or up to the end of the mark that ``at`` lies in."""
    kept = [mark for mark in marks if mark.start < at]
    return text[: max(at, kept[-1].end if kept else 0)], kept


def _numbered(marks: list[_Mark], taken: set[str]) -> Iterator[str]:
    """The text to put for each mark: one number per value, in order of appearance, never one that is taken."""
    given: dict[tuple[Label, str], str] = {}
    counts: dict[Label, int] = {}
    for mark in marks:
        if mark.label is None:
            yield ""
            continue
        value = (mark.label, mark.key)
        while value not in given:
            counts[mark.label] = counts.get(mark.label, 0) + 1
            placeholder = f"[{mark.label.value}_{counts[mark.label]}]"
            if placeholder not in taken:
                given[value] = placeholder
        yield given[value]


def _pieces(text: str, marks: list[_Mark], taken: set[str]) -> Iterator[str]:
    """The output, by turns a piece of ``text`` and a placeholder."""
    done = 0
    for mark, placeholder in zip(marks, _numbered(marks, taken), strict=True):
        yield text[done : mark.start]
        yield placeholder or text[mark.start : mark.end]
        done = mark.end
    yield text[done:]


def _overrun(text: str, marks: list[_Mark], taken: set[str], limit: int) -> int | None:
    """Where ``text`` must end for the output to fit into ``limit`` characters, between words if one ends nearby."""
    length = 0
    ends = [mark.start for mark in marks] + [len(text)]
    for index, piece in enumerate(_pieces(text, marks, taken)):
        if length + len(piece) > limit:
            if index % 2:  # a placeholder is kept whole or not at all
                return marks[index // 2].start
            at = ends[index // 2] - len(piece) + limit - length
            spaces = [
                text.rfind(space, max(at - _WORD_SEARCH, ends[index // 2] - len(piece) + 1), at) for space in " \n"
            ]
            return max(spaces) if max(spaces) > 0 else at
        length += len(piece)
    return None
