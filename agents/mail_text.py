"""What the customer wrote: HTML to text, and the quoted history of the mail cut away.

Pure and linear. Text with nothing to strip comes back byte-identical; text that holds nothing but history comes back
uncut, because a message must never be lost to a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from agents.html_text import looks_like_html, read_html
from agents.rewriting import Edit, Rewritten

_MARKUP_LIMIT = 1_000_000
"""Characters of a message that are read at all; ingress takes 32 KiB, a helpdesk comment may hold more."""
_MOST_LAYERS = 4
"""Some clients escape HTML once more; and what a cut brings together may be history again."""
_TEXT_WINDOW = 65_536
"""Characters of text in which history is looked for; 4,000 are kept in the end."""

# "On Mon, 5 Jan 2026 at 10:01, Jane <jane@example.com> wrote:" as Gmail, Apple Mail, Outlook and Thunderbird write it,
# also in the languages whose shops write to us most; the line may be wrapped once or twice.
_WROTE = re.compile(
    r"(?:On\b.{4,200}\bwrote|Le\b.{4,200}\ba écrit|Am\b.{4,200}\bschrieb\b.{0,80}|El\b.{4,200}\bescribió|"
    r"Il\b.{4,200}\bha scritto|Em\b.{4,200}\bescreveu|Op\b.{4,200}\bschreef\b.{0,80})\s?:\s{0,9}",
    re.IGNORECASE | re.DOTALL,
)
_WROTE_STARTS = re.compile(r"(?:on|le|am|el|il|em|op)\b", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"\s{0,9}(?:[-_*]{2,40}\s{0,3}(?:original message|forwarded message|reply message|message d'origine|"
    r"message transféré|ursprüngliche nachricht|"
    r"mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht)"
    r"\s{0,3}[-_*]{2,40}|begin forwarded message:)\s{0,9}",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"\s{0,3}[*_]{0,2}(from|sent|date|to|cc|subject|de|envoyé|objet|à|von|gesendet|an|betreff|datum|enviado|para|asunto|"
    r"da|inviato|oggetto|van|verzonden|aan|onderwerp)[*_]{0,2}\s{0,2}:[*_]{0,2}\s",
    re.IGNORECASE,
)
_FIRST_HEADERS = frozenset(("from", "de", "von", "da", "van"))
_QUOTED = re.compile(r"[ \t]{0,3}>(?![:;=_.()<-])")  # not the faces >:( and >_<
_WORD = re.compile(r"[^\W_]")


class _Line(NamedTuple):
    start: int
    end: int  # without the line break
    text: str


def plain_text(html_or_text: str, *, is_html: bool | None = None) -> str:
    """The customer's own words as plain text; ``is_html`` None: judged by the tags in it. Never raises, and never
    empty where the input has words to show."""
    return read_mail(html_or_text, is_html=is_html)[-1].text


def read_mail(raw: str, *, is_html: bool | None = None) -> tuple[Rewritten, ...]:
    """The steps from ``raw`` to the customer's own words, each a rewriting of the text before it."""
    steps = [Rewritten(raw[:_MARKUP_LIMIT])]
    for _ in range(_MOST_LAYERS):
        if not (looks_like_html(steps[-1].text) if is_html is None else is_html):
            break
        steps.append(_read_markup(steps[-1].text))
        is_html = None
    steps.append(Rewritten(steps[-1].text, _beyond_window(steps[-1].text)))
    for _ in range(_MOST_LAYERS):
        history = _history(steps[-1].text)
        cut = Rewritten(steps[-1].text, history)
        if not history or not _has_words(cut.text):
            break
        steps.append(cut)
    return tuple(steps)


def source_span(steps: tuple[Rewritten, ...], start: int, end: int) -> tuple[int, int]:
    """The characters of the first step's source that ``start:end`` of the last step's text stands for."""
    for step in reversed(steps):
        start, end = step.source_span(start, end)
    return start, end


def _read_markup(source: str) -> Rewritten:
    """The visible text of HTML without quoted history, or with it where nothing else is said."""
    own = read_html(source, keep_quotes=False)
    return own if _has_words(own.text) else read_html(source, keep_quotes=True)


def _has_words(text: str) -> bool:
    return _WORD.search(text) is not None


def _beyond_window(text: str) -> list[Edit]:
    return [Edit(_TEXT_WINDOW, len(text), "")] if len(text) > _TEXT_WINDOW else []


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append(_Line(start, start + len(line), line.rstrip("\r")))
        start += len(line) + 1
    return lines


def _history(text: str) -> list[Edit]:
    """What to cut from ``text``: quoted blocks with the line that announces them, and all that follows a header."""
    lines = _lines(text)
    edits = [Edit(lines[first].start, lines[after - 1].end, "") for first, after in _blocks(lines)]
    if not edits:
        return []
    return _trimmed(text, edits)


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


def _blocks(lines: list[_Line]) -> Iterator[tuple[int, int]]:
    """Ranges of lines to cut, ascending."""
    index = 0
    while index < len(lines):
        quoted_from = index + _announcing(lines, index)
        if quoted_from > index or _QUOTED.match(lines[index].text):
            after = _quoted_until(lines, quoted_from)
            if after == quoted_from:  # announced, but not marked line by line: the rest is history
                after = len(lines)
            yield index, after
            index = after
        elif _SEPARATOR.fullmatch(lines[index].text) or _is_header_block(lines, index):
            yield index, len(lines)
            return
        else:
            index += 1


def _announcing(lines: list[_Line], index: int) -> int:
    """How many lines at ``index`` are an "On ... wrote:" line (wrapped over up to three); 0 if it is none. Clients
    put a date there, so a digit must occur: "On the form I wrote:" is the customer's own sentence."""
    if not _WROTE_STARTS.match(lines[index].text):
        return 0
    for count in (1, 2, 3):
        line = "\n".join(line.text for line in lines[index : index + count])
        if _WROTE.fullmatch(line) and any(map(str.isdigit, line)):
            return count
    return 0


def _quoted_until(lines: list[_Line], index: int) -> int:
    """The first line from ``index`` that is not quoted; empty lines between quoted ones belong to them."""
    after = index
    for position in range(index, len(lines)):
        if _QUOTED.match(lines[position].text):
            after = position + 1
        elif lines[position].text.strip():
            break
    return after


def _is_header_block(lines: list[_Line], index: int) -> bool:
    """Whether Outlook's "From: ... Sent: ... To: ... Subject:" begins here: three of its lines within six."""
    first = _HEADER.match(lines[index].text)
    if first is None or first.group(1).lower() not in _FIRST_HEADERS:
        return False
    names = {m.group(1).lower() for line in lines[index : index + 6] if (m := _HEADER.match(line.text + " "))}
    return len(names) >= 3
