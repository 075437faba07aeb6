"""Workers that are cut off from Kafka, and from nothing else, for longer than their session; then the cut heals."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import FaultKind, FaultMatch, FaultRule
from control import kafka_node
from control.local_kafka import KafkaConfig, LocalKafka
from streams.clock import SYSTEM_CLOCK
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS
from tests.faults.flood import MOST_A_SECOND, Flood
from tests.faults.scene import Scene
from tests.support.evidence import Evidence
from tests.support.feeder import Feeder, Load
from tests.support.history import check_history, received_so_far, wait_for_all
from tests.support.pipelines import running_system
from tests.support.system import Process
from tests.support.waiting import until
from tests.support.wire import Wire, wire_to

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.prove]

SESSION_S = 10.0  # streams.app.AppConfig.session_timeout_s
SLOW_READ_S = 9.0  # below the 10 s that the client waits
OLD_CONNECTIONS_LATER_S = 3.0  # in a real network up to as long again as the cut took
READ, WRITE = "GET", "PUT"


@dataclass(frozen=True)
class Broker:
    """A broker with a second address, behind ``wire``: whoever starts there is sent back there by its metadata."""

    servers: str
    wire: Wire

    @property
    def servers_by_wire(self) -> str:
        return f"{kafka_node.HOST}:{self.wire.port}"


@pytest.fixture
def broker(jar_cache: Path, tmp_path: Path) -> Iterator[Broker]:
    (inner,) = kafka_node.choose_ports(1, preferred=None)
    with wire_to(inner.client) as wire:
        properties = {
            "listeners": f"WIRE://{kafka_node.HOST}:{inner.client}",
            "advertised.listeners": f"WIRE://{kafka_node.HOST}:{wire.port}",
            "listener.security.protocol.map": "WIRE:PLAINTEXT",
        }
        config = KafkaConfig(tmp_path / "kafka", jar_cache, tmp_path / "kafka-logs", port=None, properties=properties)
        kafka = LocalKafka(config)
        try:
            yield Broker(kafka.start(), wire)
        finally:
            kafka.kill()


@dataclass
class CutOff:
    """The workers behind the wire. ``desk`` is the act worker's way to the helpdesk, which nobody cuts."""

    scene: Scene
    workers: list[Process]
    act: Process
    desk: Wire

    def calls(self, method: str, since: float = 0.0) -> list[tuple[float, str]]:
        """When the act worker sent requests by ``method`` since that monotonic second, and on which conversations."""
        found = []
        for heard in list(self.desk.heard):
            match = re.match(rf"{method} /v1/tickets/([^/ ?]+)".encode(), heard.beginning)
            if match and heard.at > since:
                found.append((heard.at, match[1].decode()))
        return found


@contextmanager
def cut_off_workers(scene: Scene, broker: Broker, stages: Collection[Stage]) -> Iterator[CutOff]:
    """A second worker of each of ``stages``, which reaches Kafka through the broker's wire alone."""
    system = scene.system
    with wire_to(system.sandbox_port) as desk:
        env = {
            "MW_KAFKA_BOOTSTRAP_SERVERS": broker.servers_by_wire,
            "MW_RICHPANEL_BASE_URL": f"http://127.0.0.1:{desk.port}/v1",
        }
        started = {stage: system.start(f"{stage.value}-cut", "worker", stage.value, **env) for stage in stages}
        yield CutOff(scene, list(started.values()), started[Stage.ACT], desk)


def cut_and_heal(off: CutOff, wire: Wire) -> dict[str, Any]:
    """Cut the wire while the act worker behind it reads many conversations; heal it when the others have done all.

    Meanwhile a person takes the tags off those conversations again. So whatever it still does for them is done under
    its old assignment, and a write would put tags back. Each stage's other worker does the work of the one cut off.
    """
    scene, system = off.scene, off.scene.system
    scene.wait_until_works(*scene.workers())
    system.fault(FaultRule(match=FaultMatch(method=READ), kind=FaultKind.SLOW, times=None, delay_s=SLOW_READ_S))
    until(
        lambda: off.act.metric("mw_stage_unacked_events") >= 10,
        within_s=SLOW_READ_S - 2,
        what="the act worker has read requests out, and none is answered yet",
    )
    flood = Flood(off.workers)
    cut_at = wire.cut()
    held = {name for _, name in off.calls(READ)} - {name for _, name in off.calls(WRITE)}
    system.sandbox("DELETE", "faults")
    scene.feeder.finish(within_s=120)
    wait_for_all(system, received_so_far(system), within_s=180)
    decided = system.count(STAGE_TOPICS[Stage.ACT][0])
    until(lambda: system.committed(Stage.ACT) == decided, within_s=30, what="the others have committed all of it")
    taken_over_at = SYSTEM_CLOCK.monotonic()
    for conversation in held:
        scene.take_tags_off(conversation)
    waiting = int(off.act.metric("mw_stage_unacked_events"))
    healed_at = wire.heal(for_new_ones=True)
    scene.system.wait_ready(*(process.name for process in off.workers))  # they know the flags again
    scene.pass_time(OLD_CONNECTIONS_LATER_S)
    wire.heal()
    after = scene.feed(Load(0, 100, per_second=40, prefix="after"))
    scene.wait_until_works(*off.workers)
    back_at, flooded = SYSTEM_CLOCK.monotonic(), flood.worst()
    after.finish(within_s=60)
    wait_for_all(system, after.accepted)
    old = set(scene.feeder.accepted.values())
    scene.feeder.accepted.update(after.accepted)
    late = [at - healed_at for at, name in off.calls(WRITE, since=cut_at + SESSION_S) if name in old]
    return {
        "cut_s": round(healed_at - cut_at, 1),
        "taken_over_after_s": round(taken_over_at - cut_at, 1),
        "held_when_cut": len(held),
        "held_when_healed": waiting,
        "back_to_work_after_s": round(back_at - healed_at, 1),
        "late_writes_after_s": [round(seconds, 3) for seconds in late],
        "ended": [process.name for process in off.workers if process.popen.poll() is not None],
        "log_lines_a_second": flooded,
    }


@pytest.mark.parametrize(
    "stages",
    [
        pytest.param((Stage.ACT,), id="an-act-worker"),
        pytest.param(tuple(Stage), id="a-worker-of-every-stage"),
    ],
)
def test_nothing_is_lost_and_nothing_written_late_when_cut_off_from_kafka(
    stages: tuple[Stage, ...], broker: Broker, tmp_path: Path, seed: int, evidence: Evidence
) -> None:
    with running_system(broker.servers, tmp_path) as system:
        load = Load(evidence.size(small=300, full=3_000), conversations=4_000, per_second=60)  # one ticket each
        scene = Scene(system, Feeder(system, load), random.Random(seed), evidence)
        with cut_off_workers(scene, broker, stages) as off:
            system.wait_ready()
            scene.feeder.start()
            try:
                figures = cut_and_heal(off, broker.wire)
                history = check_history(system, scene.feeder.accepted)
            except AssertionError:
                print(json.dumps(scene.describe(), indent=1))
                raise
            finally:
                broker.wire.heal()
    evidence.record(
        f"fault-cut-off-{'act' if len(stages) == 1 else 'all'}", accepted=history.accepted, received=history.received,
        lost=0, order_violations=0, copies=history.copies, redelivered_share=round(history.redelivered_share, 4),
        **figures,
    )  # fmt: skip
    assert figures["ended"] == []
    assert figures["cut_s"] > SESSION_S
    assert min(figures["held_when_cut"], figures["held_when_healed"]) > 0  # there was something to write late
    assert figures["late_writes_after_s"] == []
    assert max(figures["log_lines_a_second"].values(), default=0) <= MOST_A_SECOND, figures["log_lines_a_second"]
