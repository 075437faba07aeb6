"""Who works on which partitions, and what has changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from control.acks import Process
from control.lag_workers import StageWorkers, changes, ranges, shares
from streams.control import Acknowledgement
from streams.reasons import Stage

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def saying(stage: str, *partitions: int) -> Process:
    said = Acknowledgement(process="p", stage=stage, epoch=1, drained=1, stale=False, partitions=partitions, at=NOW)
    return Process(said, NOW)


def test_each_stage_has_its_workers_and_what_none_of_them_has_is_named() -> None:
    running = {
        "act:b": saying("act", 3, 0),
        "act:a": saying("act", 1),
        "policy:a": saying("policy", 0, 1, 2),
        "ingress:a": saying("ingress"),
    }
    policy, act = shares(running, {Stage.POLICY: range(3), Stage.ACT: range(5)})
    assert policy == StageWorkers(Stage.POLICY, {"policy:a": (0, 1, 2)}, ())
    assert act == StageWorkers(Stage.ACT, {"act:a": (1,), "act:b": (0, 3)}, (2, 4))
    assert list(act.workers) == ["act:a", "act:b"]
    assert [act.owner(partition) for partition in range(5)] == ["act:b", "act:a", "", "act:b", ""]


def test_a_stage_without_workers_has_everything_unassigned() -> None:
    assert shares({}, {Stage.ACT: [1, 0]}) == [StageWorkers(Stage.ACT, {}, (0, 1))]


def test_a_partition_that_two_claim_is_shown_with_both() -> None:
    (act,) = shares({"a": saying("act", 0), "b": saying("act", 0)}, {Stage.ACT: [0]})
    assert (act.owner(0), act.unassigned) == ("a b", ())


def stage_of(workers: dict[str, tuple[int, ...]], *unassigned: int) -> list[StageWorkers]:
    return [StageWorkers(Stage.ACT, workers, unassigned)]


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        (stage_of({"a": (0, 1)}), stage_of({"a": (0, 1)}), []),
        (stage_of({"a": (0, 1)}), stage_of({"a": (0,), "b": (1,)}), ["act: a has 0, had 0-1", "act: b came, has 1"]),
        (stage_of({"a": (0,), "b": (1,)}), stage_of({"a": (0,)}, 1), ["act: b left, had 1", "act: nobody has 1"]),
        (
            stage_of({"a": (0,)}, 1),
            stage_of({"a": (0, 1)}),
            ["act: a has 0-1, had 0", "act: every partition has a worker"],
        ),
        (stage_of({}, 0), stage_of({"a": ()}, 0), ["act: a came, has none"]),
        ([], stage_of({"a": (0,)}), []),  # the first look: nothing is known of before
    ],
)
def test_what_changed_is_a_line_each(before: list[StageWorkers], now: list[StageWorkers], lines: list[str]) -> None:
    assert changes(before, now) == lines


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), "none"), ((4,), "4"), ((0, 1), "0-1"), ((7, 1, 0, 2, 9, 10), "0-2,7,9-10"), (range(12), "0-11")],
)
def test_ranges(numbers: tuple[int, ...], text: str) -> None:
    assert ranges(numbers) == text
