"""What the sanitize stage does to one labelled message: what it redacts, and what it lets nobody see."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.mail_text import Mail, read_mail
from agents.redaction import Label
from agents.sanitize import Origin, SanitizedText, SanitizeSettings, sanitize_text
from control.labelled_messages import LabelledMessage, Part, Value
from streams.errors import RedactionFailed

_PLACEHOLDER = {label: re.compile(rf"\[{label.value}_\d+\]") for label in Label}


@dataclass(frozen=True)
class Outcome:
    """Spans of the input: ``found`` was replaced; ``gone`` is not in the output at all (markup, quoted history, what
    is beyond the text limit). ``held_back``: the redactor failed, so that nothing passed."""

    found: tuple[Value, ...]
    gone: tuple[Part, ...] = ()
    held_back: bool = False


def outcome(message: LabelledMessage, settings: SanitizeSettings) -> Outcome:
    """What the stage makes of ``message``. Raises nothing."""
    try:
        sanitized = sanitize_text(message.text, settings, Origin(message.customer))
    except RedactionFailed:
        return Outcome((), (Part(0, len(message.text)),), held_back=True)
    found = tuple(Value(Label(one.label), one.start, one.end) for one in sanitized.redactions)
    return Outcome(found, tuple(_gone(message.text, sanitized)))


def _gone(raw: str, sanitized: SanitizedText) -> Iterable[Part]:
    """The parts of ``raw`` that no character of the output stands for."""
    mail = read_mail(raw)
    if mail.text == raw and not sanitized.features.truncated:
        return
    shown = [mail.source_span(at, at + 1) for at in range(len(mail.text))]
    end = _end(mail, shown, sanitized) if sanitized.features.truncated else len(shown)
    done = 0
    for (start, after), character in zip(shown[:end], mail.text, strict=False):
        if character.isspace() and after - start > 1:  # a line break for a whole tag, whose attributes are not shown
            continue
        if start > done:
            yield Part(done, start)
        done = max(done, after)
    if done < len(raw):
        yield Part(done, len(raw))


def _end(mail: Mail, shown: Sequence[tuple[int, int]], sanitized: SanitizedText) -> int:
    """How many characters of the customer's words are in the output: it is walked along, redaction by redaction."""
    starts = [start for start, _ in shown]
    words = output = 0
    for one in sanitized.redactions:
        begin = bisect_left(starts, one.start)
        placeholder = _PLACEHOLDER[Label(one.label)].search(sanitized.text, output + max(0, begin - words))
        if placeholder is None:  # cannot be told: nothing counts as gone
            return len(mail.text)
        words, output = bisect_left(starts, one.end), placeholder.end()
    return words + len(sanitized.text) - output
