"""Who works on which partitions of each stage, and what has changed since the last look. Pure.

The workers say it themselves, each second, on ``control.acks``. One that does not any more has none from then on,
whatever its group still believes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from control.acks import Process
from streams.reasons import Stage


@dataclass(frozen=True)
class StageWorkers:
    """The running workers of a stage: partitions by process name; ``unassigned``: those that none of them works on."""

    stage: Stage
    workers: Mapping[str, tuple[int, ...]]
    unassigned: tuple[int, ...]

    def owner(self, partition: int) -> str:
        """The name of who works on ``partition``; empty where nobody does. Several say so for a moment as it moves."""
        return " ".join(name for name, partitions in self.workers.items() if partition in partitions)


def shares(running: Mapping[str, Process], partitions: Mapping[Stage, Iterable[int]]) -> list[StageWorkers]:
    """One for each stage in ``partitions`` (those of its topic), in their order; workers in their names' order."""
    found = []
    for stage, all_of_them in partitions.items():
        workers = {
            name: tuple(sorted(process.said.partitions))
            for name, process in sorted(running.items())
            if process.said.stage == stage.value
        }
        taken = {partition for each in workers.values() for partition in each}
        found.append(StageWorkers(stage, workers, tuple(sorted(set(all_of_them) - taken))))
    return found


def changes(before: Sequence[StageWorkers], now: Sequence[StageWorkers]) -> list[str]:
    """What has changed, a line for each worker that came, left or has other partitions, and for what nobody has."""
    old = {each.stage: each for each in before}
    return [line for each in now if each.stage in old for line in _changes(old[each.stage], each)]


def _changes(old: StageWorkers, new: StageWorkers) -> Iterable[str]:
    stage = new.stage.value
    for name in sorted({*old.workers, *new.workers}):
        had, has = old.workers.get(name), new.workers.get(name)
        if had is None:
            yield f"{stage}: {name} came, has {ranges(has or ())}"
        elif has is None:
            yield f"{stage}: {name} left, had {ranges(had)}"
        elif had != has:
            yield f"{stage}: {name} has {ranges(has)}, had {ranges(had)}"
    if new.unassigned != old.unassigned:
        yield (
            f"{stage}: nobody has {ranges(new.unassigned)}"
            if new.unassigned
            else f"{stage}: every partition has a worker"
        )


def ranges(numbers: Iterable[int]) -> str:
    """``0-3,7`` for 0, 1, 2, 3 and 7; ``none`` for no number."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs) or "none"
