"""Files of an installation: who may read them, and what is said where they cannot be had."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from control.installation import Installation
from control.settings import Settings
from streams.errors import ConfigurationError


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_announced_holds_no_secret_and_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    installation = Installation(Settings(home=home))
    installation.lock()
    secrets = installation.secrets()
    installation.announce({**secrets, "MW_INGRESS_URL": "http://127.0.0.1:1"})
    announced = (home / "up.json").read_text()
    assert "http://127.0.0.1:1" in announced
    assert not [name for name, value in secrets.items() if name in announced or value in announced]
    assert _mode(home) == 0o700
    assert {path.name: _mode(path) for path in home.iterdir()} == dict.fromkeys(
        ("up.json", "up.lock", "secrets.json"), 0o600
    )


def test_commands_still_find_the_secrets_and_the_addresses_of_what_runs(tmp_path: Path) -> None:
    installation = Installation(Settings(home=tmp_path))
    made = installation.secrets()
    installation.announce({**made, "MW_INGRESS_URL": "http://127.0.0.1:1"})
    found = Installation(Settings(home=tmp_path)).settings_of_running()
    assert found.ingress_url == "http://127.0.0.1:1"
    assert found.ingress_tokens.get_secret_value() == made["MW_INGRESS_TOKENS"]


def test_a_folder_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="set MW_HOME to a folder of yours"):
        Installation(Settings(home=tmp_path / "file" / "home")).lock()
