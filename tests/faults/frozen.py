"""An act worker that is stopped by SIGSTOP beyond its session, and goes on: what it does under its old assignment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.sandbox.faults import FaultKind, FaultMatch, FaultRule
from streams.clock import SYSTEM_CLOCK
from streams.reasons import Stage, StageResult
from streams.topics import STAGE_TOPICS
from tests.faults.scene import Figures, Scene, tag_writes
from tests.support.feeder import Feeder, Load
from tests.support.history import received_so_far, wait_for_all
from tests.support.system import Process
from tests.support.waiting import until

_SLOW_READ_S = 9.0  # below the 10 s that the client waits
_ON_ITS_WAY_S = 0.2
"""What each of the helpdesk's answers takes, so that a worker has requests out at any moment, reads and writes."""


@dataclass(frozen=True)
class Freeze:
    """A freeze that has ended. ``held``: events the worker had. ``log_from``: the helpdesk's log entry it ended at."""

    seconds: float
    held: int
    old: frozenset[str]
    woken_at: float
    log_from: int


def freeze_an_act_worker(scene: Scene) -> Figures:
    """SIGSTOP of one of two act workers while it reads many conversations, beyond its session; then SIGCONT.

    When it goes on, the answers to its reads are there, and a write follows each: unless it knows better.
    """
    frozen, other = scene.workers(Stage.ACT)
    scene.wait_until_works(frozen, other)
    slow = FaultRule(match=FaultMatch(method="GET"), kind=FaultKind.SLOW, times=None, delay_s=_SLOW_READ_S)
    scene.system.fault(slow)
    until(
        lambda: frozen.metric("mw_stage_unacked_events") >= 10,
        within_s=_SLOW_READ_S - 2,
        what="the worker has read requests out, and none is answered yet",
    )
    freeze = _freeze(scene, frozen, scene.feeder)
    after = _go_on(scene, [frozen], Load(0, 100, per_second=40, prefix="after"))
    scene.feeder.accepted.update(after.accepted)
    return {
        "frozen_s": freeze.seconds,
        "held_when_frozen": freeze.held,
        "results_of_the_frozen": {
            r.value: int(frozen.metric("mw_stage_events_total", result=r.value)) for r in StageResult
        },
        "late_writes_after_s": _late_writes(scene, freeze),
    }


def freeze_at_any_moment(scene: Scene) -> Figures:
    """The same at moments drawn by lot, with writes under way too, as often as asked, the workers in turns."""
    scene.feeder.finish(within_s=60)  # each round has a load of its own
    freezes, late = [], []
    for number in range(scene.evidence.size(small=2, full=12)):
        feeder = scene.feed(Load(150, 1_000, per_second=60, prefix=f"f{number}"))  # one ticket per conversation
        workers = scene.workers(Stage.ACT)
        scene.wait_until_works(*workers)
        slow = FaultRule(match=FaultMatch(), kind=FaultKind.SLOW, times=None, delay_s=_ON_ITS_WAY_S)
        scene.system.fault(slow)
        scene.pass_time(scene.rng.uniform(0.0, 1.0))
        freeze = _freeze(scene, workers[number % len(workers)], feeder)
        after = _go_on(scene, workers, Load(20, 20, per_second=40, prefix=f"g{number}"))
        freezes.append(freeze)
        late += _late_writes(scene, freeze)
        scene.feeder.accepted.update({**feeder.accepted, **after.accepted})
    return {
        "rounds": len(freezes),
        "frozen_s": min(freeze.seconds for freeze in freezes),
        "held_when_frozen": sum(freeze.held for freeze in freezes),
        "late_writes_after_s": late,
    }


def _freeze(scene: Scene, frozen: Process, feeder: Feeder) -> Freeze:
    """Stop ``frozen`` until the other has done all of its work and a person has taken all tags off again.

    So whatever it still does for ``feeder``'s conversations is done under its old assignment, and a write would put
    tags back.
    """
    system = scene.system
    held = int(frozen.metric("mw_stage_unacked_events"))
    os.kill(frozen.popen.pid, signal.SIGSTOP)
    stopped_at = SYSTEM_CLOCK.monotonic()
    try:
        system.sandbox("DELETE", "faults")
        feeder.finish(within_s=60)
        wait_for_all(system, received_so_far(system), within_s=120)
        decided = system.count(STAGE_TOPICS[Stage.ACT][0])
        until(lambda: system.committed(Stage.ACT) == decided, within_s=30, what="the other has committed all of it")
        old = frozenset(feeder.accepted.values())
        for conversation in old:
            scene.take_tags_off(conversation)
        log_from = system.sandbox("GET", "summary")["requests"]
    finally:
        woken_at = SYSTEM_CLOCK.monotonic()
        os.kill(frozen.popen.pid, signal.SIGCONT)
    return Freeze(round(woken_at - stopped_at, 1), held, old, woken_at, log_from)


def _go_on(scene: Scene, workers: Iterable[Process], load: Load) -> Feeder:
    """Feed ``load`` until ``workers`` work again and all of it is done."""
    feeder = scene.feed(load)
    scene.wait_until_works(*workers)
    feeder.finish(within_s=60)
    wait_for_all(scene.system, feeder.accepted)
    return feeder


def _late_writes(scene: Scene, freeze: Freeze) -> list[float]:
    """Seconds after the worker went on at which tags of the old assignment were written."""
    writes = tag_writes(scene.helpdesk_log(since=freeze.log_from), lambda conversation: conversation in freeze.old)
    return [round(entry["monotonic"] - freeze.woken_at, 3) for entry in writes]
