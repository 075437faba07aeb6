"""Our sanitize stage's pure function: ``python -m bench.redactors.ours [LIMIT]``; LIMIT: characters kept. With the word
``redaction`` in its place redaction alone, without the mail around it and the features."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from agents.redaction import redact
from agents.sanitize import sanitize_text
from bench.redactors.serving import serve
from control.redaction import sanitize_settings
from control.settings import load


def main() -> None:
    """Answer until stdin ends."""
    settings = sanitize_settings(load())
    alone = sys.argv[1:] == ["redaction"]
    if len(sys.argv) > 1 and not alone:
        limited = dataclasses.replace(settings.redaction, text_limit=int(sys.argv[1]))
        settings = dataclasses.replace(settings, redaction=limited)

    def find(text: str) -> list[Any]:
        done = redact(text, settings.redaction) if alone else sanitize_text(text, settings)
        return [(one.label, one.start, one.end, 1.0) for one in done.redactions]

    serve(find)


if __name__ == "__main__":
    main()
