"""The ring of seal keys as operators change it: add, promote, remove. Pure; where it is kept is ``key_store``'s.

A ring is a tuple of ``id:base64`` entries as ``MW_SEAL_KEYS`` has them: the first seals, all open. No function here,
and no error, shows any part of a key.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from streams.errors import ConfigurationError
from streams.sealing import KeyRing, generate_key

Ring = tuple[str, ...]

_DATED = "%Y%m%dT%H%M%SZ"
_LOOKS_DATED = re.compile(r"\d{8}T\d{6}Z")


def new_key_id(now: datetime) -> str:
    """The id of a key that is made ``now``: it says when, so that nobody has to keep that beside the key."""
    return now.astimezone(UTC).strftime(_DATED)


def made_at(key_id: str) -> datetime | None:
    """When the key was made, where its id says so."""
    try:
        return datetime.strptime(key_id, _DATED).replace(tzinfo=UTC) if _LOOKS_DATED.fullmatch(key_id) else None
    except ValueError:  # digits, but no date
        return None


def parse(value: str) -> Ring:
    """``MW_SEAL_KEYS`` as a ring. Raises ConfigurationError saying which entry is wrong and how."""
    ring = tuple(entry.strip() for entry in value.split(",") if entry.strip())
    if ring:
        KeyRing.parse(ring)
    return ring


def text(ring: Ring) -> str:
    """``ring`` as ``MW_SEAL_KEYS`` takes it."""
    return ",".join(ring)


def ids(ring: Ring) -> tuple[str, ...]:
    """Ids of the keys, the sealing one first."""
    return tuple(_id(entry) for entry in ring)


def with_new(ring: Ring, now: datetime, *, seals: bool) -> Ring:
    """``ring`` with a new random key: first (``seals``), or last, where it only opens until it is promoted.

    Raises ConfigurationError where a key was made in the same second.
    """
    key_id = new_key_id(now)
    if key_id in ids(ring):
        raise ConfigurationError(f"seal key {key_id} was made in this very second; try again")
    entry = generate_key(key_id)
    return (entry, *ring) if seals else (*ring, entry)


def promoted(ring: Ring, key_id: str) -> Ring:
    """``ring`` with ``key_id`` first. Raises ConfigurationError where it has no such key."""
    _require(ring, key_id)
    return tuple(sorted(ring, key=lambda entry: _id(entry) != key_id))


def without(ring: Ring, key_id: str) -> Ring:
    """``ring`` without ``key_id``. Raises ConfigurationError where it has no such key, or seals with it."""
    _require(ring, key_id)
    if ids(ring)[0] == key_id:
        raise ConfigurationError(f"{key_id} is the key that seals; put another one first (mw secrets rotate seal)")
    return tuple(entry for entry in ring if _id(entry) != key_id)


def _require(ring: Ring, key_id: str) -> None:
    if key_id not in ids(ring):
        known = ", ".join(ids(ring)) or "none"
        raise ConfigurationError(f"there is no seal key of that id; the ids are: {known}")


def _id(entry: str) -> str:
    return entry.partition(":")[0]
