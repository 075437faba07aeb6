"""What the customer wrote: HTML to text, and the quoted history of the mail cut away.

Pure and linear. Text with nothing to strip comes back byte-identical; text that holds nothing but history comes back
uncut, because a message must never be lost to a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from agents.html_text import looks_like_html, read_html
from agents.mail_history import Block, history
from agents.mail_lines import Line, lines_of
from agents.mail_signature import signature_at
from agents.rewriting import Edit, Rewritten

_MARKUP_LIMIT = 1_000_000
"""Characters of a message that are read at all; ingress takes 32 KiB, a helpdesk comment may hold more."""
_MOST_LAYERS = 4
"""Some clients escape HTML once more; and what a cut brings together may be history again."""
_TEXT_WINDOW = 65_536
"""Characters of text in which history is looked for; 4,000 are kept in the end."""

_WORD = re.compile(r"[^\W_]")


class Mail(NamedTuple):
    """``steps`` lead from the raw text to what counts, each a rewriting of the text before it. ``forwarded``: a message
    of somebody else is in it, which was cut away where the customer says something too, and kept where they do not."""

    steps: tuple[Rewritten, ...]
    forwarded: bool

    @property
    def text(self) -> str:
        """The customer's own words."""
        return self.steps[-1].text

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the raw text that ``text[start:end]`` stands for."""
        for step in reversed(self.steps):
            start, end = step.source_span(start, end)
        return start, end


def plain_text(html_or_text: str, *, is_html: bool | None = None) -> str:
    """The customer's own words as plain text; ``is_html`` None: judged by the tags in it. Never raises, and never
    empty where the input has words to show."""
    return read_mail(html_or_text, is_html=is_html).text


def read_mail(raw: str, *, is_html: bool | None = None) -> Mail:
    """The customer's own words in ``raw``, and how they were come by."""
    steps = [Rewritten(raw[:_MARKUP_LIMIT])]
    for _ in range(_MOST_LAYERS):
        if not (looks_like_html(steps[-1].text) if is_html is None else is_html):
            break
        steps.append(_read_markup(steps[-1].text))
        is_html = None
    steps.append(Rewritten(steps[-1].text, _beyond_window(steps[-1].text)))
    forwarded = False
    for _ in range(_MOST_LAYERS):
        lines = lines_of(steps[-1].text)
        blocks = list(history(lines))
        cut = _own(steps[-1].text, lines, blocks)
        if cut is None:
            break
        forwarded = forwarded or any(_is_forwarded(lines, block) for block in blocks)
        steps.append(cut)
    return Mail(tuple(steps), forwarded)


def _read_markup(source: str) -> Rewritten:
    """The visible text of HTML without quoted history, or with it where nothing else is said."""
    own = read_html(source, keep_quotes=False)
    return own if _has_words(own.text) else read_html(source, keep_quotes=True)


def _has_words(text: str) -> bool:
    return _WORD.search(text) is not None


def _beyond_window(text: str) -> list[Edit]:
    return [Edit(_TEXT_WINDOW, len(text), "")] if len(text) > _TEXT_WINDOW else []


def _own(text: str, lines: Sequence[Line], blocks: Sequence[Block]) -> Rewritten | None:
    """``text`` without history, or without the headers of what was forwarded where nothing else is said, and without
    the signature; None where there is nothing to cut."""
    last = next((block.first for block in blocks if block.rest), len(lines))
    signature = signature_at(lines[:last])
    ends = [Edit(lines[signature].start, lines[last - 1].end, "")] if signature is not None else []
    cuts = [Edit(lines[block.first].start, lines[block.after - 1].end, "") for block in blocks]
    heads = [Edit(lines[b.first].start, lines[b.body - 1].end, "") for b in blocks[:1] if b.rest and b.body < b.after]
    for edits in (_apart([*cuts, *ends]), cuts, ends, heads):
        if edits and _has_words((cut := Rewritten(text, _trimmed(text, edits))).text):
            return cut
    return None


def _apart(edits: list[Edit]) -> list[Edit]:
    """``edits`` in order, without those that begin inside another."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda one: (one.start, -one.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _is_forwarded(lines: Sequence[Line], block: Block) -> bool:
    """Whether it is marked so, or is a mail's headers with nothing said before."""
    said = any(_has_words(line.text) for line in lines[: block.first])
    return block.forwarded or (block.rest and block.body > block.first + 2 and not said)


def _trimmed(text: str, edits: list[Edit]) -> list[Edit]:
    """``edits`` widened by the white space at the ends of what remains."""
    first, last = edits[0], edits[-1]
    if not text[: first.start].strip():
        stop = first.end + len(text[first.end :]) - len(text[first.end :].lstrip())
        edits[0] = Edit(0, stop if len(edits) == 1 else min(stop, edits[1].start), "")
    first, last = edits[0], edits[-1]
    if not text[last.end :].strip():
        floor = edits[-2].end if len(edits) > 1 else 0
        begin = max(floor, len(text[: last.start].rstrip()))
        edits[-1] = Edit(min(begin, last.start), len(text), "")
    return edits
