"""Where the classify stage's models come from: the shipped playbook's examples and the cache of this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from control.playbooks import load_examples
from control.settings import Settings

if TYPE_CHECKING:
    from connectors.local_model import LocalIntentModel


def load_local_model(
    settings: Settings, *, say: Callable[[str], None] | None = None, playbook: str | None = None
) -> LocalIntentModel:
    """The local model of ``playbook`` (None: the shipped one), trained into ``settings.cache``/models on first use.

    Training tells ``say`` in one line (without ``say``: stderr). Raises ConfigurationError where the examples are
    wrong or the cache cannot be written.
    """
    # scikit-learn takes a second to import; commands that need no model stay fast.
    from connectors.model_cache import load_or_train  # noqa: PLC0415

    return load_or_train(load_examples(playbook), settings.cache / "models", say=say or _say_on_stderr)


def _say_on_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
