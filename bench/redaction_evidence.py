"""Turns the rounds of ``bench/redaction.py`` into docs/evidence/redaction.md and redaction.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.redaction import Label
from bench.figures import Spread
from bench.report import Goal
from control.intervals import Estimate
from control.redaction_report import Report, as_document

SpeedRound = dict[str, float]
"""Texts per second, by redactor."""

QUALITY_NOTES: Mapping[str, str] = {
    "ours": "the sanitize stage, without a contact record",
    "presidio": "AnalyzerEngine as it comes: default registry, every score, spaCy's small English model",
    "presidio from 0.4": "the same, finds with a score of 0.4 and more",
    "presidio patterns": "the default registry's pattern recognisers, no model",
}
_SPEED_NOTES: Mapping[str, str] = {
    "ours": "the sanitize stage: mail text, redaction, features; 4,000 characters are kept",
    "ours-redaction": "redaction alone",
    "ours-uncut": "the stage with all of the text kept",
    "presidio-model": "AnalyzerEngine.analyze with spaCy's small English model",
    "presidio-patterns": "AnalyzerEngine.analyze without a model",
}
_MODEL = "presidio-model"
_CHECKED = (Label.EMAIL, Label.CARD, Label.IBAN, Label.TRACKING)


@dataclass(frozen=True)
class Results:
    """All that was measured."""

    size: str
    circumstances: Mapping[str, Any]
    quality: Mapping[str, Report]
    tickets: Sequence[SpeedRound]
    mails: Sequence[SpeedRound]
    messages: Sequence[SpeedRound]
    by_values: Sequence[Sequence[SpeedRound]]  # ours alone, on tickets with 0, 1, 2 ... values


def goals(results: Results) -> list[Goal]:
    """What the measurements are held against."""
    ours, checked = results.quality["ours"], []
    for label in _CHECKED:
        measured = ours.labels[label.value].recall.value if label.value in ours.labels else None
        checked.append(Goal(f"recall of {label.value}", measured or 0.0, 0.995))
    return [
        *checked,
        Goal("items to keep that were redacted", 100 * (ours.keep.value or 0.0), 0.5, False, " %"),
        *(
            Goal(f"tickets of 80 words with {count} values per second, redaction", rate, 3_000)
            for count, rate in enumerate(_of(one, "ours-redaction").median for one in _all_values(results))
        ),
        Goal("the whole stage / presidio-model, on the last", _ratio(results.tickets, "ours", _MODEL).median, 20),
        Goal("mails of 10 KB per second, the whole stage", _of(results.mails, "ours").median, 300),
    ]


def _all_values(results: Results) -> list[Sequence[SpeedRound]]:
    return [*results.by_values, results.tickets]


def _of(rounds: Sequence[SpeedRound], name: str) -> Spread:
    return Spread.of([turn[name] for turn in rounds])


def _ratio(rounds: Sequence[SpeedRound], one: str, other: str) -> Spread:
    return Spread.of([turn[one] / turn[other] for turn in rounds])


def write(results: Results, folder: Path) -> list[Path]:
    """Write both files; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "size": results.size,
        **results.circumstances,
        "quality": {name: as_document(one) for name, one in results.quality.items()},
        "tickets_per_s": results.tickets,
        "mails_per_s": results.mails,
        "messages_per_s": results.messages,
        "tickets_by_values_per_s": results.by_values,
    }
    paths = [folder / "redaction.md", folder / "redaction.json"]
    paths[0].write_text(markdown(results), encoding="utf-8")
    paths[1].write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return paths


def markdown(results: Results) -> str:
    """The document."""
    about = results.circumstances
    messages = results.quality["ours"].messages
    return "\n".join(
        [
            "# Redaction beside Microsoft Presidio",
            "",
            f"`make bench-redaction BENCH_SIZE={results.size}` on {about['date']}, commit {about['commit']}.",
            f"Machine: {about['machine']}; load average before the run {about['load_before']}. One thread each, a",
            f"process each, {len(results.tickets)} rounds in which they take turns; ratios within each round.",
            "Presidio 2.2.366 has an environment of its own (`bench/presidio/requirements.lock`). Its default model,",
            "spaCy's large one, is no package; the small one (en_core_web_sm 3.8) is.",
            "",
            "| goal | wanted | measured | met |",
            "|---|---|---|---|",
            *(goal.row() for goal in goals(results)),
            "",
            f"## Quality on {messages} labelled tickets of this project's own (`bench/data/tickets.txt`)",
            "",
            *quality_table(results.quality),
            "",
            "## Speed: tickets of 80 words with a name, an order, an e-mail address and a phone (`bench/tickets.py`)",
            "",
            *_speed_table(results.tickets),
            "",
            "Ours on tickets with fewer values, per second:",
            "",
            *_values_table(results),
            "",
            "## Speed: mails of 10 KB, a ticket above the conversation so far",
            "",
            *_speed_table(results.mails),
            "",
            "## Speed: messages of 10 KB, all of it the customer's own, with about 85 values",
            "",
            *_speed_table(results.messages),
            "",
        ]
    )


def quality_table(quality: Mapping[str, Report]) -> list[str]:
    """Figures of each redactor, as a table in Markdown: the whole, then recall and precision by label."""
    names = list(quality)
    return [
        f"| | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
        *(
            f"| {what} | {' | '.join(_text(figure(one), digits) for one in quality.values())} |"
            for what, figure, digits in _FIGURES
        ),
        *(f"| recall / precision of {label} | {_by_label(quality, label)} |" for label in _labels(quality)),
        "",
        "In brackets: 95 % interval. A value counts as found when all its letters and digits are redacted, under any",
        "label. What Presidio finds as day, nationality, organisation or age is left out: a shop would not have it",
        "redacted (so it finds no DOB); places count as ADDRESS, bank numbers as IBAN, other numbers as NATIONAL_ID.",
        *(f"{name}: {QUALITY_NOTES[name]}." for name in names),
    ]


_FIGURES: tuple[tuple[str, Any, int], ...] = (
    ("F2", lambda one: one.total.f2, 3),
    ("F1", lambda one: one.total.f1, 3),
    ("recall", lambda one: one.total.recall, 3),
    ("recall under the right label", lambda one: one.total.strict_recall, 3),
    ("precision", lambda one: one.total.precision, 3),
    ("messages with a value left", lambda one: one.leaks, 3),
    ("false redactions per 1,000 messages", lambda one: one.false_redactions_per_1000, 1),
    ("items to keep that were redacted", lambda one: one.keep, 3),
)


def _labels(quality: Mapping[str, Report]) -> list[str]:
    return [label.value for label in Label if any(label.value in one.labels for one in quality.values())]


def _by_label(quality: Mapping[str, Report], label: str) -> str:
    cells = []
    for one in quality.values():
        mine = one.labels.get(label)
        figures = (mine.recall.value, mine.precision.value) if mine else (None, None)
        cells.append(" / ".join("-" if figure is None else f"{figure:.3f}" for figure in figures))
    return " | ".join(cells)


def _text(figure: Estimate, digits: int) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    return f"{figure.value:,.{digits}f} ({figure.low:,.{digits}f} to {figure.high:,.{digits}f})"


def _values_table(results: Results) -> list[str]:
    return [
        "| values | the stage | redaction alone |",
        "|---|---|---|",
        *(
            f"| {count} | {_of(one, 'ours').text(0)} | {_of(one, 'ours-redaction').text(0)} |"
            for count, one in enumerate(_all_values(results))
        ),
    ]


def _speed_table(rounds: Sequence[SpeedRound]) -> list[str]:
    names = sorted(rounds[0])
    return [
        "| redactor | texts/s | of presidio-model | |",
        "|---|---|---|---|",
        *(
            f"| {name} | {_of(rounds, name).text(1)} | {_ratio(rounds, name, _MODEL).text(1)} | {_SPEED_NOTES[name]} |"
            for name in names
        ),
    ]
