"""What commands share that is too heavy for ``mw --help``: import it inside the command function."""

from __future__ import annotations

from control.installation import Installation
from control.settings import Settings, load


def settings() -> Settings:
    """The environment's settings, completed by those of the `mw up` that runs here. Raises ConfigurationError."""
    return Installation(load()).settings_of_running()
