"""Reads vendors' JSON leniently: what is odd or missing costs its value, never the ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(datetime)  # ISO text, or seconds or milliseconds since 1970


def text(value: Any) -> str:
    """A text, or a number as one; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def moment(value: Any) -> datetime | None:
    """A moment; one without a time zone is in UTC. None for anything else."""
    try:
        found = _MOMENT.validate_python(value)
    except (ValidationError, OverflowError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def things(value: Any) -> list[Any]:
    """A list; empty for anything else."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list."""
    return [item for item in things(value) if isinstance(item, dict)]


def at(node: Any, *path: str) -> Any:
    """What stands at the end of ``path`` through objects; None where it leads nowhere."""
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node
