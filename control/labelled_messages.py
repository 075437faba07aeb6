"""Reads messages whose personal data somebody labelled: what ``mw sanitize --evaluate`` measures against.

A file is a JSON list, or JSON lines. A message is an object with ``text`` (or ``full_text``) and ``spans``; a span has
``label`` (or ``entity_type``), ``start`` and ``end`` (or ``start_position`` and ``end_position``), in code points.
``keep`` lists spans that must stay, ``customer`` what is known of the customer. Messages never say what a value was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agents.redaction import Label
from control.json_lines import json_object
from control.labelled_names import our_label
from streams.errors import ConfigurationError
from streams.facts import NOBODY, Contact, as_contact

_TEXT, _SPANS, _LABEL = ("text", "full_text"), ("spans", "labels", "entities"), ("label", "entity_type", "type")
_START, _END = ("start", "start_position"), ("end", "end_position")
_VALUE = ("entity_value", "text", "value")


class Part(NamedTuple):
    """Characters ``start`` up to ``end`` of a message."""

    start: int
    end: int


class Value(NamedTuple):
    """A labelled value. Also what a redactor found: the same shape on both sides of the comparison."""

    label: Label
    start: int
    end: int


@dataclass(frozen=True)
class LabelledMessage:
    """One message. ``left_out``: spans whose label is not measured; what is found there counts for nothing.

    ``template``: what messages made from one pattern share, empty where the file does not say.
    """

    id: str
    text: str = field(repr=False)
    values: tuple[Value, ...] = ()
    keep: tuple[Part, ...] = ()
    left_out: tuple[Part, ...] = ()
    customer: Contact = field(default=NOBODY, repr=False)
    template: str = ""


@dataclass(frozen=True)
class LabelledFile:
    """The messages, and how many spans of which label are not measured."""

    messages: Sequence[LabelledMessage]
    left_out: Mapping[str, int]


def read_labelled(path: Path, *, leave_out: Collection[str] = ()) -> LabelledFile:
    """The messages in ``path``. ``leave_out``: labels, ours or the file's, that are not to be measured.

    Raises ConfigurationError that names file, line and what is wrong, and nothing of what the line holds.
    """
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise ConfigurationError(f"{path} cannot be read: {exc.strerror}") from None
    ignored = frozenset(name.strip().upper() for name in leave_out)
    left_out: Counter[str] = Counter()
    messages = []
    for place, item in _objects(raw, path):
        try:
            messages.append(_message(item(), place, ignored, left_out))
        except ValueError as exc:
            raise ConfigurationError(f"{path}, {place}: {exc}") from None
    if not messages:
        raise ConfigurationError(f"{path} holds no message; a line looks like {_EXAMPLE}")
    return LabelledFile(messages, dict(sorted(left_out.items())))


_EXAMPLE = '{"id": "1", "text": "I am Jo", "spans": [{"label": "NAME", "start": 5, "end": 7}]}'


class _Item(NamedTuple):
    """What stands at one place of the file, decoded when it is asked for, so that an error has a place."""

    line: bytes
    value: Any = None

    def __call__(self) -> dict[str, Any]:
        if self.line:
            return json_object(self.line)
        if not isinstance(self.value, dict):
            raise ValueError("is no JSON object")
        return self.value


def _objects(raw: bytes, path: Path) -> Iterator[tuple[str, _Item]]:
    """Each object with where it stands."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.lstrip().startswith(b"["):
        lines = enumerate(raw.split(b"\n"), 1)
        yield from ((f"line {number}", _Item(line)) for number, line in lines if line.strip())
        return
    try:
        items = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise ConfigurationError(f"{path}, line {exc.lineno}: is no JSON list, nor JSON lines") from None
    yield from ((f"message {number}", _Item(b"", item)) for number, item in enumerate(items, 1))


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def _message(fields: dict[str, Any], place: str, ignored: frozenset[str], left_out: Counter[str]) -> LabelledMessage:
    text, spans = _first(fields, _TEXT), _first(fields, _SPANS)
    if not isinstance(text, str):
        raise ValueError('"text" is missing or is not a string')
    if not isinstance(spans, list):
        raise ValueError('"spans" is missing or is not a list; it is empty where there is nothing to find')
    values, apart = [], []
    for number, span in enumerate(spans, 1):
        name, part = _label(span, number), _part(span, text, f"span {number}")
        label = our_label(name)
        if label is None or ignored & {name.upper(), label.value}:
            left_out[name] += 1
            apart.append(part)
        else:
            values.append(Value(label, *part))
    keep = [] if fields.get("keep") is None else fields["keep"]
    if not isinstance(keep, list):
        raise ValueError('"keep" is not a list of spans')
    identity = fields.get("id")
    return LabelledMessage(
        id=str(place if identity is None else identity),
        text=text,
        values=tuple(values),
        keep=tuple(_part(span, text, f"keep {number}") for number, span in enumerate(keep, 1)),
        left_out=tuple(apart),
        customer=as_contact(fields.get("customer")),
        template=str(fields.get("template_id", "")),
    )


def _label(span: Any, number: int) -> str:
    name = _first(span, _LABEL) if isinstance(span, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f'span {number} has no "label"')
    return name.strip()


def _part(span: Any, text: str, what: str) -> Part:
    """Where ``span`` stands. Raises ValueError where that is outside ``text``, or where the span's own copy of its
    value is another one: its offsets are then counted in something else than code points."""
    start, end = (_first(span, names) for names in (_START, _END)) if isinstance(span, dict) else (None, None)
    if type(start) is not int or type(end) is not int:
        raise ValueError(f'{what} has no whole numbers "start" and "end"')
    if not 0 <= start < end <= len(text):
        raise ValueError(f"{what} goes from {start} to {end}, the text has {len(text)} characters")
    value = _first(span, _VALUE)
    if isinstance(value, str) and value.split() != text[start:end].split():
        raise ValueError(f"{what} is not where the value stands that is given with it; offsets count code points")
    return Part(start, end)
