"""Request bodies of the sandbox: bounded, and JSON or nothing."""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.requests import Request

MAX_BYTES: Final = 4_000_000


class NotJson(Exception):
    """The body is too large (``status`` 413) or is not JSON (400)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def json_body(request: Request) -> Any:
    """The decoded body; None where there is none. Raises NotJson."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise NotJson(413, f"a body has {MAX_BYTES} bytes at most")
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        raise NotJson(400, "the body is not JSON") from None
