"""Files of an installation: who may read them, and what is said where they cannot be had."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from control.installation import Installation
from control.kafka_security import security, security_variables
from control.settings import Settings, load
from control.up import Up
from streams.connection import KafkaSecurity
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
        ("up.json", "up.lock", "secrets.json", "secrets.lock"), 0o600
    )


def test_commands_still_find_the_secrets_and_the_addresses_of_what_runs(tmp_path: Path) -> None:
    installation = Installation(Settings(home=tmp_path))
    made = installation.secrets()
    installation.announce({**made, "MW_INGRESS_URL": "http://127.0.0.1:1"})
    found = Installation(Settings(home=tmp_path)).settings_of_running()
    assert found.ingress_url == "http://127.0.0.1:1"
    assert found.ingress_tokens.get_secret_value() == made["MW_INGRESS_TOKENS"]


SECURE = {
    "MW_KAFKA_BOOTSTRAP_SERVERS": "broker.example:9093",
    "MW_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "MW_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "MW_KAFKA_SASL_USERNAME": "middleware",
    "MW_KAFKA_SASL_PASSWORD": "canary-password",
    "MW_KAFKA_SSL_CA_FILE": "ca.pem",
}


def up_with(home: Path, environment: dict[str, str]) -> Up:
    """What `mw up` would be with that environment; nothing is started."""
    settings = load({"MW_HOME": str(home), "MW_HTTP_PORT": "0", **environment})
    return Up(Installation(settings), settings.kafka_bootstrap_servers, say=print)


def test_processes_of_mw_up_and_commands_beside_it_know_what_kafka_demands(tmp_path: Path) -> None:
    more = {"MW_TOPIC_PREFIX": "shop.", "MW_REPLICATION_FACTOR": "3"}
    up = up_with(tmp_path, SECURE | more)
    expected = SECURE | more | {"MW_KAFKA_SSL_CA_FILE": str(Path("ca.pem").absolute())}  # for any working folder
    assert {name: up.variables.get(name) for name in expected} == expected
    up.installation.announce(up.variables)
    assert _mode(tmp_path / "up.json") == 0o600
    beside = Installation(load({"MW_HOME": str(tmp_path)})).settings_of_running()
    assert security_variables(beside) == {name: expected[name] for name in list(SECURE)[1:]}
    assert beside.kafka_sasl_password.get_secret_value() == "canary-password"
    assert (beside.kafka_bootstrap_servers, beside.topic_prefix, beside.replication_factor) == (
        "broker.example:9093",
        "shop.",
        3,
    )
    up.installation.withdraw()
    assert "canary-password" not in "".join(p.read_text() for p in tmp_path.iterdir())


def test_without_security_nothing_of_it_is_announced(tmp_path: Path) -> None:
    up = up_with(tmp_path, {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    of_kafka = {name: value for name, value in up.variables.items() if name.startswith("MW_KAFKA_")}
    assert of_kafka == {"MW_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "MW_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}


def test_the_password_is_not_shown_to_another_cluster_that_the_environment_names(tmp_path: Path) -> None:
    up = up_with(tmp_path, SECURE)
    up.installation.announce(up.variables)
    elsewhere = {"MW_HOME": str(tmp_path), "MW_KAFKA_BOOTSTRAP_SERVERS": "elsewhere.example:9092"}
    beside = Installation(load(elsewhere)).settings_of_running()
    assert beside.kafka_bootstrap_servers == "elsewhere.example:9092"
    assert security(beside) == KafkaSecurity()


def test_a_folder_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="set MW_HOME to a folder of yours"):
        Installation(Settings(home=tmp_path / "file" / "home")).lock()
