"""What differs between two releases of the playbook, value by value. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from agents.playbook import Playbook

_NAMED_BY = ("name", "id", "signal")
"""Keys by which an entry of a list is known; lists of other things are compared as a whole."""


class Difference(NamedTuple):
    """``place``: part, keys and names down to the value; None: the release has no such value."""

    place: str
    before: Any
    after: Any


def differences(before: Playbook, after: Playbook) -> list[Difference]:
    """Every value that is not equal, in the order of the files; versions are not compared."""
    one, other = (
        dict(_values((), release.model_dump(mode="json", exclude={"version"}))) for release in (before, after)
    )
    places = dict.fromkeys([*one, *other])
    return [
        Difference(".".join(place), one.get(place), other.get(place))
        for place in places
        if one.get(place) != other.get(place)
    ]


def _values(place: tuple[str, ...], node: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _values((*place, str(key)), value)
    elif isinstance(node, list) and (named := _named(node)):
        yield (*place, "order"), list(named)
        for name, value in named.items():
            yield from _values((*place, name), value)
    else:
        yield place, node


def _named(entries: list[Any]) -> dict[str, Any]:
    """``entries`` by their names; empty where they have none."""
    for key in _NAMED_BY:
        if entries and all(isinstance(entry, dict) and key in entry for entry in entries):
            return {str(entry[key]): entry for entry in entries}
    return {}
