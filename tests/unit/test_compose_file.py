"""docker-compose.yml keeps to the compose specification and to what the processes need."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from control import kafka_jars, kafka_node
from control.cli.main import app
from control.kafka_security import security
from control.settings import load, process_environment
from streams.connection import KafkaSecurity
from streams.reasons import Stage

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "kafka"}
SECRETS = {
    "MW_SEAL_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "MW_INGRESS_TOKENS": "token",
    "MW_RICHPANEL_API_KEY": "key",
}


def schema() -> Any:
    """The compose specification's own JSON schema, as the package check-jsonschema ships it."""
    path = distribution("check-jsonschema").locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    return json.loads(Path(str(path)).read_text(encoding="utf-8"))


def interpolated(value: str, given: dict[str, str]) -> str:
    """``${NAME:-default}``, ``${NAME:+instead}`` and ``${NAME:?why}`` replaced as compose does."""

    def replaced(match: re.Match[str]) -> str:
        there = given.get(match[1], "")
        if match[2] == "+":
            return match[3] if there else ""
        return there or (match[3] if match[2] == "-" else "")

    return re.sub(r"\$\{(\w+):([-+?])([^}]*)\}", replaced, value)


def environment_of(service: str, given: dict[str, str]) -> dict[str, str]:
    """What the processes of ``service`` find set; what has no value in the file is passed through where it is given."""
    entries: dict[str, str | None] = SERVICES[service]["environment"]
    there = {name: given.get(name) if value is None else interpolated(value, given) for name, value in entries.items()}
    return {name: value for name, value in there.items() if value is not None}


def seconds(duration: str) -> int:
    """Of a duration such as 40s."""
    return int(duration.removesuffix("s"))


def test_it_keeps_to_the_specification() -> None:
    validator = jsonschema.validators.validator_for(schema())(schema())
    assert [error.message for error in validator.iter_errors(FILE)] == []


def test_the_schema_would_notice() -> None:
    validator = jsonschema.validators.validator_for(schema())(schema())
    assert not validator.is_valid({"services": {"kafka": {"image": "x", "restarts": "always"}}})


def test_every_process_has_a_service() -> None:
    assert {tuple(service["command"]) for service in OURS.values()} == {
        ("topics", "--apply"),
        ("sandbox",),
        ("ingress",),
        *(("worker", stage.value) for stage in Stage),
    }


@pytest.mark.parametrize("name", OURS)
def test_its_environment_is_made_of_settings_that_exist(name: str) -> None:
    settings = load(environment_of(name, SECRETS))
    assert settings.kafka_bootstrap_servers == "kafka:9092"
    assert security(settings) == KafkaSecurity()  # nothing is demanded by the one below
    assert seconds(OURS[name]["stop_grace_period"]) > settings.drain_s + 5
    assert f":{settings.http_port}/healthz" in OURS[name]["healthcheck"].get("test", [":9640/healthz"])[-1]


@pytest.mark.parametrize("name", [n for n in OURS if n != "topics"])
def test_a_process_that_fails_is_started_again_and_asked_for_its_health(name: str) -> None:
    assert OURS[name]["restart"] == "on-failure"
    assert "test" in OURS[name]["healthcheck"]
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert OURS[name]["read_only"] is True


def test_each_secret_reaches_only_those_that_need_it() -> None:
    def having(variable: str) -> set[str]:
        return {name for name, service in SERVICES.items() if variable in service["environment"]}

    assert having("MW_SEAL_KEYS") == {"ingress", "sanitize"}
    assert having("MW_CUSTOMER_KEY") == {"sanitize"}
    assert having("MW_RICHPANEL_API_KEY") == {"sandbox", "sanitize", "act"}
    assert having("MW_INGRESS_TOKENS") == having("MW_WEBHOOK_SECRETS") == {"ingress"}


DEMANDED = {
    "MW_KAFKA_BOOTSTRAP_SERVERS": "broker.example:9093",
    "MW_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "MW_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "MW_KAFKA_SASL_USERNAME": "middleware",
    "MW_KAFKA_SASL_PASSWORD": "canary-$ecret",
    "MW_KAFKA_SSL_CA_FILE": "/home/ada/ca.pem",
    "MW_KAFKA_SSL_CERTIFICATE_FILE": "/home/ada/client.pem",
    "MW_KAFKA_SSL_KEY_FILE": "/home/ada/client.key",
    "MW_KAFKA_SSL_KEY_PASSWORD": "canary-key",
    "MW_TOPIC_PREFIX": "mw.",
    "MW_REPLICATION_FACTOR": "3",
}
MOUNTED = {
    "MW_KAFKA_SSL_CA_FILE": "kafka-ca",
    "MW_KAFKA_SSL_CERTIFICATE_FILE": "kafka-certificate",
    "MW_KAFKA_SSL_KEY_FILE": "kafka-key",
}


@pytest.mark.parametrize("name", [n for n in OURS if n != "sandbox"])
def test_another_cluster_and_what_it_demands_reach_whoever_talks_to_kafka(name: str) -> None:
    expected = DEMANDED | {variable: f"/run/secrets/{secret}" for variable, secret in MOUNTED.items()}
    environment = environment_of(name, SECRETS | DEMANDED)
    assert {variable: environment.get(variable) for variable in expected} == expected
    settings = load(environment)
    # A setting that is added is passed through as well.
    of_kafka = {f"MW_{field.upper()}" for field in type(settings).model_fields if field.startswith("kafka_")}
    assert of_kafka <= set(SERVICES[name]["environment"])
    assert set(MOUNTED.values()) == set(SERVICES[name]["secrets"])


def test_files_of_this_machine_are_mounted_and_nothing_where_none_is_given() -> None:
    mounted = {secret: FILE["secrets"][secret]["file"] for secret in MOUNTED.values()}
    for variable, secret in MOUNTED.items():
        assert interpolated(mounted[secret], DEMANDED) == DEMANDED[variable]
        assert interpolated(mounted[secret], {}) == "/dev/null"


def test_kafka_s_passwords_stand_nowhere_in_the_file_and_reach_no_other_process() -> None:
    for variable in ("MW_KAFKA_SASL_PASSWORD", "MW_KAFKA_SSL_KEY_PASSWORD"):
        assert re.findall(rf"{variable}:(.*)", TEXT) == [""]
        for name in ("sandbox", "kafka"):
            assert variable not in SERVICES[name]["environment"]
            assert not SERVICES[name].get("secrets")


def test_no_secret_has_a_value_in_the_file() -> None:
    for variable in SECRETS:
        assert re.findall(rf"{variable}: (.*)", TEXT)
        assert all(value.startswith(f"${{{variable}:?") for value in re.findall(rf"{variable}: (.*)", TEXT))


def test_kafka_is_the_version_and_has_the_properties_of_the_local_one() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka_jars.KAFKA_VERSION}"
    local = dict(
        line.split("=", 1) for line in kafka_node.properties(1, [kafka_node.Ports(9092, 9093)], Path("/d")).splitlines()
    )
    here = {
        key.removeprefix("KAFKA_").lower().replace("_", "."): value
        for key, value in SERVICES["kafka"]["environment"].items()
        if key != "KAFKA_HEAP_OPTS"
    }
    assert here.keys() == local.keys()
    addresses = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}
    assert {k: v for k, v in here.items() if k not in addresses} == {
        k: v for k, v in local.items() if k not in addresses
    }
    assert SERVICES["kafka"]["volumes"] == [f"kafka-data:{here['log.dirs']}"]


def test_the_image_is_built_from_locked_packages_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installs = [line for line in re.sub(r"\\\n", " ", dockerfile).split("&&") if "pip install" in line]
    assert len(installs) == 3
    assert all("--require-hashes -r requirements" in line or "--no-deps --no-index" in line for line in installs)
    assert re.search(r"^USER 10001$", dockerfile, re.MULTILINE)
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.MULTILINE) for name in line.split()
    }
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)


def test_the_commands_exist() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {service["command"][0] for service in OURS.values()} <= commands


def test_compose_itself_reads_it() -> None:
    version = _docker("compose", "version")
    if version is None or version.returncode:
        pytest.skip("no docker with the compose plugin here; the schema check above stands alone")
    answer = _docker("compose", "--project-directory", str(ROOT), "config", "--quiet")
    assert answer is not None
    assert answer.returncode == 0, answer.stderr


def _docker(*arguments: str) -> subprocess.CompletedProcess[str] | None:
    environment = process_environment(**SECRETS)
    try:
        return subprocess.run(
            ["docker", *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    except FileNotFoundError:
        return None
