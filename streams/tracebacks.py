"""How an exception may be described without its message: the message could hold a value from a ticket."""

from __future__ import annotations

import traceback
from pathlib import Path


def where(exc: BaseException, frames: int = 3) -> str:
    """Class and innermost ``frames`` places of ``exc`` ("ValueError at policy.py:33 < stage.py:190")."""
    stack = traceback.extract_tb(exc.__traceback__)[-frames:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(stack))
    return f"{type(exc).__name__} at {places or 'an unknown place'}"
