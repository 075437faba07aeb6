"""Turns the rounds into docs/evidence/bench.md, bench.json and bench.svg."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Protocol

from bench import hops, latency, pipeline
from bench.figures import Spread

HOP_NOTES: Mapping[str, str] = {
    "bare": "confluent-kafka, batches, a poll per record, flush and commit every 0.5 s: what the goals refer to",
    "bare-batched": "the same with a poll per batch and librdkafka's own queue length: the limit",
    "quix": "Quix Streams 3.28.1, commit every 0.5 s",
    "stock": "stock Faust: acknowledged by itself, sends not awaited; **loses events** when something fails",
    "ours-lanes": "our loop, each event a task: confirmed outputs, ordered acks, flags read per event",
    "ours-compute": "our loop, a batch is one call: the same guarantees",
}
PIPELINE_NOTES: Mapping[str, str] = {
    "product": "four workers, helpdesk in the process",
    "quix": "the same pure functions on Quix Streams, one record a call; flags fixed, no gate, retries or dead letters",
    "product-http": "four workers, helpdesk is the sandbox over HTTP (two requests a ticket and more)",
}


class Rated(Protocol):
    """A run with a speed and a price."""

    @property
    def engine(self) -> str: ...
    @property
    def tickets(self) -> int: ...
    @property
    def repeated(self) -> int: ...
    @property
    def lost(self) -> int: ...
    @property
    def tickets_per_s(self) -> float: ...
    @property
    def cpu_s_per_1000(self) -> float: ...


@dataclass
class Results:
    """All rounds of all parts: one mapping from engine to run for each round."""

    size: str
    circumstances: dict[str, Any]
    hops: list[dict[str, hops.HopsRun]] = field(default_factory=list)
    pipeline: list[dict[str, pipeline.PipelineRun]] = field(default_factory=list)
    latency: list[latency.LatencyRun] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    """A figure that the project set itself."""

    what: str
    reached: float
    wanted: float
    at_least: bool = True
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.reached >= self.wanted if self.at_least else self.reached <= self.wanted

    def row(self) -> str:
        """A line of the table."""
        sign = "≥" if self.at_least else "≤"
        reached = f"{self.reached:.0f}" if self.reached >= 1000 else f"{self.reached:.3g}"
        return (
            f"| {self.what} | {sign} {self.wanted:g}{self.unit} | {reached}{self.unit}"
            f" | {'yes' if self.met else '**no**'} |"
        )


def ratio(rounds: Sequence[Mapping[str, Rated]], one: str, other: str) -> Spread:
    """Speed of ``one`` over that of ``other``, round by round."""
    return Spread.of([turn[one].tickets_per_s / turn[other].tickets_per_s for turn in rounds])


def goals(results: Results) -> list[Goal]:
    """What the measurements are held against."""
    ticket = [turn.ticket for turn in results.latency]
    ingress = [turn.ingress for turn in results.latency]
    return [
        Goal("hops: ours-compute / bare", ratio(results.hops, "ours-compute", "bare").median, 0.30),
        Goal("hops: ours-compute / stock", ratio(results.hops, "ours-compute", "stock").median, 4),
        Goal("hops: ours-lanes / bare", ratio(results.hops, "ours-lanes", "bare").median, 0.20),
        Goal("pipeline: product / quix", ratio(results.pipeline, "product", "quix").median, 0.70),
        Goal("ingress to outcome at 100/s, p50", Spread.of([t.p50_ms for t in ticket]).median, 30, False, " ms"),
        Goal("ingress to outcome at 100/s, p99", Spread.of([t.p99_ms for t in ticket]).median, 100, False, " ms"),
        Goal("ingress at 500 requests/s, p99", Spread.of([t.p99_ms for t in ingress]).median, 50, False, " ms"),
    ]


def write(results: Results, folder: Path) -> list[Path]:
    """Write the three files; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"bench.md": markdown(results), "bench.svg": picture(results), "bench.json": _json(results)}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def markdown(results: Results) -> str:
    """The document."""
    lines = [
        *_head(results),
        "",
        "## Four hops of trivial work, a process each (`bench/hops.py`)",
        "",
        *_table(results.hops, "bare", HOP_NOTES),
        "",
        "## The product's four stages (`bench/pipeline.py`)",
        "",
        *_table(results.pipeline, "quix", PIPELINE_NOTES),
        "",
        "Quix Streams pins older pydantic and confluent-kafka; it runs in an environment of its own",
        "(`bench/quix/requirements.lock`).",
        "",
        "## Latency (`bench/latency.py`)",
        "",
        *_latency_table(results.latency),
        "",
    ]
    return "\n".join(lines)


def _head(results: Results) -> list[str]:
    about = results.circumstances
    rounds = f"{len(results.hops)} rounds of the hops, {len(results.pipeline)} of the pipeline"
    return [
        "# Speed",
        "",
        f"`make bench BENCH_SIZE={results.size}` on {about['date']}, commit {about['commit']}.",
        f"Machine: {about['machine']}; load average before the run {about['load_before']}; broker (one node) and all",
        f"processes on the same cores. {rounds}, {len(results.latency)} of latency; engines take turns within a round.",
        "Figures are medians (least to most); ratios are taken within each round. Between machines compare ratios, not",
        "absolute figures.",
        "",
        "![tickets per second by engine](bench.svg)",
        "",
        "| goal | wanted | measured | met |",
        "|---|---|---|---|",
        *(goal.row() for goal in goals(results)),
    ]


def _latency_table(rounds: Sequence[latency.LatencyRun]) -> list[str]:
    steps = rounds[0].steps if rounds else ()
    return [
        "| what | rate | p50 ms | p99 ms | most ms |",
        "|---|---|---|---|---|",
        _latency_row("ingress to outcome, helpdesk in the process", [turn.ticket for turn in rounds]),
        *(_latency_row(f"of it {step}", [turn.steps[step] for turn in rounds]) for step in steps),
        _latency_row("ingress alone: webhook to 202, by the client", [turn.ingress for turn in rounds]),
    ]


def _table(rounds: Sequence[Mapping[str, Rated]], base: str, notes: Mapping[str, str]) -> list[str]:
    lines = [
        f"| engine | tickets/s | of {base} | CPU s per 1,000 tickets | tickets | lost | repeated | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, note in notes.items():
        turns = [turn[name] for turn in rounds]
        speed = Spread.of([turn.tickets_per_s for turn in turns]).text()
        cpu = Spread.of([turn.cpu_s_per_1000 for turn in turns]).text(3)
        of_base = ratio(rounds, name, base).text(2)
        lost, repeated = sum(turn.lost for turn in turns), sum(turn.repeated for turn in turns)
        lines.append(f"| {name} | {speed} | {of_base} | {cpu} | {turns[0].tickets:,} | {lost} | {repeated} | {note} |")
    return lines


def _latency_row(what: str, times: Sequence[latency.Times]) -> str:
    columns = [
        Spread.of([getattr(t, name) for t in times]).text(digits)
        for name, digits in (("per_s", 0), ("p50_ms", 1), ("p99_ms", 1), ("most_ms", 1))
    ]
    return f"| {what} | {' | '.join(columns)} |"


def picture(results: Results) -> str:
    """Bars of tickets/s, each group on a scale of its own."""
    rows: list[str] = []
    y = 10
    groups: list[tuple[str, Sequence[Mapping[str, Rated]], Mapping[str, str]]] = [
        ("Four hops of trivial work, tickets/s", results.hops, HOP_NOTES),
        ("The product's four stages, tickets/s", results.pipeline, PIPELINE_NOTES),
    ]
    for title, rounds, notes in groups:
        rows.append(f'<text x="10" y="{y + 14}" font-weight="bold">{escape(title)}</text>')
        y += 26
        spreads = {name: Spread.of([turn[name].tickets_per_s for turn in rounds]) for name in notes}
        most = max(spread.most for spread in spreads.values())
        for name, spread in spreads.items():
            rows += _bar(name, spread, most, y)
            y += 24
        y += 14
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{y}" font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="720" height="{y}" fill="#fff"/>', *rows, "</svg>", ""])


def _bar(name: str, spread: Spread, most: float, y: int) -> list[str]:
    left, full = 120, 470
    color = "#2f6f4f" if name.startswith(("ours", "product")) else "#9aa5b1"
    least_x, most_x = (left + full * value / most for value in (spread.least, spread.most))
    return [
        f'<text x="10" y="{y + 13}">{escape(name)}</text>',
        f'<rect x="{left}" y="{y}" width="{full * spread.median / most:.1f}" height="17" fill="{color}"/>',
        f'<line x1="{least_x:.1f}" x2="{most_x:.1f}" y1="{y + 8.5}" y2="{y + 8.5}" stroke="#222"/>',
        f'<text x="{most_x + 8:.1f}" y="{y + 13}">{spread.median:,.0f}</text>',
    ]


def _json(results: Results) -> str:
    document = {
        "measurement": "bench",
        "command": f"make bench BENCH_SIZE={results.size}",
        **results.circumstances,
        "goals": [{**asdict(goal), "met": goal.met} for goal in goals(results)],
        "hops": [{name: asdict(run) for name, run in turn.items()} for turn in results.hops],
        "pipeline": [{name: asdict(run) for name, run in turn.items()} for turn in results.pipeline],
        "latency": [asdict(turn) for turn in results.latency],
    }
    return json.dumps(document, indent=1) + "\n"
