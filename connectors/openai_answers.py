"""What the OpenAI Responses API answers, as values and errors of ours; no message holds a word of a ticket."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from connectors.lenient import at, objects, text
from streams.errors import (
    AnswerUnusable,
    QuotaExhausted,
    VendorDenied,
    VendorError,
    VendorFault,
    VendorNotFound,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)

VENDOR: Final = "openai"

M = TypeVar("M", bound=BaseModel)


def translated(exc: openai.OpenAIError) -> VendorError:
    """Our error for one of the SDK's, whose message may hold what was sent."""
    if isinstance(exc, openai.APITimeoutError):
        return VendorFault("no answer in time", vendor=VENDOR)
    if isinstance(exc, openai.APIConnectionError):
        return VendorUnavailable("no connection, or it broke", vendor=VENDOR)
    if not isinstance(exc, openai.APIStatusError):
        return VendorFault(f"the client failed ({type(exc).__name__})", vendor=VENDOR)
    return _refused(exc, exc.status_code)


def _refused(exc: openai.APIStatusError, status: int) -> VendorError:
    if status == 429 and exc.code != "insufficient_quota":
        return VendorRateLimited("too many requests", vendor=VENDOR, retry_after_s=_retry_after(exc))
    known: dict[int, tuple[type[VendorError], str]] = {
        401: (VendorDenied, "the key is refused"),
        403: (VendorDenied, "the key is refused"),
        404: (VendorNotFound, "there is no such model or address"),
        429: (QuotaExhausted, "the account has no quota left"),
        502: (VendorUnavailable, "answered 502"),
        503: (VendorUnavailable, "answered 503"),
    }
    kind, what = known.get(status, (VendorRefused if 400 <= status < 500 else VendorFault, f"answered {status}"))
    return kind(what, vendor=VENDOR, status=status)


def _retry_after(exc: openai.APIStatusError) -> float | None:
    try:
        return min(3600.0, max(0.0, float(exc.response.headers.get("retry-after", ""))))
    except ValueError:
        return None


def read_answer(document: Any, form: type[M]) -> M:
    """The answer in the vendor's JSON. Raises AnswerUnusable, whose message never holds what was said."""
    status = text(at(document, "status"))
    if status != "completed":
        known = {"incomplete": "was cut off", "failed": "failed"}.get(status, "has no status that is known")
        raise AnswerUnusable(f"the answer {known}", vendor=VENDOR, texts_own=status == "incomplete")
    parts = [part for item in objects(at(document, "output")) for part in objects(item.get("content"))]
    if any(part.get("type") == "refusal" for part in parts):
        raise AnswerUnusable("the model refused", vendor=VENDOR, texts_own=True)
    said = "".join(text(part.get("text")) for part in parts if part.get("type") == "output_text")
    try:
        return form.model_validate_json(said)
    except ValidationError:
        raise AnswerUnusable("the answer has another form", vendor=VENDOR) from None
