"""Flags on a real broker: order, audit, acknowledgements, expiry, first values."""

from __future__ import annotations

from datetime import timedelta

import pytest

from control import acks, flags
from control.kafka import producer
from control.kafka_reading import read_all
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.errors import ConfigurationError, DependencyError
from streams.topics import Names, TopicName
from tests.support.fake_process import FakeProcess, Manner
from tests.support.topics import CreateTopics, admin
from tests.support.waiting import until

pytestmark = pytest.mark.broker

CONTROL = (TopicName.FLAGS, TopicName.ACKS, TopicName.AUDIT)
WHO = {"author": "ada", "reason": "a test"}


@pytest.fixture
def settings(kafka: str, names: Names) -> Settings:
    return Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)


@pytest.fixture
def control(settings: Settings, create_topics: CreateTopics) -> Settings:
    create_topics(*CONTROL)
    return settings


def test_a_set_flag_is_read_back_with_its_author_and_reason(control: Settings) -> None:
    published = flags.publish_flags(control, {"safe_mode": False}, **WHO)
    state = flags.read_state(control)
    assert state.epoch == published.epoch == 1
    assert state.get("safe_mode", SYSTEM_CLOCK.now()) is False
    assert (state.records["safe_mode"].author, state.records["safe_mode"].reason) == ("ada", "a test")


def test_without_a_running_process_nobody_is_waited_for(control: Settings) -> None:
    published = flags.publish_flags(control, {"safe_mode": True}, **WHO)
    assert (published.drained_ms, published.missing, published.in_force) == ({}, {}, True)


def test_what_tightens_is_written_before_what_loosens(control: Settings) -> None:
    flags.publish_flags(control, {"outbound_enabled": True, "safe_mode": False}, **WHO)
    flags.publish_flags(control, {"rollout_percent": 50, "outbound_enabled": False, "safe_mode": True}, **WHO)
    written = [m.key() for m in read_all(control, Names(control.topic_prefix).topic(TopicName.FLAGS))][2:]
    assert written == [b"outbound_enabled", b"safe_mode", b"rollout_percent"]


def test_every_change_is_audited_with_what_was_before(control: Settings) -> None:
    flags.publish_flags(control, {"rollout_percent": 10}, **WHO)
    flags.publish_flags(control, {"rollout_percent": 20, "safe_mode": False}, author="bob", reason="more")
    lines = [(r.author, r.reason, r.flag, r.previous, r.value) for r in flags.read_history(control)]
    assert ("ada", "a test", "rollout_percent", 0, 10) in lines
    assert ("bob", "more", "rollout_percent", 10, 20) in lines
    assert [r.value for r in flags.read_history(control, "rollout_percent")] == [10, 20]


def test_a_flag_that_cannot_be_audited_is_not_written(
    control: Settings, kafka: str, names: Names, create_topics: CreateTopics
) -> None:
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType  # noqa: PLC0415

    change = ConfigEntry("max.message.bytes", "100", incremental_operation=AlterConfigOpType.SET)
    audit = ConfigResource(ResourceType.TOPIC, names.topic(TopicName.AUDIT), incremental_configs=[change])
    client = admin(kafka)  # a client that nobody holds takes its unfinished calls with it
    for future in client.incremental_alter_configs([audit]).values():
        future.result(timeout=10)
    with pytest.raises(DependencyError, match="MSG_SIZE_TOO_LARGE"):
        flags.publish_flags(control, {"safe_mode": False}, **WHO)
    assert flags.read_state(control).epoch == 0


@pytest.mark.parametrize(
    ("values", "words", "why"),
    [
        ({"safe_mod": True}, WHO, "unknown flag 'safe_mod'"),
        ({"safe_mode": 1}, WHO, "safe_mode takes true or false"),
        ({"safe_mode": True}, {"author": "ada", "reason": "  "}, "a reason is needed"),
        ({"safe_mode": True}, {"author": "", "reason": "x"}, "an author is needed"),
        ({}, WHO, "no flag given"),
        ({"safe_mode": True, "rollout_percent": 101}, WHO, "whole number from 0 to 100"),  # one wrong: none is written
        ({"safe_mode": True}, {**WHO, "ttl": timedelta(0)}, "longer than zero"),
    ],
)
def test_a_wrong_change_writes_nothing(
    control: Settings, values: dict[str, object], words: dict[str, str], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        flags.publish_flags(control, values, **words)
    assert flags.read_state(control).epoch == 0
    assert list(flags.read_history(control)) == []


def test_after_its_ttl_a_flag_has_its_safest_value_not_its_former_one(control: Settings) -> None:
    flags.publish_flags(control, {"rollout_percent": 10}, **WHO)
    flags.publish_flags(control, {"rollout_percent": 20}, **WHO, ttl=timedelta(minutes=30))
    state, now = flags.read_state(control), SYSTEM_CLOCK.now()
    assert state.get("rollout_percent", now + timedelta(minutes=29)) == 20
    assert state.get("rollout_percent", now + timedelta(minutes=31)) == 0


def test_every_running_process_acknowledges_the_last_epoch(control: Settings) -> None:
    with FakeProcess(control, "policy-1"), FakeProcess(control, "act-1"):
        published = flags.publish_flags(control, {"safe_mode": False, "rollout_percent": 5}, **WHO)
    assert set(published.drained_ms) == {"policy-1", "act-1"}
    assert all(0 < ms < 5000 for ms in published.drained_ms.values())
    assert (published.missing, published.epoch) == ({}, 2)


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        (Manner.DEAF, "still at epoch 0"),
        (Manner.STALE, "stale: it uses the safest values"),
        (Manner.DIES, "still at"),
        (Manner.BUSY, "applied, but what left"),
    ],
)
def test_a_process_that_does_not_follow_is_named(control: Settings, manner: Manner, why: str) -> None:
    with FakeProcess(control, "good"), FakeProcess(control, "bad", manner):
        published = flags.publish_flags(control, {"safe_mode": True}, **WHO, timeout_s=1.0)
    assert set(published.drained_ms) == {"good"}
    assert list(published.missing) == ["bad"]
    assert published.missing["bad"].startswith(why)
    assert not published.in_force


def test_a_process_that_leaves_in_good_order_is_not_missed(control: Settings) -> None:
    with FakeProcess(control, "leaver", Manner.LEAVES), FakeProcess(control, "stayer"):
        published = flags.publish_flags(control, {"safe_mode": True}, **WHO, timeout_s=5.0)
    assert set(published.drained_ms) == {"stayer"}
    assert published.in_force


def test_a_process_is_live_until_it_is_silent_for_three_seconds(control: Settings) -> None:
    with FakeProcess(control, "short-lived", Manner.DIES):
        assert set(acks.live_processes(control)) == {"short-lived"}
        until(lambda: not acks.live_processes(control), within_s=10, what="the silent process counts as stopped")
    assert set(acks.processes(control, look_back_s=60)) == {"short-lived"}  # still shown as silent


def test_missing_flags_are_written_once(control: Settings) -> None:
    first = flags.first_values()
    assert set(flags.write_missing_flags(control, first)) == set(first)
    flags.publish_flags(control, {"safe_mode": True}, **WHO)
    assert flags.write_missing_flags(control, first) == ()
    assert flags.read_state(control).get("safe_mode", SYSTEM_CLOCK.now()) is True
    assert len(list(flags.read_history(control))) == len(first) + 1


def test_a_damaged_flag_is_safest_and_is_not_overwritten_by_a_first_value(control: Settings, names: Names) -> None:
    flags.write_missing_flags(control, {"safe_mode": False})
    client = producer(control)
    client.produce(names.topic(TopicName.FLAGS), b"{", b"safe_mode")
    assert client.flush(10) == 0
    assert flags.read_state(control).get("safe_mode", SYSTEM_CLOCK.now()) is True
    assert flags.missing_flags(control, {"safe_mode": False}) == {}


def test_a_missing_topic_is_named_with_what_to_do(
    settings: Settings, create_topics: CreateTopics, names: Names
) -> None:
    with pytest.raises(DependencyError, match=rf"no topic {names.topic(TopicName.FLAGS)}; .*mw topics --apply"):
        flags.read_state(settings)
    create_topics(TopicName.FLAGS, TopicName.ACKS)
    with pytest.raises(DependencyError, match=f"no topic {names.topic(TopicName.AUDIT)}"):
        flags.publish_flags(settings, {"safe_mode": True}, **WHO)
    assert flags.read_state(settings).epoch == 0
