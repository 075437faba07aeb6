"""Dead letters as operators look at them: found by id, stage or reason; never with what is sealed inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from control.kafka_reading import read_all
from control.settings import Settings
from streams.errors import CheckFailed, Undecodable
from streams.events import DeadLetter
from streams.reasons import FailureReason, Stage
from streams.topics import Names, TopicName


def read_dead(
    settings: Settings, *, stage: Stage | None = None, reason: FailureReason | None = None
) -> tuple[list[DeadLetter], int]:
    """Dead letters of ``stage`` and ``reason`` (None: any), oldest first, copies once; and how many records of the
    topic could not be decoded. Raises DependencyError."""
    found: dict[str, DeadLetter] = {}
    undecodable = 0
    for raw in _values(settings):
        try:
            letter = DeadLetter.decode(raw)
        except Undecodable:
            undecodable += 1
            continue
        if stage in (None, letter.stage) and reason in (None, letter.reason):
            found.setdefault(str(letter.id), letter)
    return sorted(found.values(), key=lambda each: each.died_at.timestamp()), undecodable


def _values(settings: Settings) -> Iterator[bytes]:
    for message in read_all(settings, Names(settings.topic_prefix).topic(TopicName.DEAD)):
        value = message.value()
        if value is not None:
            yield value


def find_dead(settings: Settings, wanted: str) -> list[DeadLetter]:
    """The dead letters whose id, event id or conversation id is ``wanted``, or whose id begins so.

    Raises CheckFailed where there is none, DependencyError.
    """
    letters, _ = read_dead(settings)
    found = [each for each in letters if _is(each, wanted)]
    if not found:
        raise CheckFailed(f"no dead letter is known by {wanted!r}; `mw dead list` shows those there are")
    return found


def _is(letter: DeadLetter, wanted: str) -> bool:
    return wanted in (str(letter.event_id), letter.conversation_id) or (
        len(wanted) >= 6 and str(letter.id).startswith(wanted)
    )


def public(letter: DeadLetter) -> dict[str, Any]:
    """All that may be shown of ``letter``: whether bytes are kept sealed in it, never those bytes."""
    return {**letter.model_dump(mode="json", exclude={"sealed", "version"}), "sealed": letter.sealed is not None}
