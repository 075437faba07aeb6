"""One spelling for tier-0 rules: case, look-alike letters, leetspeak, s p a c e d and s-t-r-e-t-c-h-e-d words, typos.

Pure; every step is linear in the length of the text. Apostrophes are dropped ("don't" -> "dont"), so rules need one
form only. Line ends become full stops: a rule never reaches across a sentence.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator

_LOOK_ALIKES = str.maketrans("авекмнорстухіѕјԁӏαβεικνορτυχ", "abekmhopctyxisjdlabeiknoptux")
_DROPPED = dict.fromkeys(map(ord, "'’‘`´\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_WORD = re.compile(
    r"(?<![\w@$!])(?=[\w@$!]{0,30}[a-z])[\w@$!]{0,30}[0-9@$!][a-z][\w@$!]{0,30}|\b[a-z]{2,30}[03@$]\b"
)
_SPACED = re.compile(r"\b(?:[a-z][ .\-_*]){2,20}[a-z]\b")
_STRETCHED = re.compile(r"(?!\bbbb\b)([a-z])\1{2,}")  # the Better Business Bureau stays
_WORD = re.compile(r"[a-z]{6,16}")

_LONG_WORDS = (
    "chargeback",
    "attorney",
    "solicitor",
    "lawsuit",
    "unauthorized",
    "unauthorised",
    "fraudulent",
    "harassment",
    "harassing",
    "harassed",
    "threatened",
    "threatening",
    "compromised",
    "litigation",
)
_SHORT_TYPOS = {
    "lawer": "lawyer",
    "lawyr": "lawyer",
    "laywer": "lawyer",
    "lawyeer": "lawyer",
    "fruad": "fraud",
    "farud": "fraud",
    "frauld": "fraud",
    "frawd": "fraud",
    "dispuet": "dispute",
    "disput": "dispute",
    "dispuit": "dispute",
    "dispite": "dispute",
    "scamed": "scammed",
    "hakced": "hacked",
    "haced": "hacked",
    "sueing": "suing",
    "gona": "gonna",
}


def _one_slip(word: str) -> Iterator[str]:
    """Every spelling one slip away: a letter left out, put in, replaced, or two swapped. The first letter stands."""
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
        for letter in string.ascii_lowercase:
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]


def _typos() -> dict[str, str]:
    table: dict[str, str] = {}
    for word in _LONG_WORDS:
        table |= dict.fromkeys(_one_slip(word), word)
    table |= _SHORT_TYPOS
    for right in (*_LONG_WORDS, *(f"{word}s" for word in _LONG_WORDS)):
        table.pop(right, None)  # a word spelt right is no typo of its neighbour
    return table


_TYPOS = _typos()
_SHORT_TYPO = re.compile(r"\b(?:" + "|".join(_SHORT_TYPOS) + r")\b")


def plain(text: str) -> str:
    """``text`` in lower-case Latin letters, one blank between words, common typos of the rules' words put right."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    folded = "".join(c for c in folded if not unicodedata.combining(c)).translate(_DROPPED).translate(_LOOK_ALIKES)
    folded = _LEET_WORD.sub(lambda found: found[0].translate(_LEET), folded)
    folded = _SPACED.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), folded)
    folded = _STRETCHED.sub(r"\1", folded)
    folded = _WORD.sub(lambda found: _TYPOS.get(found[0], found[0]), folded)
    folded = _SHORT_TYPO.sub(lambda found: _SHORT_TYPOS[found[0]], folded)
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", ". ", folded.strip()))
