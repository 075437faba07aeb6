"""Names in texts without capitals: a given and a family name side by side, or what the words around announce."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redaction.model import Span
from agents.redaction.name_judge import NAMED, POSSESSIVE, UNKNOWN, Judge, Word, name_span
from agents.redaction.name_vocabulary import CHAT_WORDS, FILLERS
from agents.redaction.view import View

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SELF_SAID = re.compile(r"\b(?:i['’]?m|i am|this is|it['’]s) $")
_SPEAKER = re.compile(r"\n?:")
_GREETED = re.compile(r"(?:^|\n)[ \t]{0,3}(?:hi|hello|hey|dear|hiya|hallo|hola|bonjour|ciao) $")
_NAME_SAID = re.compile(r"\bname[ \t]$")
_NO_HALF = FILLERS | CHAT_WORDS
"""Words that are no half of a name."""


def uncapitalised(view: View, judge: Judge) -> Iterator[Span]:
    """In a text without capitals: a given and a family name side by side, and what follows the word name."""
    found = _WORD.finditer(view.text)
    words = [judge.word(POSSESSIVE.sub("", match.group()), match.start()) for match in found]
    done = 0
    for one, other in zip(words, [*words[1:], None], strict=True):
        if one.start < done:
            continue
        beside = other is not None and view.text[one.end : other.start] == " "
        if _NAME_SAID.search(view.text, max(0, one.start - 6), one.start) and judge.answers(one):
            done = other.end if other and beside and judge.answers(other) else one.end
        elif other and beside and _are_a_name(one, other, judge):
            done = other.end
        elif _is_said(view.text, one, judge):
            done = one.end
        else:
            continue
        yield name_span(view.text, one.start, done)


def _is_said(text: str, word: Word, judge: Judge) -> bool:
    """Whether the words around speak of a person: "i'm roberto's", "im meenakshi, ...", and "mika:" where a line
    begins."""
    introduced = _SELF_SAID.search(text, max(0, word.start - 9), word.start) is not None
    if word.given and word.doubt == NAMED:
        around = text[max(0, word.start - 1) : word.start] + text[word.end : word.end + 1]
        greeted = _GREETED.search(text, max(0, word.start - 12), word.start) is not None
        return introduced or greeted or _SPEAKER.fullmatch(around) is not None
    ends = text[word.end : word.end + 1] in (",", ".", ";", "\n", "")
    return introduced and ends and word.doubt == UNKNOWN and not judge.is_slip(word.key)


def _are_a_name(one: Word, other: Word, judge: Judge) -> bool:
    if not (one.given and one.doubt == NAMED and len(one.key) > 2) or other.key in _NO_HALF:
        return False
    if other.doubt == NAMED and (other.family or not judge.is_ordinary(one.key)):
        return True
    return other.doubt == UNKNOWN and len(other.key) > 3 and not judge.is_slip(other.key)
