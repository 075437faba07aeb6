"""E-mail addresses, plain and in the usual disguises ("jane dot doe at gmail dot com", "jane [at] gmail.com")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redaction.model import Label, Span
from agents.redaction.view import View

_LOCAL_REVERSED = re.compile(r"[\w.+%&'~=/!#$*?^{|}-]{1,64}")
_DOMAIN = re.compile(r"[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){1,8}")
_PROVIDERS = (
    "gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|aol|proton|protonmail|gmx|web|t-online|yandex|zoho|mail|"
    "comcast|verizon|btinternet|orange|laposte|libero|fastmail"
)
_BARE_PROVIDER = re.compile(rf"(?:{_PROVIDERS})\b", re.IGNORECASE)
_DOT = r"(?:\s?[\[({<]\s?(?:dot|punkt|point)\s?[\])}>]\s?|\s(?:dot|punkt|point)\s|\s?\.\s?)"
_AT = re.compile(
    r"\s{0,2}[\[({<]\s?(?:at|@|arroba)\s?[\])}>]\s{0,2}|\s{1,2}(?:at|arroba)\s{1,2}|\s?@\s?", re.IGNORECASE
)
_SPOKEN_DOMAIN = re.compile(
    rf"[^\W_][\w-]{{0,40}}(?:{_DOT}[^\W_][\w-]{{0,40}}){{0,3}}{_DOT}"
    r"(?:com|net|org|edu|gov|info|biz|co|io|me|uk|us|ca|au|nz|ie|de|at|ch|fr|be|nl|es|pt|it|se|no|dk|fi|pl|in|eu)\b",
    re.IGNORECASE,
)
_SPOKEN_LOCAL = re.compile(
    r"[\w+-]{1,40}(?:(?:\stod\s|\s?[\])}>]\s?tod\s?[\[({<]\s?|\.)[\w+-]{1,40}){0,4}", re.IGNORECASE
)
_PROVIDER_DOMAIN = re.compile(rf"(?:{_PROVIDERS})\b", re.IGNORECASE)
_MAIL_WORD = re.compile(r"\b(?:e-?mails?|mail|address|reach me|contact me|write to me)\b", re.IGNORECASE)


_SPOKEN_AT = frozenset(("at", "arroba"))
_BEFORE_DOMAIN = re.compile(r"(?:at|AT|At|arroba)\s{1,2}[\w-]+(?:\.|\s?[(\[]|\s(?:dot|punkt|point|DOT|Dot)\b)")
_BRACKETS = 4
"""Characters that stand before the sign itself at most: two blanks, a bracket, a blank."""
_BRACKETED = re.compile(r"[(\[{<]\s?at\b")


def find(view: View) -> Iterator[Span]:
    """Addresses with "@" first; then the disguised ones, where a bracket, a spoken dot, a well-known provider or the
    word e-mail shows that "at" means "@": "look at shop.com" stays."""
    if "@" in view.text:
        yield from _written(view.text)
    yield from _spoken(view)


def _key(value: str) -> str:
    return re.sub(r"\s+", "", value).casefold()


def _written(text: str) -> Iterator[Span]:
    position = text.find("@")
    while position >= 0:
        local = _LOCAL_REVERSED.match(text[max(0, position - 64) : position][::-1])
        domain = _DOMAIN.match(text, position + 1) or _BARE_PROVIDER.match(text, position + 1)
        size = len(local.group().rstrip(".'*/?!#$^{|}=&")) if local else 0
        if size and domain and (end := _domain_end(domain.group())):
            start = position - size
            yield Span(start, position + 1 + end, Label.EMAIL, _key(text[start : position + 1 + end]))
        position = text.find("@", position + 1)


def _domain_end(domain: str) -> int:
    """How much of ``domain`` is one: up to its last label that is no number; 0 if it has no letter at all."""
    labels = domain.split(".")
    while len(labels) > 1 and (labels[-1].isdigit() or len(labels[-1]) < 2):
        labels.pop()
    joined = ".".join(labels)
    return len(joined) if any(map(str.isalpha, labels[-1])) and (len(labels) > 1 or joined == domain) else 0


def _is_disguise(text: str, at: int) -> bool:
    """Whether the word "at" may mean "@": a bracket stands before it, or a domain follows."""
    return _BEFORE_DOMAIN.match(text, at) is not None or _BRACKETED.search(text, max(0, at - 2), at + 3) is not None


def _signs(view: View) -> Iterator[re.Match[str]]:
    """What stands for "@", one behind the other: each "@" and each word for it, with the brackets and blanks around."""
    text, done = view.text, 0
    signs = [match.start() for match in re.finditer("@", text)]
    for sign in sorted((*signs, *view.places(_SPOKEN_AT))):
        begin = sign
        while begin > max(done, sign - _BRACKETS) and (text[begin - 1].isspace() or text[begin - 1] in "[({<"):
            begin -= 1
        tried = (_AT.match(text, at) for at in range(max(begin, done), sign + 1))
        if match := next((match for match in tried if match and match.end() > sign), None):
            yield match
            done = match.end()


def _spoken(view: View) -> Iterator[Span]:
    text = view.text
    if "@" not in text and not any(_is_disguise(text, at) for at in view.places(_SPOKEN_AT)):
        return
    for at in _signs(view):
        domain = _SPOKEN_DOMAIN.match(text, at.end())
        if domain is None:
            continue
        local = _SPOKEN_LOCAL.match(text[max(0, at.start() - 200) : at.start()][::-1])
        if local is None:
            continue
        start = at.start() - len(local.group())
        disguised = at.group().strip() not in ("at", "@") or " dot " in text[start : domain.end()].lower()
        known = _PROVIDER_DOMAIN.match(domain.group()) or _MAIL_WORD.search(view.before(start))
        if disguised or known:
            key = re.sub(r"[\[({<\])}>]", " ", text[start : at.start()]) + "@" + domain.group()
            yield Span(start, domain.end(), Label.EMAIL, _key(re.sub(r"\s(?:dot|punkt|point)\s", ".", key)))
