"""Operators' commands as they are typed, on a real broker: answers, exit codes, one line for each mistake."""

from __future__ import annotations

import signal
from pathlib import Path

import orjson
import pytest

from control.kafka import producer
from control.settings import Settings
from streams.reasons import FailureReason, Stage
from streams.topics import Names, TopicName
from tests.support.fake_process import FakeProcess, Manner
from tests.support.fake_workers import fake_workers
from tests.support.mw import Mw
from tests.support.tickets import CANARY, dead_letter, failed, received, way_through
from tests.support.topics import CreateTopics, admin

pytestmark = pytest.mark.broker


@pytest.fixture
def settings(kafka: str, names: Names) -> Settings:
    return Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)


@pytest.fixture
def mw(kafka: str, names: Names, tmp_path: Path) -> Mw:
    return Mw(tmp_path, kafka, names.prefix)


@pytest.fixture
def tickets(settings: Settings, create_topics: CreateTopics, names: Names) -> Settings:
    """Ticket 48213 was routed, twice its outcome was written; ticket 7 could not be opened."""
    create_topics(partitions=3)
    client = producer(settings)
    for topic, record in way_through(received("48213")).items():
        for _ in range(2 if topic is TopicName.OUTCOMES else 1):
            client.produce(names.topic(topic), record.encode(), record.key)
    bad = received("7")
    client.produce(names.topic(TopicName.INBOUND), bad.encode(), bad.key)
    client.produce(names.topic(TopicName.SANITIZED), failed(bad).encode(), bad.key)
    client.produce(names.topic(TopicName.DEAD), dead_letter(bad).encode(), bad.key)
    late = dead_letter(received("8", 5), Stage.ACT, FailureReason.VENDOR_REFUSED)
    client.produce(names.topic(TopicName.DEAD), late.encode(), b"8")
    client.produce(names.topic(TopicName.DEAD), b"no letter", b"9")
    assert client.flush(10) == 0
    return settings


def test_topics_and_first_flags(mw: Mw, kafka: str, names: Names) -> None:
    missing = mw("topics")
    assert (missing.code, missing.out.count("MISSING")) == (1, 12)
    assert missing.err.startswith("mw: 12 topics are missing or differ; `mw topics --apply`")
    try:
        applied = mw("topics", "--apply")
        assert (applied.code, applied.err) == (0, "created 12 topics, wrote 52 flags\n")
        again = mw("--json", "topics", "--apply")
        assert (again.code, again.err) == (0, "created 0 topics, wrote 0 flags\n")
        assert {row["status"] for row in again.document} == {"OK"}
        values = {row["flag"]: row["value"] for row in mw("--json", "control", "get").document}
        assert (values["safe_mode"], values["rollout_stage"], values["rollout_percent"]) == (False, "assign", 0)
        assert (values["outbound_enabled"], values["playbook"]) == (True, "2026.11.1")
        assert values["automation_enabled_channels"] == ["email", "livechat"]
        assert (values["template_enabled.t_billing_issue_intake"], values["intent_enabled.refund_request"]) == (
            True,
            True,
        )
        told = mw("control", "get").out
        assert "19 switches, all on" in told
        assert "template_enabled.t_" not in told
        tried = mw("playbook", "try", "2026.11.1")
        assert (tried.code, tried.out.splitlines()[-1]) == (0, "nothing was recorded in that time")
    finally:
        client = admin(kafka)
        mine = [topic for topic in client.list_topics(timeout=10).topics if topic.startswith(names.prefix)]
        for future in client.delete_topics(mine).values():
            future.result(timeout=30)


def test_a_flag_is_set_on_every_process_and_can_be_looked_up(mw: Mw, tickets: Settings) -> None:
    with FakeProcess(tickets, "policy-1"), FakeProcess(tickets, "act-1", stage="act"):
        done = mw("control", "set", "safe_mode=off", "rollout_percent=5", "--reason", "trial", "--author", "ada")
        assert done.code == 0, done.err
        assert "done, on every process, slowest " in done.out
        assert "safe_mode: true -> false" in done.out
        assert "policy-1" in done.out
        rows = {row["process"]: row for row in mw("--json", "control", "status").document}
        assert {name: (row["stage"], row["epoch"], row["state"]) for name, row in rows.items()} == {
            "policy-1": ("policy", 2, "running"),
            "act-1": ("act", 2, "running"),
        }
    history = mw("--json", "control", "history", "safe_mode").document
    assert [(h["from"], h["to"], h["author"], h["reason"]) for h in history] == [(True, False, "ada", "trial")]
    assert mw("--json", "control", "get", "safe_mode").document[0]["value"] is False


def test_a_process_that_does_not_acknowledge_is_named_with_exit_code_1(mw: Mw, tickets: Settings) -> None:
    with FakeProcess(tickets, "act-1", Manner.DEAF):
        done = mw("control", "set", "safe_mode=true", "--reason", "r", "--timeout", "1")
    assert done.code == 1
    assert done.err == "mw: epoch 1 is written, but not acknowledged within 1 s by act-1 (still at epoch 0)\n"


def test_a_ttl_and_no_process(mw: Mw, tickets: Settings) -> None:
    done = mw("control", "set", "rollout_percent=9", "--reason", "r", "--ttl", "30m")
    assert done.code == 0
    assert "written as epoch 1; no process is running" in done.out
    assert "Z, then its safest value" in done.out
    assert mw("--json", "control", "get", "rollout_percent").document[0]["expires"]


@pytest.mark.parametrize(
    ("level", "values"),
    [
        ("1", {"safe_mode": True}),
        ("2", {"safe_mode": True, "automation_enabled": False}),
        ("3", {"safe_mode": True, "automation_enabled": False, "outbound_enabled": False}),
    ],
)
def test_emergency(mw: Mw, tickets: Settings, level: str, values: dict[str, bool]) -> None:
    done = mw("--json", "emergency", level, "--reason", "wrong replies")
    assert done.code == 0, done.err
    assert {name: change["to"] for name, change in done.document["changes"].items()} == values
    assert len(mw("--json", "control", "history").document) == len(values)


def test_lag(mw: Mw, tickets: Settings) -> None:
    old = mw("--json", "lag", "--max-age", "0.5")  # nobody consumes: what waits grows older than half a second
    stages = {stage["stage"]: stage["status"] for stage in old.document["stages"]}
    assert stages["sanitize"] == "NEVER_COMMITTED"
    assert stages["act"] == "PAUSED_BY_SWITCH"  # no flag was ever set, so outbound has its safest value
    assert old.code == 1
    assert "sanitize is " in old.err
    fresh = mw("lag", "--partitions", "--max-age", "600")
    assert (fresh.code, fresh.err) == (0, "")
    assert fresh.out.count("NEVER_COMMITTED") == 5


def test_lag_says_who_works_on_what(mw: Mw, tickets: Settings) -> None:
    nobody = mw("--json", "lag", "--max-age", "600").document["workers"]
    assert [(each["workers"], each["unassigned"]) for each in nobody] == [({}, [0, 1, 2])] * len(Stage)
    with fake_workers(tickets, Stage.POLICY, {"policy:b": (2,), "policy:a": (0,)}):
        by_stage = {each["stage"]: each for each in mw("--json", "lag", "--max-age", "600").document["workers"]}
        shown = mw("lag", "--max-age", "600").out
    assert by_stage["policy"] == {"stage": "policy", "workers": {"policy:a": [0], "policy:b": [2]}, "unassigned": [1]}
    assert by_stage["act"] == {"stage": "act", "workers": {}, "unassigned": [0, 1, 2]}
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines()]
    assert [line[5:7] for line in lines if len(line) == 8 and line[0] == "policy"] == [["2", "1"]]
    assert ["policy", "policy:a", "0"] in lines
    assert ["policy", "policy:b", "2"] in lines


def test_watching_lag_shows_what_changed_hands(mw: Mw, tickets: Settings) -> None:
    with fake_workers(tickets, Stage.POLICY, {"policy:a": (0, 1, 2)}) as workers:
        process = mw.start("--json", "lag", "--watch")
        assert process.stdout is not None
        try:
            assert orjson.loads(process.stdout.readline())["changes"] == []
            workers.have({"policy:a": (0, 1), "policy:b": (2,)})
            wanted = {"policy: policy:a has 0-1, had 0-2", "policy: policy:b came, has 2"}
            told: list[str] = []
            for _ in range(10):
                changes = orjson.loads(process.stdout.readline())["changes"]
                told = [line.partition("Z ")[2] for line in changes]
                if wanted <= set(told):
                    break
        finally:
            process.kill()
            process.communicate()
    assert wanted <= set(told), told


def test_watching_lag_goes_on_until_ctrl_c(mw: Mw, tickets: Settings) -> None:
    process = mw.start("--json", "lag", "--watch")
    assert process.stdout is not None
    try:
        seen = [orjson.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert [each["stages"][0]["stage"] for each in seen] == ["sanitize", "sanitize"]
    assert (process.returncode, err) == (0, "")


def test_explain_tells_a_ticket_s_way_without_its_words(mw: Mw, tickets: Settings) -> None:
    told = mw("explain", "48213")
    assert told.code == 0, told.err
    for part in ("received", "replaced: EMAIL 2, PHONE 1", "routed    to Leadership Team", "written 2 times"):
        assert part in told.out
    assert "gates: 0 let it pass, 1 did not: tier0" in told.out
    assert CANARY not in told.out + mw("--json", "explain", "48213").out
    dead = mw("--json", "explain", "7").document
    assert [step["name"] for step in dead[0]["steps"]] == ["received", "sanitized", "dead letter"]


def test_explain_of_an_unknown_ticket(mw: Mw, tickets: Settings) -> None:
    told = mw("explain", "unheard-of")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("mw: nothing is known of ticket 'unheard-of'")


def test_dead_letters(mw: Mw, tickets: Settings) -> None:
    listed = mw("--json", "dead", "list")
    assert listed.code == 0
    assert listed.err == "1 records of the topic could not be decoded\n"
    assert [(x["conversation_id"], x["reason"]) for x in listed.document] == [
        ("7", "seal_unopenable"),
        ("8", "vendor_refused"),
    ]
    assert [x["conversation_id"] for x in mw("--json", "dead", "list", "--stage", "act").document] == ["8"]
    assert mw("--json", "dead", "list", "--reason", "no_text").document == []
    assert [x["conversation_id"] for x in mw("--json", "dead", "list", "--limit", "1").document] == ["8"]
    shown = mw("dead", "show", listed.document[0]["id"][:13])
    assert shown.code == 0
    assert "seal_unopenable" in shown.out
    assert "Y2FuYXJ5" not in shown.out + listed.out  # what is sealed stays sealed
    nothing = mw("dead", "show", "00000000")
    assert (nothing.code, nothing.err.startswith("mw: no dead letter is known by '00000000'")) == (1, True)
