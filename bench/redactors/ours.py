"""Our sanitize stage's pure function: ``python -m bench.redactors.ours [LIMIT]``; LIMIT: characters kept."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from agents.sanitize import sanitize_text
from bench.redactors.serving import serve
from control.redaction import sanitize_settings
from control.settings import load


def main() -> None:
    """Answer until stdin ends."""
    settings = sanitize_settings(load())
    if len(sys.argv) > 1:
        limited = dataclasses.replace(settings.redaction, text_limit=int(sys.argv[1]))
        settings = dataclasses.replace(settings, redaction=limited)

    def find(text: str) -> list[Any]:
        return [(one.label, one.start, one.end, 1.0) for one in sanitize_text(text, settings).redactions]

    serve(find)


if __name__ == "__main__":
    main()
