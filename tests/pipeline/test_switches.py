"""The outbound switch and stale control: what stops, what goes on, and that it starts again by itself."""

import asyncio

import httpx
import pytest

from connectors.sandbox.faults import FaultKind, FaultMatch, FaultRule
from control import flags, lag
from control.feed import Message, send
from control.lag_reader import LagReader
from streams.events import TicketDecided, TicketOutcome
from streams.reasons import Stage
from streams.topics import TopicName
from tests.support.pipelines import running_system
from tests.support.system import System
from tests.support.waiting import until

pytestmark = pytest.mark.broker


def feed(system: System, prefix: str, count: int) -> set[str]:
    """Send ``count`` tickets; their event ids."""
    messages = [
        Message(n, f"{prefix}-{n}", f"{prefix}-{n}-m1", f"please cancel my order {51000 + n}", "email")
        for n in range(count)
    ]

    async def run() -> set[str]:
        return {sent.event_id async for sent in send(messages, system.target)}

    return asyncio.run(run())


def outcomes(system: System) -> set[str]:
    return {str(o.event_id) for o in system.decoded(TopicName.OUTCOMES, TicketOutcome)}


def act_lag(system: System) -> lag.StageLag:
    with LagReader(system.settings) as lags:
        (act,) = [stage for stage in lag.summarize(lags.look(60).lags) if stage.stage is Stage.ACT]
    return act


def test_with_outbound_off_nothing_is_written_the_backlog_shows_and_drains_when_on_again(kafka, tmp_path):
    with running_system(kafka, tmp_path) as system:
        first = feed(system, "on", 10)
        until(lambda: outcomes(system) >= first, within_s=30, what="outcomes while on")

        off = flags.publish_flags(system.settings, {"outbound_enabled": False}, author="test", reason="stop")
        assert off.in_force
        assert any(process.startswith("act:") for process in off.drained_ms)
        until(lambda: system.processes["act"].metric("mw_control_epoch") >= off.epoch, within_s=5, what="act has it")
        before = system.sandbox("GET", "summary")["writes_applied"]

        second = feed(system, "off", 20)
        until(
            lambda: {str(d.event_id) for d in system.decoded(TopicName.DECIDED, TicketDecided)} >= second,
            within_s=30,
            what="decisions go on while outbound is off",
        )
        waiting = act_lag(system)
        assert waiting.lag == 20
        assert waiting.status == lag.LagStatus.PAUSED_BY_SWITCH
        assert system.sandbox("GET", "summary")["writes_applied"] == before
        assert not outcomes(system) & second

        flags.publish_flags(system.settings, {"outbound_enabled": True}, author="test", reason="go on")
        until(lambda: outcomes(system) >= second, within_s=30, what="the backlog drains")
        assert system.sandbox("GET", "summary")["writes_applied"] == before + 20


def test_a_flag_is_drained_only_when_the_last_effect_under_the_old_one_has_ended(kafka, tmp_path):
    with running_system(kafka, tmp_path) as system:
        system.fault(FaultRule(match=FaultMatch(path_regex="add-tags"), kind=FaultKind.SLOW, times=1, delay_s=2.0))
        feed(system, "slow", 1)
        until(
            lambda: system.sandbox("GET", "summary")["faults"][0]["hits"],
            within_s=30,
            what="the slow call is in flight",
        )
        off = flags.publish_flags(system.settings, {"outbound_enabled": False}, author="test", reason="stop")
        log = system.sandbox("GET", "log")["entries"]
        (act,) = [process for process in off.drained_ms if process.startswith("act:")]
        others = [ms for process, ms in off.drained_ms.items() if process != act]
        assert off.applied_ms[act] < 1000
        assert off.drained_ms[act] > off.applied_ms[act]
        assert off.drained_ms[act] > max(others)
        assert [entry["applied"] for entry in log if "add-tags" in entry["path"]] == [True]


def test_a_worker_started_before_the_control_topic_exists_waits_and_then_works(kafka, tmp_path):
    with running_system(kafka, tmp_path, start=False) as system:
        system.delete_topic(TopicName.FLAGS)
        worker = system.start("policy", "worker", "policy")
        until(lambda: answers(worker.url), within_s=30, what="the health page is up")
        assert worker.metric("mw_control_stale") == 1
        assert not worker.ready()
        system.create_topic(TopicName.FLAGS)
        flags.write_missing_flags(system.settings, flags.first_values())
        system.wait_ready("policy")
        assert worker.metric("mw_control_stale") == 0


def test_a_worker_cut_off_from_its_broker_is_stale_and_goes_on_by_itself(new_kafka, tmp_path):
    broker = new_kafka("cut-off")
    with running_system(broker.start(), tmp_path) as system:
        first = feed(system, "before", 5)
        until(lambda: outcomes(system) >= first, within_s=30, what="outcomes before")
        broker.kill()
        act = system.processes["act"]
        until(lambda: act.metric("mw_control_stale") == 1, within_s=10, what="stale within seconds of the loss")
        writes = system.sandbox("GET", "summary")["writes_applied"]
        refused = system.post({"ticket_id": "lost", "message": "hello"})
        assert refused.status_code == 503
        assert system.sandbox("GET", "summary")["writes_applied"] == writes
        assert all(process.popen.poll() is None for process in system.processes.values())

        broker.start()
        until(lambda: act.metric("mw_control_stale") == 0, within_s=60, what="fresh again by itself")
        second = feed(system, "after", 5)
        until(lambda: outcomes(system) >= second, within_s=60, what="outcomes after")
        assert "lost" not in {o.conversation_id for o in system.decoded(TopicName.OUTCOMES, TicketOutcome)}


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
