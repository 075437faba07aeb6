"""Where the classify stage's models come from: the shipped playbook's examples and the cache of this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from control.settings import Settings
from streams.errors import ConfigurationError

if TYPE_CHECKING:
    from connectors.local_model import LocalIntentModel

SHIPPED_PLAYBOOK = "2026.11.1"
"""The release of the playbook that this version of the code ships."""


def load_examples(playbook: str = SHIPPED_PLAYBOOK) -> Mapping[str, Sequence[str]]:
    """Training messages by intent. Raises ConfigurationError when the file is missing or is not such a table."""
    source = files("control") / "playbooks" / playbook / "examples.yaml"
    try:
        table = yaml.safe_load(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"playbook {playbook} has no examples.yaml: install the package again") from None
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"examples.yaml of playbook {playbook} is no YAML: {exc}") from exc
    if not isinstance(table, dict) or not all(_is_messages(messages) for messages in table.values()):
        raise ConfigurationError(f"examples.yaml of playbook {playbook} must map each intent to a list of messages")
    return table


def _is_messages(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(message, str) and message.strip() for message in value)


def load_local_model(
    settings: Settings, *, say: Callable[[str], None] | None = None, playbook: str = SHIPPED_PLAYBOOK
) -> LocalIntentModel:
    """The local model of ``playbook``; trained into ``settings.cache``/models on first use (one line to ``say``).

    Without ``say`` the line goes to stderr. Raises ConfigurationError (see ``model_cache.load_or_train``).
    """
    # numpy and scikit-learn take a second to import; commands that need no model stay fast.
    from connectors.model_cache import load_or_train  # noqa: PLC0415

    return load_or_train(load_examples(playbook), settings.cache / "models", say=say or _say_on_stderr)


def _say_on_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
