"""Reads what operators type: KEY=VALUE, lengths of time, and who they are. Pure but for ``operator``."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson

from streams.control import check_value, flag
from streams.errors import ConfigurationError

_WORDS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def assignments(words: Iterable[str]) -> dict[str, Any]:
    """``KEY=VALUE`` words as checked flag values, in their order.

    Raises ConfigurationError for a word without ``=``, a flag named twice, an unknown flag, a value of another type.
    """
    values: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise ConfigurationError(f"{word!r} is no KEY=VALUE; write for example safe_mode=true")
        if name in values:
            raise ConfigurationError(f"flag {name} is given twice")
        values[name] = flag_value(name, text)
    return values


def flag_value(name: str, text: str) -> Any:
    """``text`` as a value of flag ``name``: JSON, or on/off for switches, or a comma list for channels.

    Raises ConfigurationError that says what the flag takes.
    """
    safest = flag(name).safest
    text = text.strip()
    if isinstance(safest, bool) and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if isinstance(safest, tuple) and not text.startswith("["):
        return check_value(name, [part.strip() for part in text.split(",") if part.strip()])
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    if isinstance(safest, str) and not isinstance(value, str):
        value = text  # a playbook named 2026.11 is a name, not a number
    return check_value(name, value)


def duration(text: str) -> timedelta:
    """``90s``, ``30m``, ``2h`` or ``7d`` as a length of time above zero. Raises ConfigurationError."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None or int(match[1]) == 0:
        raise ConfigurationError(f"{text!r} is no length of time; write for example 90s, 30m, 2h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def operator() -> str:
    """The account that runs this command, for the audit log where no ``--author`` is given."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        return f"uid-{os.getuid()}"
