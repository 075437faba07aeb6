"""The table of faults: tickets flow, something breaks, it heals, and the history is checked. One row per fault."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from control.local_kafka import LocalKafka
from streams.reasons import Stage
from tests.faults import frozen, rows
from tests.faults.flood import MOST_A_SECOND
from tests.faults.scene import ENDS_WITHIN_S, Figures, Scene
from tests.support.evidence import Evidence
from tests.support.feeder import Feeder, Load
from tests.support.history import History, check_history, wait_for_all
from tests.support.pipelines import running_system

pytestmark = [pytest.mark.broker, pytest.mark.faults]

Check = Callable[[Figures, History], None]


def everything_stays_up(figures: Figures, history: History) -> None:
    """No process ended."""
    assert figures["ended"] == []


def logs_are_not_flooded(figures: Figures, history: History) -> None:
    """At most one line a second per cause."""
    assert max(figures["log_lines_a_second"].values(), default=0) <= MOST_A_SECOND, figures["log_lines_a_second"]


def frozen_hands_stay_still(figures: Figures, history: History) -> None:
    """Nothing was written under an assignment that had ended, and there was something that could have been."""
    assert figures["held_when_frozen"] > 0
    assert figures["frozen_s"] > 10
    assert figures["late_writes_after_s"] == []


IN_FLIGHT = 64
"""Events that one worker handles at once (``MW_MAX_IN_FLIGHT``)."""


def stops_end_in_time(figures: Figures, history: History) -> None:
    """No stop took longer than its drain time and five seconds."""
    assert figures["slowest_stop_s"] <= ENDS_WITHIN_S


def no_effect_is_done_twice(figures: Figures, history: History) -> None:
    """Act reads before it writes: a write that changed nothing was done twice. And calls were in flight."""
    assert min(figures["calls_in_flight_at_the_stop"]) >= 1
    assert figures["tag_writes_that_changed_nothing"] == 0


def little_is_redelivered(figures: Figures, history: History) -> None:
    """Below one in a hundred; a run too short for that share may redo what both act workers have in flight once, which
    is what one stop or rebalance whose commit came too late costs."""
    written = history.received * len(history.copies)
    assert sum(history.copies.values()) < max(0.01 * written, 2 * IN_FLIGHT)


@dataclass(frozen=True)
class Fault:
    """One row: a name for people, what is done while tickets flow, what must hold beyond "nothing lost"."""

    name: str
    done: Callable[[Scene], Figures]
    holds: tuple[Check, ...] = ()
    workers: int = 1  # per stage
    extra: tuple[Stage, ...] = ()  # stages with one worker more
    own_broker: bool = False
    per_second: float = 40.0
    conversations: int = 100  # in a small run; twenty times that in a full one
    tickets: int = 20_000  # in a full run; 300 in a small one
    in_make_test: bool = False  # a row takes a minute or two, and ``make test`` has twenty


FAULTS = (
    Fault(
        "the broker is killed and started again",
        done=rows.restart_broker,
        holds=(everything_stays_up, logs_are_not_flooded),
        own_broker=True,
        tickets=5_000,
    ),
    Fault(
        "an act worker is frozen beyond its session and goes on",
        done=frozen.freeze_an_act_worker,
        holds=(frozen_hands_stay_still,),
        tickets=600,
        extra=(Stage.ACT,),
        per_second=60.0,
        conversations=2_000,  # one ticket each: the helpdesk's log tells what was done for it
    ),
    Fault(
        "act workers are frozen at any moment, again and again",
        done=frozen.freeze_at_any_moment,
        holds=(frozen_hands_stay_still,),
        tickets=600,
        extra=(Stage.ACT,),
    ),
    Fault(
        "all eight workers are stopped within two seconds and come back",
        done=rows.rolling_restarts,
        in_make_test=True,
        holds=(stops_end_in_time, no_effect_is_done_twice, little_is_redelivered),
        workers=2,
        conversations=2_000,
    ),
    Fault(
        "workers of all stages die, join and leave",
        done=rows.die_join_and_leave,
        holds=(stops_end_in_time,),
    ),
    Fault(
        "ingress is killed under load",
        done=rows.kill_ingress,
        tickets=5_000,
    ),
)


def _row(fault: Fault) -> ParameterSet:
    marks = () if fault.in_make_test else (pytest.mark.prove,)
    return pytest.param(fault, id=fault.name.replace(" ", "-"), marks=marks)


@pytest.mark.parametrize("fault", [_row(fault) for fault in FAULTS])
def test_nothing_is_lost_when(
    fault: Fault,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    seed: int,
    evidence: Evidence,
) -> None:
    broker: LocalKafka | None = request.getfixturevalue("new_kafka")() if fault.own_broker else None
    servers = broker.start() if broker else request.getfixturevalue("kafka")
    with running_system(servers, tmp_path) as system:
        load = Load(
            tickets=evidence.size(small=300, full=fault.tickets),
            conversations=evidence.size(small=fault.conversations, full=fault.conversations * 20),
            per_second=fault.per_second,
        )
        feeder = Feeder(system, load)
        scene = Scene(system, feeder, random.Random(f"{seed}/{fault.name}"), evidence, broker)
        for stage in (*list(Stage) * (fault.workers - 1), *fault.extra):
            scene.add_worker(stage)
        system.wait_ready()
        feeder.start()
        try:
            figures = fault.done(scene)
            feeder.finish(within_s=evidence.size(small=60, full=1200))
            wait_for_all(system, feeder.accepted)
            history = check_history(system, feeder.accepted)
        except AssertionError:
            print(json.dumps(scene.describe(), indent=1))
            raise
        evidence.record(
            f"fault-{fault.done.__name__}", fault=fault.name, seed=seed, accepted=history.accepted,
            received=history.received, lost=0, order_violations=0, copies=history.copies,
            redelivered_share=round(history.redelivered_share, 4), **figures,
        )  # fmt: skip
        for check in fault.holds:
            check(figures, history)
