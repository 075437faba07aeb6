"""How well personal data was found in labelled messages: counted per label, never with a value.

A value is covered when all its letters and digits were redacted, under whatever label, or are gone from the output.
It is covered *strictly* when the right label alone does so. A redaction is right when it touches a labelled value. One
that touches only spans of labels which are not measured counts for nothing. Precision of a label is over the
redactions that bear it, recall over the values that do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.redaction import Label
from control.intervals import Estimate, Rows, proportion, rate, resampled
from control.labelled_messages import LabelledMessage, Part, Value
from control.redaction_outcome import Outcome

_PER = 1_000


class Counts(NamedTuple):
    """What one message, or all, have of one label, or of all."""

    values: int = 0
    covered: int = 0
    strictly: int = 0
    redactions: int = 0
    right: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True)
class LabelReport:
    """The figures of one label, or of all together. ``support``: how many values the file has."""

    support: int
    redactions: int
    recall: Estimate
    strict_recall: Estimate
    precision: Estimate
    f1: Estimate
    f2: Estimate


@dataclass(frozen=True)
class Report:
    """All figures. ``leaks``: share of the messages in which a value is left; ``leaks_where_any``: of those that have
    one. ``keep``: share of the items to keep that were touched. ``held_back``: messages on which the redactor failed.
    """

    messages: int
    with_values: int
    held_back: int
    labels: Mapping[str, LabelReport]
    total: LabelReport
    leaks: Estimate
    leaks_where_any: Estimate
    false_redactions: int
    false_redactions_per_1000: Estimate
    keep_items: int
    keep: Estimate


@dataclass
class _Tally:
    """The kinds of messages seen, and how many of each: all that the figures and the bootstrap need."""

    kinds: Counter[Counts] = field(default_factory=Counter)

    def report(self, messages: int) -> LabelReport:
        """The figures over ``messages`` messages; those not seen have nothing of the label."""
        kinds = self.kinds + Counter({Counts(): messages - self.kinds.total()})
        rows, numbers = np.array(list(kinds)), np.array(list(kinds.values()))
        total = Counts(*(int(n) for n in numbers @ rows))
        f1, f2 = (resampled(rows, numbers, partial(_f, beta=beta)) for beta in (1, 2))
        return LabelReport(
            total.values,
            total.redactions,
            proportion(total.covered, total.values),
            proportion(total.strictly, total.values),
            proportion(total.right, total.redactions),
            f1,
            f2,
        )


def _f(sums: Rows, *, beta: int) -> npt.NDArray[np.float64]:
    """F-beta of each row of sums (van Rijsbergen, Information Retrieval, 1979). Precision counts as 0 where there is no
    redaction at all; without a value the figure is NaN."""
    values, covered, _, redactions, right = sums.astype(np.float64).T
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = covered / values
        precision = np.where(redactions > 0, right / redactions, 0.0)
        f = (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
    return np.where(values == 0, np.nan, np.nan_to_num(f))


def report(pairs: Iterable[tuple[LabelledMessage, Outcome]]) -> Report:
    """The figures over messages and what became of each."""
    tallies: dict[Label, _Tally] = {}
    total, numbers = _Tally(), Counter[str]()
    for message, became in pairs:
        mine = _counts(message, became)
        for label, counts in mine.items():
            tallies.setdefault(label, _Tally()).kinds[counts] += 1
        whole = Counts()
        for counts in mine.values():
            whole = whole.plus(counts)
        total.kinds[whole] += 1
        numbers.update(
            messages=1,
            held_back=int(became.held_back),
            with_values=int(whole.values > 0),
            leaks=int(whole.covered < whole.values),
            false=whole.redactions - whole.right,
            keep=len(message.keep),
            touched=sum(any(_touches(message.text, one, part) for one in became.found) for part in message.keep),
        )
    return Report(
        messages=numbers["messages"],
        with_values=numbers["with_values"],
        held_back=numbers["held_back"],
        labels={label.value: tallies[label].report(numbers["messages"]) for label in Label if label in tallies},
        total=total.report(numbers["messages"]),
        leaks=proportion(numbers["leaks"], numbers["messages"]),
        leaks_where_any=proportion(numbers["leaks"], numbers["with_values"]),
        false_redactions=numbers["false"],
        false_redactions_per_1000=rate(numbers["false"], numbers["messages"], _PER),
        keep_items=numbers["keep"],
        keep=proportion(numbers["touched"], numbers["keep"]),
    )


def _counts(message: LabelledMessage, became: Outcome) -> dict[Label, Counts]:
    text = message.text
    covered: dict[Label | None, bytearray] = {None: _mask(text, became.gone)}
    for one in became.found:
        own = covered.setdefault(one.label, _mask(text, became.gone))
        for mask in (own, covered[None]):
            mask[one.start : one.end] = b"\1" * (one.end - one.start)
    counts: dict[Label, Counts] = {}
    for value in message.values:
        right = covered.get(value.label) or _mask(text, became.gone)
        seen = Counts(1, _covers(covered[None], text, value), _covers(right, text, value))
        counts[value.label] = counts.get(value.label, Counts()).plus(seen)
    for one in became.found:
        touches = any(_touches(text, one, value) for value in message.values)
        if touches or not any(_touches(text, one, part) for part in message.left_out):
            counts[one.label] = counts.get(one.label, Counts()).plus(Counts(redactions=1, right=touches))
    return counts


def _mask(text: str, parts: Iterable[Part]) -> bytearray:
    mask = bytearray(len(text))
    for start, end in parts:
        mask[start:end] = b"\1" * (end - start)
    return mask


def _covers(mask: bytearray, text: str, value: Value) -> bool:
    """Whether all letters and digits of ``value`` are in ``mask``; all its characters where it has none."""
    places = range(value.start, value.end)
    telling = [at for at in places if text[at].isalnum()] or list(places)
    return all(mask[at] for at in telling)


def _touches(text: str, one: Value, other: Value | Part) -> bool:
    """Whether both have a character in common that is no white space."""
    common = text[max(one.start, other.start) : min(one.end, other.end)]
    return bool(common.strip())


def as_document(measured: Report) -> dict[str, Any]:
    """The report as JSON can hold it: each figure as ``{"value", "low", "high"}``, null where not measured."""

    def plain(value: Any) -> Any:
        if isinstance(value, Estimate):
            return value._asdict()
        if isinstance(value, LabelReport | Report):
            return {name: plain(part) for name, part in vars(value).items()}
        return {name: plain(part) for name, part in value.items()} if isinstance(value, Mapping) else value

    document: dict[str, Any] = plain(measured)
    return document
