"""``make bench``: all parts in one run on one broker; the report goes to docs/evidence/."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import hops, latency, pipeline, report
from bench.environments import quix_python
from bench.figures import circumstances
from bench.rig import ROOT, BenchFailed, own_kafka

PARTS = ("hops", "latency", "pipeline")


@dataclass(frozen=True)
class Size:
    """How much to do. The slow engines get a share of the tickets: what is compared is tickets per second."""

    hop_tickets: int
    hop_rounds: int
    tickets: int
    rounds: int
    seconds: int  # of traffic in each latency measurement
    latency_rounds: int


SIZES = {"small": Size(20_000, 3, 2_000, 2, 10, 2), "full": Size(100_000, 5, 10_000, 3, 60, 3)}
_SLOW = {"stock": 4, "product-http": 4}
"""Engines that get a quarter of the tickets."""


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--tickets", type=int, help="of the hops, in place of the size's number")
    parser.add_argument("--rounds", type=int, help="of every part, in place of the size's numbers")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; none: all, and the report")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))} (there are {', '.join(PARTS)})")
    size = SIZES[options.size]
    if options.rounds:
        size = Size(size.hop_tickets, options.rounds, size.tickets, options.rounds, size.seconds, options.rounds)
    if options.tickets:
        size = Size(options.tickets, size.hop_rounds, size.tickets, size.rounds, size.seconds, size.latency_rounds)
    try:
        results = _run(options.size, size, options.parts or PARTS)
    except BenchFailed as exc:
        sys.exit(f"the benchmark failed: {exc}")
    if not options.parts:
        for path in report.write(results, ROOT / "docs" / "evidence"):
            print(path.relative_to(ROOT))
        for goal in report.goals(results):
            print(goal.row())


def _run(name: str, size: Size, parts: Sequence[str]) -> report.Results:
    results = report.Results(name, circumstances())
    quix_python()  # made before anything is measured
    with own_kafka() as (brokers, folder):
        if "hops" in parts:
            _hops(results, size, brokers, folder)
        if "latency" in parts:
            for _ in range(size.latency_rounds):
                results.latency.append(latency.run(brokers, folder, seconds=size.seconds))
                print(results.latency[-1], flush=True)
        if "pipeline" in parts:
            _pipeline(results, size, brokers, folder)
    return results


def _in_turn(names: Sequence[str], number: int) -> Sequence[str]:
    """``names``, another one first in each round."""
    first = number % len(names)
    return [*names[first:], *names[:first]]


def _hops(results: report.Results, size: Size, brokers: str, folder: Path) -> None:
    hops.prepare(brokers)
    for number in range(size.hop_rounds):
        turn: dict[str, hops.HopsRun] = {}
        for name in _in_turn(tuple(hops.ENGINES), number):
            turn[name] = hops.run(brokers, folder, hops.ENGINES[name], size.hop_tickets // _SLOW.get(name, 1))
            print(turn[name], flush=True)
        results.hops.append(turn)


def _pipeline(results: report.Results, size: Size, brokers: str, folder: Path) -> None:
    for number in range(size.rounds):
        turn: dict[str, pipeline.PipelineRun] = {}
        for name in _in_turn(pipeline.ENGINES, number):
            turn[name] = pipeline.run(brokers, folder, name, size.tickets // _SLOW.get(name, 1))
            print(turn[name], flush=True)
        results.pipeline.append(turn)


if __name__ == "__main__":
    main()
