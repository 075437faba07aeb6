"""Reads messages as ``mw classify`` takes them (contracts: "mw sanitize, mw classify, mw decide") and classifies."""

from __future__ import annotations

from typing import Any

from agents.ports import LocalModel
from agents.tier0 import find_signals
from control.json_lines import json_object
from streams.events import TEXT_LIMIT


def classify_line(line: bytes, model: LocalModel) -> dict[str, Any]:
    """The classification of one line, as JSON values. Raises ValueError that names the field at fault, never its value.

    Text is cut where the pipeline cuts it, so that both say the same.
    """
    message = json_object(line)
    text = message.get("text")
    if not isinstance(text, str):
        raise ValueError("text: is missing or no string")
    text = text[:TEXT_LIMIT]
    intents = model.predict([text])[0] if text.strip() else ()
    given = {"id": message["id"]} if "id" in message else {}
    return {
        **given,
        "intents": [score.model_dump() for score in intents],
        "tier0": list(dict.fromkeys(found.signal for found in find_signals(text))),
        "model": model.name,
    }
