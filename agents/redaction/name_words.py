"""Names that no sign announces, by their words: capitalised words of which a lexicon says that people are called so.

Three forms: "ask Leif Hansen about it", "jenny hansen" in a text without capitals, and the bare answer to "what is your
name?". A brand or a town is capitalised too, so one unknown word alone is a name only next to words that speak of
people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from agents.redaction.language import LANGUAGES
from agents.redaction.lexicon import Lexicon
from agents.redaction.model import MASK, Span
from agents.redaction.name_judge import INITIAL, NAMED, OTHER, POSSESSIVE, UNKNOWN, Judge, Word, name_span
from agents.redaction.name_lower import uncapitalised
from agents.redaction.name_vocabulary import (
    ARTICLES,
    BRANDED,
    CHAT_WORDS,
    COLOURS,
    DONE_BY_PEOPLE,
    FILLERS,
    NO_NOUNS,
    PEOPLE_BEFORE,
    THINGS_BEFORE,
)
from agents.redaction.view import Detector, View
from agents.redaction.words import CAPITAL

_CAP = rf"{CAPITAL}[\w'’-]{{1,29}}"
_INITIAL = r"[A-Z]\.?(?![\w'’])"
_PARTICLE = r"(?:van|von|de|da|di|del|della|der|den|la|le|bin|al|el|dos|du|ter|ten|zu)"
_PARTICLES = re.compile(_PARTICLE)
_RUN = re.compile(
    rf"(?<![\w@./#&'’-])(?:{_CAP}|{_INITIAL})(?:[ \t]{{1,2}}(?:{_PARTICLE}[ \t]){{0,2}}(?:{_CAP}|{_INITIAL})){{0,7}}"
)
_TOKEN = re.compile(r"[^\W\d_][\w'’-]*\.?")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n\r\"“”(•*-])[ \t\"'“”(]{0,3}$")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)['’]?[ \t,:]{1,2}$")
_TALKED_TO = re.compile(r"\b(?:spoke|spoken|speak|speaking|talk|talked|talking|wrote|chatted|belongs) to $")
_SPOKEN_TO = re.compile(r"[ \t]?[,:]|['’]s?\b")
_NEXT_WORD = re.compile(
    rf"[ \t](?:(?:never|already|just|still|also|only)[ \t])?([^\W\d_]+)(?:[ \t](?:{_CAP}|I\b|{MASK}))?"
)
_OF_THINGS = re.compile(
    r"\b(?:product|brand|item|model|company|firm|shop|store|city|town|street|file|colou?r|style|size)(?:[ \t]name)?"
    r"(?:[ \t]?(?:is|:|called|named)){0,2}[ \t]{1,2}$",
    re.IGNORECASE,
)
_AND_BEFORE = re.compile(rf"{MASK} and $")
_LINE_OF_NAMES = re.compile(
    r"^[ \t]{0,3}([^\W\d_]{2,20}(?:[ \t](?:[^\W\d_]\.?|[^\W\d_]{2,20})){1,4})[ \t]{0,3}$", re.MULTILINE
)
_LAST_LINE = re.compile(rf"\n[ \t]{{0,3}}({_CAP})[ \t.!]{{0,3}}\s{{0,9}}\Z")
_NUMBERED = re.compile(r" \d")
_NOUN = re.compile(r" ([a-z]{3,20})(?![^\W_])")
_GREETING = frozenset(("hi", "hello", "hey", "dear", "thanks", "thank", "mr", "mrs", "ms", "miss", "dr", "and"))
_IN_CODE = re.compile(r"\d[^\W\d_]|[^\W\d_]\d")
"""Letters of a code: "SAVE20"."""
_MODEL = re.compile(r"[A-Z]{2,4} \d")
_BARE_LONGEST = 48
_BARE_MOST_WORDS = 6


def finder(lexicon: Lexicon, keep: frozenset[str]) -> Detector:
    """A detector that asks ``lexicon``; ``keep``: the shop's own words (brands, products), casefolded."""
    forms = {language: _Forms(Judge(lexicon, language, keep)) for language in LANGUAGES}

    def find(view: View) -> Iterator[Span]:
        if not lexicon:
            return
        form = forms[view.language]
        lower = uncapitalised(view, form.judge) if view.text.islower() else ()
        for span in chain(form.capitalised(view), lower, form.lines(view), form.bare_answer(view)):
            if POSSESSIVE.sub("", span.key) not in BRANDED:
                yield span

    return find


class _Forms:
    """The forms in which a name appears, as ``judge`` sees its words."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    def capitalised(self, view: View) -> Iterator[Span]:
        """Runs of capitalised words, cut at words that are no names."""
        text, masks = view.text, MASK in view.text
        for run in _RUN.finditer(text):
            if run.group() == "I":
                continue
            if self._is_other(run.group(), masks):
                continue
            words = [self._word(text, token, run.start()) for token in _TOKEN.finditer(run.group())]
            lead, ordinary = words[0], all(word.doubt == OTHER for word in words)
            if masks and (lead.given or lead.family) and _AND_BEFORE.search(text, max(0, run.start() - 6), run.start()):
                yield name_span(text, lead.start, lead.end)  # "Anna and Brown"
            if ordinary and (not masks or len(words) == 1):
                continue
            opens = _SENTENCE_END.search(text, max(0, run.start() - 6), run.start()) is not None
            for first, last in _segments(words):
                if self._is_name(view, words, first, last, opens=opens and first == 0):
                    yield name_span(text, words[first].start, self._name_end(words, first, last))

    def _is_other(self, run: str, masks: bool) -> bool:
        """Whether ``run`` is one word, and no name: most are, and nothing else need be known of them. Beside ``masks``
        one that is a name elsewhere may be one here."""
        key = run.casefold()
        return run.isalpha() and self.judge.is_other(key) and not (masks and self.judge.is_listed(key))

    def _word(self, text: str, token: re.Match[str], offset: int) -> Word:
        start, end = offset + token.start(), offset + token.end()
        bare = text[start:end].rstrip(".'’-")
        if "'" in bare or "’" in bare:
            bare = POSSESSIVE.sub("", bare)
        if len(bare) == 1:
            return Word(start, end, bare.casefold(), OTHER if bare == "I" and text[end - 1] != "." else INITIAL)
        word = self.judge.word(bare.title() if bare.isupper() and len(bare) > 3 else bare, start)
        return word if word.end == start + len(bare) else word._replace(end=start + len(bare))

    def _is_name(self, view: View, words: Sequence[Word], first: int, last: int, *, opens: bool) -> bool:
        part = words[first : last + 1]
        spoken = [word for word in part if word.doubt != INITIAL]
        if len(spoken) != 1:
            return len(spoken) > 1
        only = spoken[0]
        if len(part) == 1 and self._names_thing(view.text, only):
            return False
        if len(part) > 1 and only.doubt == NAMED:
            return True
        before = _WORD_BEFORE.search(view.text, max(0, only.start - 24), only.start)
        of_people = before is not None and before.group(1).casefold() in PEOPLE_BEFORE
        of_people = of_people or _TALKED_TO.search(view.text, max(0, only.start - 16), only.start) is not None
        rare = not self.judge.is_ordinary(only.key)
        if not of_people and (only.key in COLOURS or self._is_in_title(view, words, first, last)):
            return only.given and rare  # beside a product, a firm, a town
        if only.doubt == UNKNOWN:
            of_things = before is None or before.group(1).casefold() in THINGS_BEFORE
            return of_people or (not opens and not of_things) or (opens and self._acts(view.text, only))
        return (only.given and not opens) or rare or of_people or self._acts(view.text, only)

    def _name_end(self, words: Sequence[Word], first: int, last: int) -> int:
        """Where the name ends: behind a family name that is a word too ("Nandini Fairbanks")."""
        alone = first == last < len(words) - 1
        return words[last + (alone and self.judge.may_follow(words[last + 1]))].end

    def _is_in_title(self, view: View, words: Sequence[Word], first: int, last: int) -> bool:
        """Whether it stands in the name of a thing: beside a capitalised word that is no name, or before a number."""
        if any(
            word.doubt == OTHER and not self.judge.is_common(word.key) for word in (*words[:first], *words[last + 1 :])
        ):
            return True
        before = words[first - 1] if first > 0 else None
        titled = before is not None and before.doubt == OTHER and before.key not in _GREETING and len(before.key) > 1
        opens = titled and _SENTENCE_END.search(view.text, max(0, words[0].start - 6), words[0].start) is not None
        return (titled and not (opens and first == 1)) or _NUMBERED.match(view.text, words[last].end) is not None

    @staticmethod
    def _names_thing(text: str, word: Word) -> bool:
        """Whether a thing is named so: the words before say it, or an article stands before it and a noun behind it
        ("the Olivia sweater")."""
        before = _WORD_BEFORE.search(text, max(0, word.start - 24), word.start)
        noun = _NOUN.match(text, word.end)
        if noun and before and before.group(1).casefold() in ARTICLES and noun.group(1) not in NO_NOUNS:
            return True
        return _OF_THINGS.search(text, max(0, word.start - 32), word.start) is not None

    def _acts(self, text: str, word: Word) -> bool:
        """Whether what follows speaks of a person: "Leif, can I", "Leif's order", "Leif said", "Leif and Anna"."""
        if _SPOKEN_TO.match(text, word.end):
            return word.doubt == NAMED or not self.judge.is_slip(word.key)
        follows = _NEXT_WORD.match(text, word.end)
        if follows is None:
            return False
        joined = follows.group(1) == "and" and follows.end() > follows.end(1)
        acts = joined or (follows.group(1) in DONE_BY_PEOPLE and (word.given or word.doubt == UNKNOWN))
        return acts and not self.judge.is_slip(word.key)  # asked last: it looks up hundreds of words

    def lines(self, view: View) -> Iterator[Span]:
        """Lines that are nothing but a name: signatures, the first line of an address."""
        if "\n" not in view.text:
            return
        for line in _LINE_OF_NAMES.finditer(view.text):
            words = [self.judge.word(word.rstrip(".")) for word in line.group(1).split()]
            if all(self._may_stand_in_name(word) for word in words) and any(word.doubt < INITIAL for word in words):
                yield name_span(view.text, *line.span(1))
        if last := _LAST_LINE.search(view.text, max(0, len(view.text) - 60)):
            word = self.judge.word(last.group(1), last.start(1))
            if word.given or (word.doubt == UNKNOWN and not self.judge.is_slip(word.key)):
                yield name_span(view.text, *last.span(1))

    @staticmethod
    def _may_stand_in_name(word: Word) -> bool:
        return len(word.key) == 1 or word.doubt in (NAMED, UNKNOWN) or _PARTICLES.fullmatch(word.key) is not None

    def bare_answer(self, view: View) -> Iterator[Span]:
        """The names in a message that is nothing but a name, a number and a filler word or two."""
        start, end = view.bare
        if end - start > _BARE_LONGEST:
            return
        found = list(_WORD.finditer(view.text, start, end))
        if not 0 < len(found) <= _BARE_MOST_WORDS:
            return
        if any(_IN_CODE.search(view.text, max(0, match.start() - 1), match.end() + 2) for match in found):
            return
        words = [self.judge.word(match.group(), match.start()) for match in found]
        if any(_MODEL.match(view.text, word.start) and word.doubt != NAMED for word in map(self._titled, words)):
            return  # "RTX 4090"
        foreign = self.judge.ordinary_anywhere if MASK in view.text[start:end] else self.judge.frequent_anywhere
        names = [word for word in words if self.judge.answers(word) and not self.judge.is_foreign(word, foreign)]
        others = [word for word in words if word not in names and word.key not in FILLERS]
        beside_value = MASK in view.text[start:end] and all(map(self.judge.may_follow, others))
        if not names or (others and not beside_value and not self._makes_name(names, others, words)):
            return
        yield from _joined(view.text, sorted([*names, *others]))

    def _titled(self, word: Word) -> Word:
        """``word`` as it looks with one capital alone: JANE."""
        return self.judge.word(word.key.title(), word.start)

    @staticmethod
    def _makes_name(names: Sequence[Word], others: Sequence[Word], words: Sequence[Word]) -> bool:
        """Whether one other word beside a name is its second half: "steve jobs", "grant ballard", "jane m"."""
        listed = [word for word in names if word.doubt == NAMED]
        return len(others) == 1 and len(listed) == len(names) and len(words) <= 3 and others[0].key not in CHAT_WORDS


def _segments(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """First and last index of each stretch of words that may be a name.

    A word too common for a name still is one where a list has it as a family name right behind a given name ("Zoe
    Young"), or right before a rarer family name as a given one ("Grant Ballard").
    """
    fits = [word.doubt != OTHER for word in words]
    for at in range(len(words) - 1):
        one, other = words[at], words[at + 1]
        if one.given and one.doubt == NAMED and other.family:
            fits[at + 1] = True
        elif one.given and at > 0 and other.family and other.doubt == NAMED:
            fits[at] = True
    first = 0
    while first < len(words):
        last = first
        while last < len(words) and fits[last]:
            last += 1
        if last > first:
            yield first, last - 1
        first = last + 1


def _joined(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """Words side by side are one name."""
    start = words[0].start
    for word, after in zip(words, [*words[1:], None], strict=True):
        if after is None or text[word.end : after.start] != " ":
            yield name_span(text, start, word.end)
            start = after.start if after else 0
