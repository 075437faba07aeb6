"""The sandbox's language model: the Responses API as far as our client asks it. Pure but for its state.

It answers from a script, in the order in which answers were put in, else through ``answer`` (`mw sandbox` puts the
local model there), else that it recognised nothing. Tokens are counted as a quarter of the bytes, and the instructions
are cached from the second time on, as at the vendor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict

from connectors.sandbox.api import Reply
from connectors.sandbox.state import SandboxRefusal

MAX_SCRIPT: Final = 100_000
"""Scripted answers held at once."""

_BYTES_PER_TOKEN: Final = 4
_CACHE_STEP: Final = 128  # tokens; the vendor caches prompts in such steps
_REQUIRED: Final = ("model", "instructions", "input", "text")

Answering = Callable[[str, str], Any]
"""What the model says: (purpose, what the customer wrote) to the JSON of the form that was asked for."""


class ModelFault(StrEnum):
    """How an answer of the model is no use. It has been paid for, but for ``QUOTA``."""

    TRUNCATED = "truncated"
    FAILED = "failed"
    REFUSAL = "refusal"
    OFF_SCHEMA = "off_schema"
    QUOTA = "quota"
    SLOW_BODY = "slow_body"  # the answer comes in drips, for delay_s in all


class Scripted(BaseModel):
    """An answer to be given to the next request for ``purpose`` (the schema's name)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    purpose: str = "classify"
    answer: Any


def nothing_recognised(purpose: str, _: str) -> Any:
    """The answer of a model that understands nothing and confirms nothing."""
    if purpose == "verify":
        return {"asks_this": False, "asks_something_else_too": False, "confidence": 0.5}
    return {"intents": [{"intent": "unknown_other", "confidence": 0.6}], "signals": []}


@dataclass
class ModelState:
    """The script, and what was used: calls that were answered, tokens by kind."""

    answer: Answering = nothing_recognised
    calls: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: {"input": 0, "cached": 0, "output": 0})
    _script: dict[str, deque[Any]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def put(self, scripted: Scripted) -> int:
        """Put an answer at the script's end; how many wait for that purpose. Raises SandboxRefusal beyond the most."""
        waiting = self._script.setdefault(scripted.purpose, deque())
        if len(waiting) >= MAX_SCRIPT:
            raise SandboxRefusal(507, f"the script holds {MAX_SCRIPT} answers and takes no more")
        waiting.append(scripted.answer)
        return len(waiting)

    def next(self, purpose: str, said: str) -> Any:
        """The answer that is due."""
        waiting = self._script.get(purpose)
        return waiting.popleft() if waiting else self.answer(purpose, said)

    def usage(self, instructions: str, rest: str, answered: str) -> dict[str, Any]:
        """What the call used, counted in too."""
        static, own, output = (len(text.encode()) // _BYTES_PER_TOKEN + 1 for text in (instructions, rest, answered))
        key = hash(instructions)
        cached = static // _CACHE_STEP * _CACHE_STEP if key in self._seen else 0
        self._seen.add(key)
        self.calls += 1
        for kind, count in (("input", static + own - cached), ("cached", cached), ("output", output)):
            self.tokens[kind] += count
        return {
            "input_tokens": static + own,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": static + own + output,
        }


def respond(state: ModelState, body: Any, created_at: float, fault: str | None = None) -> Reply:
    """The reply to ``POST /v1/responses``. Never raises. ``fault``: a ``ModelFault`` that the answer suffers."""
    missing = [name for name in _REQUIRED if not isinstance(body, Mapping) or not body.get(name)]
    if missing:
        return Reply(_error("invalid_request_error", f"{missing[0]} is missing"), 400)
    form = body["text"].get("format") if isinstance(body["text"], Mapping) else None
    if not isinstance(form, Mapping) or form.get("type") != "json_schema" or form.get("strict") is not True:
        return Reply(_error("invalid_request_error", "text.format is no strict JSON schema"), 400)
    if fault == ModelFault.QUOTA:
        return Reply(_error("insufficient_quota", "You exceeded your current quota"), 429)
    said, purpose = str(body["input"]), str(form.get("name"))
    answered = orjson.dumps(state.next(purpose, _message(said))).decode()
    if fault == ModelFault.OFF_SCHEMA:
        answered = '{"mood": "sunny"}'
    usage = state.usage(str(body["instructions"]), said, answered)
    return Reply(_document(str(body["model"]), answered, usage, created_at, fault), applied=True)


def _message(said: str) -> str:
    try:
        decoded = orjson.loads(said)
    except orjson.JSONDecodeError:
        return said
    return str(decoded.get("message", "")) if isinstance(decoded, dict) else said


def _document(model: str, answered: str, usage: Mapping[str, Any], at: float, fault: str | None) -> dict[str, Any]:
    content: dict[str, Any] = {"type": "output_text", "text": answered, "annotations": []}
    if fault == ModelFault.TRUNCATED:
        content["text"] = answered[: len(answered) // 2]
    if fault == ModelFault.REFUSAL:
        content = {"type": "refusal", "refusal": "I cannot help with that."}
    status = {ModelFault.TRUNCATED.value: "incomplete", ModelFault.FAILED.value: "failed"}.get(fault or "", "completed")
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [content]}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": at,
        "model": model,
        "status": status,
        "error": {"code": "server_error", "message": "it failed"} if status == "failed" else None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "output": [] if status == "failed" else [message],
        "usage": usage,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": code, "param": None}}
