"""Shows how well personal data was found: tables for people, one document with ``--json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from control.cli.output import Output

if TYPE_CHECKING:
    from control.intervals import Estimate
    from control.redaction_report import LabelReport, Report

_COLUMNS = ("label", "values", "recall", "strict recall", "redactions", "precision", "F1", "F2")
_READING = (
    "recall: all letters and digits of the value redacted under any label, or gone from the output; strict: under its"
    " own label. precision: redactions that touch a labelled value. In brackets: 95 % interval."
)


def show_report(out: Output, name: str, measured: Report, left_out: Mapping[str, int]) -> None:
    """``measured`` of the file called ``name`` on stdout."""
    if out.as_json:
        from control.redaction_report import as_document  # noqa: PLC0415  (numpy stays out of `mw --help`)

        out.document({"file": name, **as_document(measured), "left_out": left_out})
        return
    rows = [_row(label, figures) for label, figures in (*measured.labels.items(), ("all", measured.total))]
    out.table(_COLUMNS, rows, title=f"{name}: {measured.messages:,} messages")
    out.line(_READING)
    out.line(
        f"messages with a value left: {_percent(measured.leaks)} of all,"
        f" {_percent(measured.leaks_where_any)} of the {measured.with_values:,} that have one"
    )
    per = measured.false_redactions_per_1000
    out.line(f"false redactions: {measured.false_redactions:,}, per 1,000 messages {_text(per, 1, 1)}")
    if measured.keep_items:
        out.line(f"items to keep that were redacted: {_percent(measured.keep)} of {measured.keep_items:,}")
    if measured.held_back:
        out.line(f"messages held back because the redactor failed or took too long: {measured.held_back:,}")
    if left_out:
        names = ", ".join(f"{label} ({count:,})" for label, count in left_out.items())
        out.line(f"labels not measured: {names}")


def _row(label: str, figures: LabelReport) -> tuple[str, ...]:
    shares = (figures.recall, figures.strict_recall, figures.precision, figures.f1, figures.f2)
    recall, strict, precision, f1, f2 = (_text(share, 1, 3) for share in shares)
    return label, f"{figures.support:,}", recall, strict, f"{figures.redactions:,}", precision, f1, f2


def _percent(share: Estimate) -> str:
    return _text(share, 100, 2, " %")


def _text(figure: Estimate, factor: int, digits: int, unit: str = "") -> str:
    """``0.981 (0.972-0.987)``; a dash where there was nothing to measure."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    value, low, high = (f"{number * factor:,.{digits}f}" for number in (figure.value, figure.low, figure.high))
    return f"{value}{unit} ({low}-{high})"
