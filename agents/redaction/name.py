"""Names where the text itself says that one comes: "my name is ...", a title, a greeting, the line under the closing.

Names without such a sign are left to the detectors that know the ticket's contact record (``redact(known=...)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redaction.model import Label, Span
from agents.redaction.view import View
from agents.redaction.words import CAPITAL, spaced_key, word_set

_CAP = rf"{CAPITAL}[\w'’-]{{0,29}}"
_PARTICLE = r"(?:van|von|de|da|di|del|der|den|la|le|bin|al|el)"
_NEXT = rf"(?:[ \t]{{1,2}}(?:[A-Z]\.|(?:{_PARTICLE}[ \t]){{0,2}}{_CAP}))"
_PROPER = rf"{_CAP}{_NEXT}{{0,3}}"
_ANY = r"[^\W\d_][\w'’-]{0,29}"
# What else has a name: "the product name is Aurora" names nobody.
_OF_THINGS = "".join(
    rf"(?<!\b(?i:{thing})[ \t])"
    for thing in (
        "company",
        "firm",
        "business",
        "product",
        "item",
        "brand",
        "model",
        "city",
        "street",
        "file",
        "shop",
        "store",
    )
)
_INTRODUCED = re.compile(
    rf"{_OF_THINGS}(?i:\bnames?[ \t]?(?:is|was|'s|:|=|-))[ \t]{{1,2}}({_PROPER}|{_ANY}(?:[ \t]{_ANY})?)"
    rf"|(?i:\bmy name)[ \t]{{1,2}}({_PROPER})"
)
_CALLED = re.compile(
    r"\b(?i:mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|me llamo|mi nombre es|mi chiamo|il mio nome è|o meu nome é|"
    rf"me chamo|mijn naam is|ik heet|jeg hedder|jeg heter|jag heter|mitt namn är|nazywam się|jmenuji se)"
    rf"[ \t]({_PROPER})"
)
_CALLED_WORDS = word_set(
    "heiße heisse appelle llamo nombre chiamo nome chamo naam heet hedder heter namn nazywam jmenuji"
)
_SELF = re.compile(rf"\b(?i:this is|i am|i'm|im|it's|myself)[ \t]({_CAP}{_NEXT}{{1,3}})(?=[\s.,;!?-]|$)")
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Mme|Sr|Sra|Monsieur|Madame)\b\.?[ \t]"
    rf"((?:{_PARTICLE}[ \t]){{0,2}}{_PROPER})"
)
_GREETED = re.compile(
    rf"^[ \t]{{0,3}}(?i:hi|hello|hey|dear|hiya|good (?:morning|afternoon|evening)|hallo|bonjour|hola|ciao)[ \t,]{{1,2}}"
    rf"({_PROPER})(?=[ \t]?[,.!:;\r\n-]|[ \t]*$)",
    re.MULTILINE,
)
_CLOSING = (
    r"(?:(?:many |much )?thanks(?: (?:so much|a lot|again|in advance|and regards|very much))?|"
    r"thank you(?: (?:so much|very much|again|in advance))?|thx|ty|cheers|"
    r"(?:(?:best|kind|warm|warmest|kindest|many)[ \t])?(?:regards|wishes)|best|sincerely(?: yours)?|"
    r"yours (?:sincerely|truly|faithfully)|respectfully|love|xoxo|mit freundlichen grüßen|viele grüße|cordialement|"
    r"saludos|cordiali saluti)"
)
_SIGNED_BELOW = re.compile(
    rf"(?:^|[.!?,\n])[ \t]{{0,3}}(?i:{_CLOSING})[ \t]{{0,2}}[,.!-]{{0,3}}[ \t]{{0,3}}(?:\r?\n[ \t]{{0,3}}){{1,3}}"
    rf"[-~–]{{0,2}}[ \t]?({_PROPER}|{_ANY}(?:[ \t]{_ANY})?)[ \t.]{{0,3}}(?=\r?\n|\Z)",
    re.MULTILINE,
)
_SIGNED_BESIDE = re.compile(
    rf"(?:^|[.!?,\n][ \t]?)(?i:{_CLOSING})[ \t]?[,.!-]{{1,2}}[ \t]?({_PROPER})[ \t.]{{0,3}}\s{{0,9}}\Z", re.MULTILINE
)
_DASHED = re.compile(rf"\n[ \t]{{0,3}}[-–~]{{1,2}}[ \t]?({_PROPER})[ \t.]{{0,3}}\s{{0,9}}\Z")

# Words that follow these signs and are no names.
_NO_NAME = word_set("""
a an and are as at be but by can for from has have i if in is it its me my not of on or our so still the there this to
under was we what when where which who why will with you your yes no none wrong misspelled incorrect spelled listed
registered missing different same also only just very really please thanks thank regards hello hi hey all everyone
everybody team support customer customers service sales help desk sir madam sirs guys folks friend friends admin
manager agent staff sent get order orders refund return shipping delivery company store shop mr mrs ms dr miss happy
sorry sad angry upset waiting writing contacting looking trying unable sure new good morning afternoon evening monday
tuesday wednesday thursday friday saturday sunday january february march april june july august september october
november december american canadian british english french german spanish brand product item business iphone ipad
android samsung outlook phone mobile email mail number address ref re fwd attached correct
""")
_NAME_WORDS = word_set("my name names")
_SELF_PHRASES = {"this is ": "this", "i am ": "i", "i'm ": "i", "im ": "im", "it's ": "it", "myself ": "myself"}
"""What begins ``_SELF``, with its first word."""
_TITLES = word_set("""
mr mrs ms miss mx dr prof herr frau mme sr sra monsieur madame
""")
_GREETINGS = word_set("""
hi hello hey dear hiya good hallo bonjour hola ciao
""")
_CLOSINGS = word_set("""
thanks thank thx ty cheers regards wishes best sincerely yours respectfully love xoxo grüßen grüssen grüße
cordialement saludos saluti
""")
_CLOSINGS_BEGIN = word_set("""
many much thanks thank thx ty cheers best kind warm warmest kindest regards wishes sincerely yours respectfully love
xoxo mit viele cordialement saludos cordiali
""")
_LAST_LINES = 160
"""Characters at the end of a message in which a signature beside the closing, or behind a dash, is looked for."""


def _signed(view: View) -> Iterator[re.Match[str]]:
    """The matches of all patterns."""
    text, words, end = view.text, view.words, max(0, len(view.text) - _LAST_LINES)
    if "name" in view.lower:
        yield from view.matches(_INTRODUCED, _NAME_WORDS)
    if said := {word for phrase, word in _SELF_PHRASES.items() if phrase in view.lower}:
        yield from view.matches(_SELF, frozenset(said))
    if not words.isdisjoint(_CALLED_WORDS) or "mein name" in view.lower:
        yield from _CALLED.finditer(text)
    yield from view.matches(_TITLED, _TITLES)
    if not words.isdisjoint(_GREETINGS):
        yield from _GREETED.finditer(text)
    if not words.isdisjoint(_CLOSINGS):
        yield from _closed(view, end)
    if "\n" in text:
        yield from _DASHED.finditer(text, end)


def _closed(view: View, end: int) -> Iterator[re.Match[str]]:
    """The matches of what is signed below a closing, then of what is signed beside one from ``end`` on."""
    text, begins = view.text, list(_closings(view))
    for pattern, floor in ((_SIGNED_BELOW, 0), (_SIGNED_BESIDE, end)) if "\n" in text else ((_SIGNED_BESIDE, end),):
        done = floor
        for begin in begins:
            if begin >= done and (match := pattern.match(text, begin)):
                yield match
                done = match.end()


def _closings(view: View) -> Iterator[int]:
    """Where a closing may begin, with the end of the sentence or line before it, ascending."""
    text = view.text
    for at in view.places(_CLOSINGS_BEGIN):
        begin = at
        while begin > max(0, at - 3) and text[begin - 1] in " \t":
            begin -= 1
        if begin == 0 or text[begin - 1] in ".!?,\n":
            yield max(0, begin - 1)


def find(view: View) -> Iterator[Span]:
    """Names after their signs. A word that is no name ends the name, or means that none is there."""
    for match in _signed(view):
        words, start = match.group(match.lastindex or 1), match.start(match.lastindex or 1)
        value = words[: _name_end(words)]
        if value:
            yield Span(start, start + len(value), Label.NAME, spaced_key(value))


def _name_end(words: str) -> int:
    """How many characters of ``words`` are a name: up to the first word that is none."""
    end = 0
    for word in re.finditer(r"\S+", words):
        initial = end > 0 and len(word.group()) == 2 and word.group().endswith(".")
        if word.group().casefold().strip(".'’-") in _NO_NAME and not initial:
            break
        end = word.end()
    return end
