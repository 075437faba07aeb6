"""Runs the detectors and replaces what they find with numbered placeholders.

The order of ``finders`` is the priority where spans overlap. What a round found is one ``MASK`` character each in the
view of the next, and rounds go on until one finds nothing. Since a placeholder in the input is masked in the same way,
the output looks to the detectors exactly like their last view of the input: redacting it again changes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from agents.redaction.finders import Finder, Groups, finders
from agents.redaction.folding import fold
from agents.redaction.model import MASK, Label, RedactionSettings, Span
from agents.redaction.view import Detector, View
from agents.rewriting import Edit, Rewritten
from streams.events import Redaction

_PLACEHOLDER = re.compile(rf"\[({'|'.join(Label)})_([1-9]\d{{0,3}})\]")
_LONGEST_VALUE = 512
"""Characters that a value has at most, URLs aside (e-mail 254, IBAN 34 and its spaces): what stands nearer to the edge
of the window may be half of one."""
_WORD_SEARCH = 64
_MOST_ROUNDS = 6
"""Rounds a text may take to settle; of 5,700 real and templated messages none took more than four."""


@dataclass(frozen=True)
class Redacted:
    """``text`` with placeholders; ``redactions`` are spans of the text that was given, ascending, never the values.
    ``language``: two letters, what the words beside the values are in."""

    text: str
    redactions: tuple[Redaction, ...]
    truncated: bool
    language: str

    def has(self, label: Label) -> bool:
        """Whether a value of that kind was found."""
        return any(redaction.label == label for redaction in self.redactions)


class _Mark(NamedTuple):
    """A span of the input that is masked. ``label`` None: a placeholder that was already there."""

    start: int
    end: int
    label: Label | None
    key: str
    finder: Finder | None = None


class _Settled(NamedTuple):
    """A text in which the detectors find nothing beside ``marks``, and the language of the rest."""

    text: str
    marks: list[_Mark]
    language: str


def redact(text: str, settings: RedactionSettings, known: tuple[Detector, ...] = ()) -> Redacted:
    """``text`` (any length) redacted and cut to ``settings.text_limit`` characters.

    ``known``: detectors that know this ticket (its contact record); they go before all others. Deterministic,
    idempotent, linear in the length of the text; raises nothing unless a detector of ``known`` does.
    """
    first, *others = finders(settings)
    groups = ((*(Finder("known", 1.0, find) for find in known), *first), *others)
    limit = settings.text_limit
    window = text[: limit + _WORD_SEARCH + _LONGEST_VALUE]
    marks = _placeholders(window)
    taken = {mark.key for mark in marks}
    if len(window) < len(text):  # two rounds find what the cut could leave half of
        marks, _ = _round(window, marks, groups)
        marks, _ = _round(window, marks, groups)
        window, marks = _without_edge(window, marks)
        at = _overrun(window, marks, taken, limit)
        window, marks = _cut(window, marks, len(window) if at is None else at)
    window, marks, language = _settle(window, marks, groups)
    while (at := _overrun(window, marks, taken, limit)) is not None:
        window, marks, language = _settle(*_cut(window, marks, at), groups)
    rendered = "".join(_pieces(window, marks, taken))
    return Redacted(rendered, tuple(filter(None, map(_redaction, marks))), len(window) < len(text), language)


def _redaction(mark: _Mark) -> Redaction | None:
    if mark.label is None or mark.finder is None:
        return None
    return Redaction(
        label=mark.label.value,
        start=mark.start,
        end=mark.end,
        detector=mark.finder.name,
        confidence=mark.finder.confidence,
    )


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
    if text.isascii() and "[" not in text and "&" not in text:
        return []
    view = _view(text, [])
    return [_Mark(*view.source_span(*match.span()), None, match.group()) for match in _PLACEHOLDER.finditer(view.text)]


def _settle(text: str, marks: list[_Mark], groups: Groups) -> _Settled:
    """``text`` and ``marks`` with all that the detectors find beside them, when a whole round finds nothing more.

    Text made to yield a value a round is cut in half until it settles: the work is bounded and nothing slips through.
    """
    for _ in range(_MOST_ROUNDS):
        found, view = _round(text, marks, groups)
        if len(found) == len(marks):
            return _Settled(text, marks, view.language)
        marks = found
    half = _settle(*_cut(text, marks, len(text) // 2), groups)
    return _settle(*_without_edge(half.text, half.marks), groups)


def _without_edge(text: str, marks: list[_Mark]) -> tuple[str, list[_Mark]]:
    """What is left of a text that was cut where a value may stand: all but the end, where half of one may be."""
    return _cut(text, marks, _word_end(text, max(0, len(text) - _LONGEST_VALUE)))


def _word_end(text: str, at: int, floor: int = 0) -> int:
    """The place from ``floor`` to ``at`` where ``text`` ends between words, if one ends nearby; else ``at``."""
    near = max(at - _WORD_SEARCH, floor)
    space = max(text.rfind(" ", near, at), text.rfind("\n", near, at))
    return space if space > 0 else at


def _round(text: str, marks: list[_Mark], groups: Groups) -> tuple[list[_Mark], View]:
    """``marks`` and what the first group of detectors that finds anything finds beside them; and what they saw."""
    rewritten = _view(text, marks)
    view = View(rewritten.text)
    for group in groups:
        if found := _free_spans(view, group):
            new = [_Mark(*rewritten.source_span(s.start, s.end), s.label, s.key, finder) for s, finder in found]
            return sorted([*marks, *new], key=lambda mark: mark.start), view
    return marks, view


def _free_spans(view: View, group: tuple[Finder, ...]) -> list[tuple[Span, Finder]]:
    """What the detectors of ``group`` find, ascending, each where none before it found anything."""
    found: list[tuple[Span, Finder]] = []
    for finder in group:
        for span in sorted(finder.find(view), key=lambda s: (s.start, -s.end)):
            at = bisect_left(found, span.start, key=lambda one: one[0].start)
            free = at == 0 or found[at - 1][0].end <= span.start
            free = free and (at == len(found) or span.end <= found[at][0].start)
            if free and span.start < span.end and MASK not in view.text[span.start : span.end]:
                found.insert(at, (span, finder))
    return found


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
            return _word_end(text, at, ends[index // 2] - len(piece) + 1)
        length += len(piece)
    return None
