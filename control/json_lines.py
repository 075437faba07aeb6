"""Reads one line of JSON input, saying in a word what is wrong with it and nothing of what it holds."""

from __future__ import annotations

from typing import Any

import orjson


def json_object(line: bytes) -> dict[str, Any]:
    """The object in ``line``. Raises ValueError whose message holds nothing of it."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ValueError("is no JSON") from None
    if not isinstance(value, dict):
        raise ValueError("is no JSON object")
    return value
