"""Four hops of trivial work, one process each: what the stage loop costs beside other engines.

A run writes the whole input first, starts hops 2 to 4 and waits until they have their partitions, and then starts
hop 1. It lasts from the first record appended to the second topic to the last one appended to the fifth, by the
broker's clock. Rounds take the engines in turns, so that what else the machine does meets all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import orjson

from bench.environments import quix_python
from bench.hop import HOPS, PARTITIONS, ticket
from bench.rig import BenchFailed, Topics, cpu_seconds, first_and_last_ms, last_lines, processes, until
from control import flags
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK

_STARTED_WITHIN_S = 60.0
_FLAGS_PREFIX = "bench."


@dataclass(frozen=True)
class Engine:
    """One way to run the hops. ``keeps``: promises to lose nothing, so losing something fails the run."""

    name: str
    module: str
    keeps: bool = True
    variant: str = "-"
    quix: bool = False


ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("bare", "bench.engines.bare"),
        Engine("bare-batched", "bench.engines.bare", variant="batched"),
        Engine("quix", "bench.engines.quix", quix=True),
        Engine("stock", "bench.engines.stock", keeps=False),
        Engine("ours-lanes", "bench.engines.ours", variant="lanes"),
        Engine("ours-compute", "bench.engines.ours", variant="compute"),
    )
}


@dataclass(frozen=True)
class HopsRun:
    """One engine's run. ``misplaced``: records that came after a later one of their conversation."""

    engine: str
    tickets: int
    lost: int
    repeated: int
    misplaced: int
    seconds: float
    tickets_per_s: float
    cpu_s_per_1000: float


def prepare(brokers: str) -> None:
    """The flags that our engine reads."""
    Topics(brokers, _FLAGS_PREFIX).make({"control.flags": 1, "control.audit": 1})
    settings = Settings(kafka_bootstrap_servers=brokers, topic_prefix=_FLAGS_PREFIX)
    flags.write_missing_flags(settings, flags.first_values())


def run(brokers: str, folder: Path, engine: Engine, tickets: int, *, within_s: float = 300.0) -> HopsRun:
    """Carry ``tickets`` through the four hops. Raises BenchFailed where it takes too long or something is lost."""
    prefix = f"{engine.name}-{SYSTEM_CLOCK.monotonic():.0f}."
    topics = Topics(brokers, prefix)
    topics.make({f"t{number}": PARTITIONS for number in range(HOPS + 1)})
    topics.fill("t0", (ticket(number) for number in range(tickets)))
    log = folder / f"{prefix}log"
    python = quix_python() if engine.quix else None
    try:
        with processes(log) as start:

            def hop(number: int) -> Popen[bytes]:
                variant = str(folder) if engine.name == "stock" else engine.variant
                return start(engine.module, brokers, prefix, str(number), variant, python=python)

            return _measure(engine, topics, tickets, hop, within_s)
    except BenchFailed as exc:
        raise BenchFailed(f"{engine.name}: {exc}\n{last_lines(log)}") from None
    finally:
        topics.delete()


def _measure(
    engine: Engine, topics: Topics, tickets: int, hop: Callable[[int], Popen[bytes]], within_s: float
) -> HopsRun:
    workers = [hop(number) for number in range(1, HOPS)]
    groups = {f"{topics.prefix}g{number}": PARTITIONS for number in range(1, HOPS)}
    until(lambda: topics.assigned(groups), within_s=_STARTED_WITHIN_S, what="hops 2 to 4 assigned", alive=workers)
    workers.append(hop(0))
    until(lambda: topics.count("t1") > 0, within_s=_STARTED_WITHIN_S, what="the first output", alive=workers)
    cpu = cpu_seconds(workers)
    last = f"t{HOPS}"
    until(lambda: topics.count(last) >= tickets, within_s=within_s, what=f"{tickets} outputs", alive=workers)
    cpu = cpu_seconds(workers) - cpu
    started, _ = first_and_last_ms(topics.read("t1"))
    newest: dict[str, int] = {}
    seen: set[int] = set()
    repeated = misplaced = ended = 0
    for message in topics.read(last):
        fields = orjson.loads(message.value() or b"")
        number, conversation = fields["ticket"], fields["conversation"]
        repeated += number in seen
        misplaced += number not in seen and number < newest.get(conversation, -1)
        newest[conversation] = max(number, newest.get(conversation, -1))
        seen.add(number)
        ended = max(ended, message.timestamp()[1])
    lost = tickets - len(seen)
    if engine.keeps and (lost or misplaced):
        raise BenchFailed(f"{lost} of {tickets} tickets lost, {misplaced} out of order")
    seconds = (ended - started) / 1_000
    return HopsRun(engine.name, tickets, lost, repeated, misplaced, seconds, tickets / seconds, cpu / tickets * 1_000)
