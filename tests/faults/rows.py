"""What is done to the system in each row of the table of faults (``test_faults.py``); each returns its figures."""

from __future__ import annotations

from collections import Counter

from connectors.sandbox.faults import FaultKind, FaultMatch, FaultRule
from streams.clock import SYSTEM_CLOCK
from streams.reasons import Stage
from tests.faults.flood import Flood
from tests.faults.scene import Figures, Scene, tag_writes
from tests.support.waiting import until

SLOW_CALL_S = 4.0


def restart_broker(scene: Scene) -> Figures:
    """kill -9 of the only broker while everything flows, and its start some seconds later; as often as asked."""
    assert scene.broker is not None
    flood: dict[str, float] = {}
    back_after = []
    for _ in range(scene.evidence.size(small=1, full=5)):
        scene.wait_until_works(*scene.workers())
        logs = Flood(scene.system.processes.values())
        scene.broker.kill()
        scene.pass_time(scene.rng.uniform(0.0, 4.0))
        scene.broker.start()
        up = SYSTEM_CLOCK.monotonic()
        scene.wait_until_works(*scene.workers())
        back_after.append(round(SYSTEM_CLOCK.monotonic() - up, 1))
        for what, rate in logs.worst().items():
            flood[what] = max(flood.get(what, 0.0), rate)
    ended = [process.name for process in scene.system.processes.values() if process.popen.poll() is not None]
    return {
        "back_to_work_after_s": back_after,
        "ended": ended,
        "log_lines_a_second": dict(Counter(flood).most_common(3)),
    }


def rolling_restarts(scene: Scene) -> Figures:
    """SIGTERM to all eight workers within two seconds, both act workers inside slow calls; each comes back."""
    took: list[dict[str, float]] = []
    in_call = []
    for _ in range(scene.evidence.size(small=2, full=20)):
        scene.wait_until_works(*scene.workers())
        rule = FaultRule(match=FaultMatch(path_regex="add-tags"), kind=FaultKind.SLOW, times=None, delay_s=SLOW_CALL_S)
        scene.system.fault(rule)
        seq = scene.system.sandbox("GET", "summary")["requests"]
        for process in scene.workers(Stage.ACT):
            until(
                lambda: process.metric("mw_stage_unacked_events") > 10,  # noqa: B023 - called within this turn
                within_s=60,
                what=f"{process.name} is inside slow calls",
            )
        workers = scene.workers()
        scene.rng.shuffle(workers)
        began = SYSTEM_CLOCK.monotonic()
        moments = sorted(scene.rng.uniform(0.0, 2.0) for _ in workers)
        told = {}
        for process, moment in zip(workers, moments, strict=True):
            scene.pass_time(began + moment - SYSTEM_CLOCK.monotonic())
            told[process.name] = scene.stop(process)
        took.append(scene.wait_ended(told))
        scene.system.sandbox("DELETE", "faults")
        first_act = min(at for name, at in told.items() if name.startswith("act"))
        slow = [entry for entry in scene.helpdesk_log(since=seq) if entry["fault"] == FaultKind.SLOW]
        in_call.append(sum(entry["monotonic"] <= first_act < entry["monotonic"] + SLOW_CALL_S for entry in slow))
    writes = tag_writes(scene.helpdesk_log())
    return {
        "rounds": len(took),
        "slowest_stop_s": max(max(one.values()) for one in took),
        "slowest_stop_by_stage_s": {
            stage.value: max(s for one in took for name, s in one.items() if name.startswith(stage.value))
            for stage in Stage
        },
        "calls_in_flight_at_the_stop": in_call,
        "tag_writes": len(writes),
        "tag_writes_that_changed_nothing": sum(entry["applied"] and not entry["changed"] for entry in writes),
    }


def die_join_and_leave(scene: Scene) -> Figures:
    """kill -9 of a stage's worker, and a second worker that joins its group and leaves, in a random order.

    Two stages drawn by lot in a small run (``test_kills.py`` kills one of each), all with three kills in a full one.
    """
    kills = scene.evidence.size(small=1, full=3)
    stages = scene.rng.sample(list(Stage), scene.evidence.size(small=2, full=len(Stage)))
    deeds = [(deed, stage) for stage in stages for deed in ("kill",) * kills + ("join",)]
    scene.rng.shuffle(deeds)
    stops = []
    for deed, stage in deeds:
        (worker,) = scene.workers(stage)
        if deed == "kill":
            scene.wait_until_works(worker, more=scene.rng.randint(1, 60))
            scene.system.kill(worker.name)
            scene.system.restart(worker.name)
            scene.system.wait_ready(worker.name)
        else:
            second = scene.add_worker(stage)
            scene.system.wait_ready(second.name)
            scene.wait_until_works(second, more=scene.rng.randint(1, 60))
            told = scene.stop(second)
            assert second.popen.wait(30) == 0, second.log.read_text()[-3000:]
            stops.append(round(SYSTEM_CLOCK.monotonic() - told, 1))
            del scene.system.processes[second.name]
    scene.wait_until_works(*scene.workers())
    return {"deeds": [f"{deed} {stage.value}" for deed, stage in deeds], "slowest_stop_s": max(stops)}


def kill_ingress(scene: Scene) -> Figures:
    """kill -9 of ingress while requests are under way, and its start; as often as asked."""
    kills = scene.evidence.size(small=2, full=20)
    for _ in range(kills):
        scene.feeder.wait_for(scene.rng.randint(1, 80))
        scene.system.kill("ingress")
        scene.system.restart("ingress")
        scene.system.wait_ready("ingress")
    scene.feeder.wait_for(1)
    return {"kills": kills}
