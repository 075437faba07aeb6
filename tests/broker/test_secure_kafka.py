"""A real broker that demands passwords and TLS: everything of ours connects, and each refusal is one clear line."""

from __future__ import annotations

import asyncio
import re
import signal
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from control import flags
from control.kafka import connection
from control.kafka_reading import read_all
from control.local_kafka import KafkaConfig, LocalKafka
from control.settings import Settings, load, process_environment
from streams.events import TicketOutcome
from streams.follower import ControlFollower, FollowerConfig
from streams.publisher import Publisher
from streams.topics import Names, TopicName
from tests.support.mw import Mw
from tests.support.pipelines import running_system
from tests.support.secure_kafka import KEY_PASSWORD, PASSWORD, USER, Authority, Listeners, add_scram_user
from tests.support.tickets import received, way_through
from tests.support.topics import TestTopics
from tests.support.waiting import until

pytestmark = pytest.mark.broker

REFUSED_WITHIN_S = 15.0  # measured: 0.6 to 3.7 s, the start of the process included
CERTIFICATE = ("MW_KAFKA_SSL_CERTIFICATE_FILE", "MW_KAFKA_SSL_KEY_FILE", "MW_KAFKA_SSL_KEY_PASSWORD")
WAYS = ["sasl_ssl-PLAIN", "sasl_ssl-SCRAM-SHA-256", "sasl_ssl-SCRAM-SHA-512", "sasl_plaintext-SCRAM-SHA-512", "mutual"]


@dataclass(frozen=True)
class Secure:
    """A broker: ``plain`` asks for nothing, each of ``ways`` is the environment for one that does."""

    plain: str
    ways: dict[str, dict[str, str]]
    stranger: str  # file of an authority that did not sign the broker's certificate


@pytest.fixture(scope="module")
def secure(jar_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("secure")
    listeners = Listeners.choose(folder)
    broker = LocalKafka(KafkaConfig(folder / "data", jar_cache, folder, port=None, properties=listeners.properties()))
    plain = broker.start()
    add_scram_user(plain)
    user = {"MW_KAFKA_SASL_USERNAME": USER, "MW_KAFKA_SASL_PASSWORD": PASSWORD}
    ca = {"MW_KAFKA_SSL_CA_FILE": str(listeners.authority.file)}
    certificate, key = listeners.authority.issue("client", KEY_PASSWORD)
    ways = {"mutual": {"MW_KAFKA_SECURITY_PROTOCOL": "SSL", "MW_KAFKA_BOOTSTRAP_SERVERS": listeners.mutual, **ca}}
    ways["mutual"] |= {
        "MW_KAFKA_SSL_CERTIFICATE_FILE": str(certificate),
        "MW_KAFKA_SSL_KEY_FILE": str(key),
        "MW_KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD,
    }
    for where, address, more in (
        ("sasl_ssl", listeners.sasl_ssl, ca),
        ("sasl_plaintext", listeners.sasl_plaintext, {}),
    ):
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            ways[f"{where}-{mechanism}"] = {
                "MW_KAFKA_BOOTSTRAP_SERVERS": address,
                "MW_KAFKA_SECURITY_PROTOCOL": where.upper(),
                "MW_KAFKA_SASL_MECHANISM": mechanism,
                **user,
                **more,
            }
    yield Secure(plain, ways, str(Authority(folder / "stranger", "stranger").file))
    broker.stop()


@pytest.fixture
def own(secure: Secure) -> Iterator[Names]:
    """Topics and flags of this test's own on that broker, made over the listener that asks for nothing."""
    names = Names(f"t-{uuid.uuid4().hex[:8]}.")
    topics = TestTopics(secure.plain, names)
    topics.create(partitions=1)
    plain = Settings(kafka_bootstrap_servers=secure.plain, topic_prefix=names.prefix)
    flags.write_missing_flags(plain, flags.first_values())
    yield names
    topics.delete_all()


def settings_of(environment: dict[str, str], names: Names) -> Settings:
    return load({**environment, "MW_TOPIC_PREFIX": names.prefix})


@pytest.mark.parametrize("way", WAYS)
async def test_publisher_follower_and_commands_connect(secure: Secure, own: Names, way: str) -> None:
    settings = settings_of(secure.ways[way], own)
    kafka = connection(settings)
    publisher = Publisher(kafka.librdkafka(), delivery_timeout_s=10)
    follower = ControlFollower(FollowerConfig(kafka, own.topic(TopicName.FLAGS), boot_wait_s=20))
    await publisher.start()
    try:
        await publisher.send(own.topic(TopicName.OUTCOMES), b"key", b"over a listener that demands something")
        await follower.start()
        assert follower.epoch == len(flags.first_values())
        assert not follower.stale
    finally:
        await follower.stop()
        await publisher.close()
    read = await asyncio.to_thread(lambda: list(read_all(settings, own.topic(TopicName.OUTCOMES))))
    assert [message.value() for message in read] == [b"over a listener that demands something"]


@pytest.mark.parametrize("way", ["sasl_plaintext-PLAIN", "mutual"])
def test_a_worker_reads_its_group_s_topic(secure: Secure, tmp_path: Path, way: str) -> None:
    with running_system(secure.plain, tmp_path, partitions=1, start=False) as system:
        system.env |= secure.ways[way]
        flags.write_missing_flags(system.settings, flags.first_values())
        ticket = way_through(received("s-2"))[TopicName.CLASSIFIED]
        system.produce(TopicName.CLASSIFIED, ticket.key, ticket.encode())
        system.start("policy", "worker", "policy")
        until(lambda: system.count(TopicName.DECIDED) == 1, within_s=60, what="the ticket's decision")


def test_a_ticket_goes_all_the_way_and_the_levers_answer(secure: Secure, tmp_path: Path) -> None:
    demanding = secure.ways["sasl_ssl-SCRAM-SHA-512"]
    with running_system(secure.plain, tmp_path, partitions=2, start=False) as system:  # the test looks at it unseen
        system.env |= demanding
        system.start_all()
        system.create("s-1", "cancel my order 48213")
        system.post({"ticket_id": "s-1", "message_id": "s-1-m1", "channel": "email"}).raise_for_status()
        until(lambda: system.count(TopicName.OUTCOMES) == 1, within_s=30, what="the ticket's outcome")
        (outcome,) = system.decoded(TopicName.OUTCOMES, TicketOutcome)
        assert outcome.conversation_id == "s-1"

        mw = Mw(tmp_path, prefix=system.names.prefix, **demanding)
        levers = mw("control", "set", "safe_mode=true", "--reason", "a try")
        assert levers.code == 0, levers.err
        processes = mw("--json", "control", "status").document
        assert {row["stage"] for row in processes} == {"ingress", "sanitize", "classify", "policy", "act"}
        until(lambda: mw("lag").code == 0, within_s=30, what="nothing waits")
        assert {row["partition"] for row in mw("--json", "lag").document["partitions"]} == {0, 1}
        topics = mw("--json", "topics")
        # A test's topics have fewer partitions than the table's; that is all there is to say of them.
        assert {row["differences"] for row in topics.document} == {
            "",
            "partitions is 2, expected 12",
            "partitions is 2, expected 3",
        }
        everything = "".join(path.read_text() for path in tmp_path.glob("*.log"))
        assert everything
        assert PASSWORD not in everything
        assert KEY_PASSWORD not in everything


def test_mw_up_runs_on_it_and_commands_in_another_terminal_find_it(secure: Secure, tmp_path: Path) -> None:
    home, said = tmp_path / "home", tmp_path / "terminal.txt"
    own = {"MW_HOME": str(home), "MW_HTTP_PORT": "0"}
    clean = {name: value for name, value in process_environment().items() if not name.startswith("MW_")}
    given = {**clean, **own, **secure.ways["sasl_ssl-SCRAM-SHA-512"], "MW_TOPIC_PREFIX": f"t-{uuid.uuid4().hex[:8]}."}
    mw = [sys.executable, "-m", "control"]
    with said.open("wb") as out:
        up = subprocess.Popen([*mw, "up", "--demo", "2"], env=given, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        until(lambda: "Everything runs" in said.read_text() or up.poll() is not None, within_s=180, what="mw up runs")
        assert up.poll() is None, said.read_text()
        lag = subprocess.run([*mw, "lag"], env={**clean, **own}, capture_output=True, text=True, check=False)
        assert lag.returncode == 0, lag.stderr
        assert stat.S_IMODE((home / "up.json").stat().st_mode) == 0o600
        up.send_signal(signal.SIGINT)
        assert up.wait(45) == 0
    finally:
        up.kill()
        up.wait(10)
    told = said.read_text() + lag.stdout + lag.stderr
    told += "".join(file.read_text(errors="replace") for file in home.rglob("*") if file.is_file())
    assert "demo-" in told
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("way", "wrong", "line"),
    [
        ("sasl_ssl-PLAIN", {"MW_KAFKA_SASL_PASSWORD": "canary-wrong"}, "Authentication failed.*MW_KAFKA_SASL_PASSWORD"),
        ("sasl_ssl-SCRAM-SHA-512", {"MW_KAFKA_SASL_USERNAME": "x"}, "Authentication failed.*MW_KAFKA_SASL_USERNAME"),
        ("sasl_ssl-PLAIN", {"MW_KAFKA_SSL_CA_FILE": "{stranger}"}, "could not be verified.*MW_KAFKA_SSL_CA_FILE"),
        ("sasl_ssl-PLAIN", None, "speaks TLS, not PLAINTEXT; check MW_KAFKA_SECURITY_PROTOCOL"),
        ("sasl_plaintext-PLAIN", None, "as one that wants a user does; check MW_KAFKA_SECURITY_PROTOCOL"),
        ("mutual", {name: "" for name in CERTIFICATE}, "bad certificate.*MW_KAFKA_SSL_CERTIFICATE_FILE"),
    ],
)
@pytest.mark.parametrize("command", [("topics",), ("worker", "policy")], ids=" ".join)
def test_a_refusal_is_one_clear_line(
    secure: Secure,
    own: Names,
    tmp_path: Path,
    command: tuple[str, ...],
    way: str,
    wrong: dict[str, str] | None,
    line: str,
) -> None:
    asked = secure.ways[way]
    if wrong is None:  # nothing is said of what the cluster demands
        asked = {"MW_KAFKA_BOOTSTRAP_SERVERS": asked["MW_KAFKA_BOOTSTRAP_SERVERS"]}
    else:
        asked = asked | {name: value.format(stranger=secure.stranger) for name, value in wrong.items()}
    mw = Mw(tmp_path, prefix=own.prefix, MW_HTTP_PORT="0", **asked)
    answer = mw(*command, within_s=REFUSED_WITHIN_S)
    said = [each for each in answer.err.splitlines() if each.startswith("mw: ")]
    assert (answer.code, len(said)) == (3, 1), answer.err
    assert re.search(line, said[0]), answer.err
    for secret in (PASSWORD, KEY_PASSWORD, "canary-wrong"):
        assert secret not in answer.out + answer.err
