"""The trivial work of one hop, the same for every engine: read a JSON of some 420 bytes, set one field, write it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import orjson

HOPS = 4
PARTITIONS = 8
CONVERSATIONS = 2_000
COMMIT_S = 0.5
"""Seconds between commits, for every engine that commits by itself."""

_BODY = "Hello, my parcel was due last Tuesday and the tracking page still says that it left the depot. " * 3


def ticket(number: int) -> tuple[bytes, bytes]:
    """Key and value of input record ``number``: conversations take turns."""
    conversation = f"c{number % CONVERSATIONS}"
    fields = {"ticket": number, "conversation": conversation, "channel": "email", "stage": -1, "body": _BODY}
    return conversation.encode(), orjson.dumps(fields | {"subject": "Where is my parcel?"})


def step(value: bytes, hop: int) -> bytes:
    """The record that hop ``hop`` makes of ``value``."""
    fields: dict[str, Any] = orjson.loads(value)
    fields["stage"] = hop
    return orjson.dumps(fields)


@dataclass(frozen=True)
class HopArguments:
    """Command line of an engine's process. ``variant`` is for the engine to read."""

    brokers: str
    prefix: str
    hop: int
    variant: str

    @classmethod
    def from_command_line(cls) -> HopArguments:
        """``BROKERS PREFIX HOP VARIANT``."""
        brokers, prefix, hop, variant = sys.argv[1:5]
        return cls(brokers, prefix, int(hop), variant)

    @property
    def source(self) -> str:
        """Topic that is read."""
        return f"{self.prefix}t{self.hop}"

    @property
    def sink(self) -> str:
        """Topic that is written."""
        return f"{self.prefix}t{self.hop + 1}"

    @property
    def group(self) -> str:
        """Consumer group."""
        return f"{self.prefix}g{self.hop}"
