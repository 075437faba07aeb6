"""``make bench-redaction``: our redaction beside Microsoft Presidio's, quality and speed in one run, to
docs/evidence/redaction.md. With a FILE of labelled messages: quality on it alone, to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.figures import circumstances
from bench.redaction_evidence import QUALITY_NOTES, Results, SpeedRound, quality_table, write
from bench.redactor import Reading, Redactor
from bench.rig import ROOT, BenchFailed
from bench.tickets import VALUES, labelled_tickets, long_messages, median_tickets, replies
from control.labelled_messages import LabelledMessage, read_labelled
from control.redaction import sanitize_settings
from control.redaction_outcome import Outcome, outcome
from control.redaction_report import Report, report
from control.settings import load
from streams.errors import ConfigurationError

_UNCUT = "20000"
"""Characters: more than one of ``long_messages`` has, so that nothing of it is passed over."""


@dataclass(frozen=True)
class Size:
    """Texts in each round. The slow redactors get fewer: what is compared is texts per second."""

    rounds: int
    tickets: int
    mails: int
    slower: int = 20


SIZES = {"small": Size(3, 2_000, 200), "full": Size(5, 6_000, 400)}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.redaction", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--leave-out", action="append", default=[], metavar="LABEL", help="do not measure this label")
    parser.add_argument("file", nargs="?", type=Path, help="labelled messages, as `mw sanitize --evaluate` reads them")
    options = parser.parse_args()
    try:
        if options.file:
            labelled = read_labelled(options.file, leave_out=options.leave_out)
            print("\n".join(quality_table(_quality(labelled.messages))))
            return
        tickets, mails, messages, *by_values = _speed(SIZES[options.size])
        quality = _quality(labelled_tickets())
        results = Results(options.size, circumstances(), quality, tickets, mails, messages, by_values)
    except (BenchFailed, ConfigurationError) as exc:
        sys.exit(f"the benchmark failed: {exc}")
    for path in write(results, ROOT / "docs" / "evidence"):
        print(path.relative_to(ROOT))


def _ours(*argv: str) -> Redactor:
    return Redactor("bench.redactors.ours", *argv)


def _presidio(variant: str) -> Redactor:
    return Redactor("bench.redactors.presidio", variant, presidio=True)


def _quality(messages: Sequence[LabelledMessage]) -> Mapping[str, Report]:
    """The report of each redactor on the same messages; ours goes through the whole sanitize stage."""
    settings = sanitize_settings(load())
    texts = [message.text for message in messages]
    with _presidio("model") as model, _presidio("patterns") as patterns:
        found = {"model": model.find(texts)[1], "patterns": patterns.find(texts)[1]}

    def theirs(variant: str, least_score: float) -> Report:
        reading = Reading(least_score)
        became = (Outcome(reading.values(one)) for one in found[variant])
        return report(zip(messages, became, strict=True))

    reports = (
        report((message, outcome(message, settings)) for message in messages),
        theirs("model", 0.0),
        theirs("model", 0.4),
        theirs("patterns", 0.0),
    )
    return dict(zip(QUALITY_NOTES, reports, strict=True))


def _speed(size: Size) -> tuple[Sequence[SpeedRound], ...]:
    """Rounds on each kind of text, in the order of ``Results``; in each the redactors take turns, another one first
    each time."""
    with ExitStack() as stack:
        ours = {"ours": stack.enter_context(_ours()), "ours-redaction": stack.enter_context(_ours("redaction"))}
        uncut = {"ours-uncut": stack.enter_context(_ours(_UNCUT))}
        theirs = {f"presidio-{name}": stack.enter_context(_presidio(name)) for name in ("model", "patterns")}

        def rounds(redactors: Mapping[str, Redactor], texts: Sequence[str]) -> list[SpeedRound]:
            return [_round(redactors, texts, size, number) for number in range(size.rounds)]

        by_values = [rounds(ours, median_tickets(size.tickets, values)) for values in range(len(VALUES))]
        return (
            rounds(ours | theirs, median_tickets(size.tickets)),
            rounds(ours | theirs, replies(size.mails)),
            rounds(ours | uncut | theirs, long_messages(size.mails)),
            *by_values,
        )


def _round(redactors: Mapping[str, Redactor], texts: Sequence[str], size: Size, number: int) -> SpeedRound:
    """Texts per second of each redactor."""
    names = list(redactors)
    first = number % len(names)
    speeds: SpeedRound = {}
    for name in (*names[first:], *names[:first]):
        mine = texts if name.startswith("ours") else texts[: len(texts) // size.slower]
        seconds, _ = redactors[name].find(mine)
        speeds[name] = len(mine) / seconds
    print({name: round(speed, 1) for name, speed in speeds.items()}, flush=True)
    return speeds


if __name__ == "__main__":
    main()
