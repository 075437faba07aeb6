"""HTML to text with the way back to every source character.

A tokenizer of our own rather than a parser library: selectolax, lxml and BeautifulSoup do not tell where in the source
a character of text came from, and redactions are reported as offsets into the source (contracts: ``mw sanitize``).
It follows the WHATWG tokenizer where mail uses it, never fails, and is linear: no search is repeated once it failed.
"""

from __future__ import annotations

import html
import re

from agents.rewriting import Edit, Rewritten

_NAMES = (
    "html|head|body|div|p|br|span|table|tbody|tr|td|th|a|b|i|u|em|strong|small|ul|ol|li|h[1-6]|font|img|style|script|"
    "blockquote|pre|code|meta|link|title|center|hr|sup|sub|section|article|header|footer|label|button"
)
_LOOKS_LIKE_HTML = re.compile(rf"<!doctype html|<!--|</?(?:{_NAMES})(?:\s[^<>]{{0,2000}})?/?>", re.IGNORECASE)
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,63})")
_PIECE = re.compile(r"\s+|&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_QUOTE_OPENS = re.compile(
    r"""(?:class|id)\s{0,3}=\s{0,3}["']?[^"'>]{0,80}"""
    r"(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|appendonsend|divRplyFwdMsg|"
    r"OutlookMessageHeader|zmail_extra)",
    re.IGNORECASE,
)
_REST_IS_QUOTE = ("appendonsend", "divrplyfwdmsg", "outlookmessageheader")  # empty markers: the history follows them

_NOTHING, _SPACE, _LINE, _BLANK = range(4)  # what stands between two pieces of visible text
_GAPS = ("", " ", "\n", "\n\n")
_LINES = """div li tr ul ol table tbody thead section article header footer body html head hr dl dt dd form pre address
center main aside nav fieldset figure"""
_LINE_TAGS = frozenset(_LINES.split())
_PARAGRAPH_TAGS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"))
_CELL_TAGS = frozenset(("td", "th", "img"))
_RAW_TAGS = ("script", "style", "title", "template", "noframes", "xml")
_RAW_ENDS = {tag: re.compile(f"</{tag}", re.IGNORECASE) for tag in _RAW_TAGS}
_QUOTED_VALUE = re.compile(r"""=\s{0,9}(["'])""")


def looks_like_html(text: str) -> bool:
    """Whether ``text`` holds a tag that mail and helpdesks write; ``<3`` and ``<jane@example.com>`` are none."""
    return "<" in text and _LOOKS_LIKE_HTML.search(text) is not None


def read_html(source: str, *, keep_quotes: bool) -> Rewritten:
    """The visible text of ``source``: tags, comments, scripts, styles and attributes gone, entities decoded, block
    elements on lines of their own, other white space collapsed as a browser does. Without ``keep_quotes`` quoted
    history that the markup names (``blockquote``, the clients' quote containers) is left out. Never raises."""
    return Rewritten(source, _Reader(source, keep_quotes).edits())


def decoded(entity: str) -> str:
    """What a character reference stands for; the reference itself if it stands for nothing."""
    return html.unescape(entity)


class _Reader:
    """One pass over the source. ``_gap_from`` is where the invisible stretch now being read began, if in one."""

    def __init__(self, source: str, keep_quotes: bool) -> None:
        self._source = source
        self._keep_quotes = keep_quotes
        self._edits: list[Edit] = []
        self._gap_from: int | None = 0
        self._gap = _NOTHING
        self._gap_broken = False  # a block boundary stands in this gap: a further <br> is an empty line
        self._seen_text = False
        self._absent: dict[str, int] = {}  # what is known not to occur from there on: it is not searched again
        self._quotes_add_up = True

    def edits(self) -> list[Edit]:
        """What to replace in the source so that its visible text remains, ascending."""
        position, size = 0, len(self._source)
        while position < size:
            opening = self._find("<", position)
            self._text(position, size if opening < 0 else opening)
            if opening < 0:
                break
            position = self._markup(opening)
        if self._gap_from is not None and self._gap_from < size:
            self._edits.append(Edit(self._gap_from, size, ""))
        return self._edits

    def _find(self, what: str, position: int) -> int:
        if position >= self._absent.get(what, position + 1):
            return -1
        found = self._source.find(what, position)
        if found < 0:
            self._absent[what] = position
        return found

    def _text(self, start: int, end: int) -> None:
        done = start
        for match in _PIECE.finditer(self._source, start, end):
            if match.start() > done:
                self._visible(done)
            done = match.end()
            shown = match.group() if match.group().isspace() else decoded(match.group())
            if shown.isspace():
                self._invisible(match.start(), _SPACE)
            else:
                self._visible(match.start())
                if shown != match.group():
                    self._edits.append(Edit(match.start(), match.end(), shown))
        if end > done:
            self._visible(done)

    def _visible(self, position: int) -> None:
        if self._gap_from is not None:
            gap = _GAPS[self._gap] if self._seen_text else ""
            if self._source[self._gap_from : position] != gap:
                self._edits.append(Edit(self._gap_from, position, gap))
        self._gap_from, self._gap, self._gap_broken, self._seen_text = None, _NOTHING, False, True

    def _invisible(self, position: int, gap: int) -> None:
        if self._gap_from is None:
            self._gap_from = position
        self._gap = max(self._gap, gap)
        self._gap_broken = self._gap_broken or gap >= _LINE

    def _markup(self, opening: int) -> int:
        """Read the markup at ``opening``; returns the position after it."""
        source = self._source
        if source.startswith("<!--", opening):
            return self._skip(opening, "-->", _NOTHING)
        if source.startswith(("<!", "<?"), opening):
            return self._skip(opening, ">", _NOTHING)
        name = _TAG_NAME.match(source, opening)
        end = self._tag_end(name.end()) if name else -1
        if name is None or end < 0:  # a lone "<" is text
            self._visible(opening)
            return opening + 1
        return self._tag(opening, name, end)

    def _skip(self, opening: int, closing: str, gap: int) -> int:
        self._invisible(opening, gap)
        found = self._find(closing, opening + 2)
        return len(self._source) if found < 0 else found + len(closing)

    def _tag_end(self, position: int) -> int:
        """The position after the ``>`` that closes a tag, -1 if none does; a ``>`` in a quoted value does not.

        Where quotes do not add up to the end of the source, they are no longer believed: the first ``>`` closes."""
        first = end = self._find(">", position)
        while end >= 0 and self._quotes_add_up:
            value = _QUOTED_VALUE.search(self._source, position, end)
            if value is None:
                return end + 1
            closing = self._find(value.group(1), value.end())
            position = closing + 1
            if closing > end:
                end = self._find(">", position)
            self._quotes_add_up = closing >= 0 and end >= 0
        return first + 1 if first >= 0 else -1

    def _tag(self, opening: int, name: re.Match[str], end: int) -> int:
        tag = name.group(2).lower()
        closes = bool(name.group(1))
        if tag == "br":
            self._invisible(opening, _BLANK if self._gap_broken and self._gap_from is not None else _LINE)
            return end
        gap = _LINE if tag in _LINE_TAGS else _BLANK if tag in _PARAGRAPH_TAGS else _NOTHING
        self._invisible(opening, _SPACE if tag in _CELL_TAGS else gap)
        if closes:
            return end
        if tag in _RAW_TAGS:
            closing = _RAW_ENDS[tag].search(self._source, end)
            return closing.start() if closing else len(self._source)
        return end if self._keep_quotes else self._quote_end(tag, opening, end)

    def _quote_end(self, tag: str, opening: int, end: int) -> int:
        """Where the quoted history ends that a tag opens; ``end`` if it opens none."""
        marker = _QUOTE_OPENS.search(self._source, opening, min(end, opening + 2000))
        if marker and marker.group().lower().endswith(_REST_IS_QUOTE):
            return len(self._source)
        if marker is None and tag != "blockquote":
            return end
        depth = 1
        for match in re.compile(rf"<(/?){re.escape(tag)}[\s>/]", re.IGNORECASE).finditer(self._source, end):
            depth += -1 if match.group(1) else 1
            if depth == 0:
                return match.start()
        return len(self._source)
