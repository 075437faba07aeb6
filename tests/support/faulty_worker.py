"""A worker with a bug: its pure function raises for conversations named ``...-broken-<stage>``.

``python -m tests.support.faulty_worker worker STAGE``
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from agents import act, classify, policy, sanitize
from control.cli.main import main
from streams.reasons import Stage

PURE: dict[Stage, tuple[Any, str]] = {
    Stage.SANITIZE: (sanitize, "sanitize_event"),
    Stage.CLASSIFY: (classify, "text_of"),
    Stage.POLICY: (policy, "decide_event"),
    Stage.ACT: (act, "tags_to_apply"),
}


def breaking(stage: Stage, function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, but with a bug for some conversations."""

    def broken(ticket: Any, *args: Any, **kwargs: Any) -> Any:
        if ticket.conversation_id.endswith(f"-broken-{stage.value}"):
            raise ValueError("a value that must appear nowhere: canary-in-exception")
        return function(ticket, *args, **kwargs)

    return broken


if __name__ == "__main__":
    which = Stage(sys.argv[-1])
    module, name = PURE[which]
    setattr(module, name, breaking(which, getattr(module, name)))
    main()
