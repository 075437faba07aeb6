"""What counts as found, as right and as a leak; and the figures that come of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.redaction import Label
from control.labelled_messages import LabelledMessage, Part, Value
from control.redaction_outcome import Outcome
from control.redaction_report import LabelReport, Report, as_document, report

TEXT = "Jo Lee, 12 High St, size 42"
NAME, STREET, SIZE, TOWN = (0, 6), (8, 18), Part(25, 27), Part(11, 15)


def figures(*found: Value, gone: tuple[Part, ...] = (), left_out: tuple[Part, ...] = ()) -> Report:
    """The report on one message with a name, an address and a size to keep."""
    values = (Value(Label.NAME, *NAME), Value(Label.ADDRESS, *STREET))
    return report([(LabelledMessage("1", TEXT, values, (SIZE,), left_out), Outcome(found, gone))])


def shares(of: LabelReport) -> tuple[float | None, float | None, float | None]:
    """Recall, strict recall, precision."""
    return of.recall.value, of.strict_recall.value, of.precision.value


def test_all_found() -> None:
    all_found = figures(Value(Label.NAME, *NAME), Value(Label.ADDRESS, *STREET))
    assert shares(all_found.total) == (1, 1, 1)
    assert (all_found.total.f1.value, all_found.total.f2.value) == (1, 1)
    assert (all_found.leaks.value, all_found.keep.value, all_found.false_redactions) == (0, 0, 0)


def test_a_wrong_label_covers_but_not_strictly_and_is_right() -> None:
    wrong = figures(Value(Label.ORDER, *NAME), Value(Label.ADDRESS, *STREET))
    assert shares(wrong.labels["NAME"]) == (1, 0, None)
    assert shares(wrong.labels["ORDER"]) == (None, None, 1)
    assert wrong.leaks.value == 0


def test_half_a_value_is_a_leak_though_the_redaction_is_right() -> None:
    half = figures(Value(Label.NAME, 0, 2), Value(Label.ADDRESS, *STREET))
    assert shares(half.labels["NAME"]) == (0, 0, 1)
    assert half.leaks.value == half.leaks_where_any.value == 1


def test_two_redactions_with_only_a_space_between_cover_a_value() -> None:
    assert shares(figures(Value(Label.NAME, 0, 2), Value(Label.NAME, 3, 6)).labels["NAME"]) == (1, 1, 1)


def test_what_is_gone_from_the_output_is_covered() -> None:
    cut = figures(gone=(Part(0, 19),))
    assert shares(cut.total) == (1, 1, None)
    assert shares(figures(Value(Label.NAME, 0, 2), gone=(Part(2, 19),)).total) == (1, 1, 1)


def test_a_redaction_beside_all_values_is_false_and_may_hurt_what_is_kept() -> None:
    false = figures(Value(Label.PHONE, *SIZE))
    assert shares(false.labels["PHONE"]) == (None, None, 0)
    assert (false.keep.value, false.false_redactions, false.false_redactions_per_1000.value) == (1, 1, 1_000)


def test_a_redaction_of_what_is_not_measured_counts_for_nothing() -> None:
    town = figures(Value(Label.ADDRESS, 19, 24), left_out=(Part(20, 24),))
    assert town.total.redactions == town.false_redactions == 0
    street_and_town = figures(Value(Label.ADDRESS, 8, 24), left_out=(Part(20, 24),))
    assert shares(street_and_town.labels["ADDRESS"]) == (1, 1, 1)


def test_a_redactor_that_finds_nothing_has_an_f_of_zero() -> None:
    nothing = figures().total
    assert shares(nothing) == (0, 0, None)
    assert (nothing.f1.value, nothing.f2.value) == (0, 0)


def test_f2_leans_to_recall() -> None:
    found = [Value(Label.NAME, *NAME), Value(Label.ADDRESS, *STREET), Value(Label.PHONE, *SIZE)]
    total = figures(*found).total
    assert total.precision.value == pytest.approx(2 / 3)
    assert total.f1.value == pytest.approx(2 * (2 / 3) / (1 + 2 / 3))
    assert total.f2.value == pytest.approx(5 * (2 / 3) / (4 * (2 / 3) + 1))


def test_messages_held_back_and_without_values_are_counted() -> None:
    plain, secret = LabelledMessage("1", "hello"), LabelledMessage("2", "Jo", (Value(Label.NAME, 0, 2),))
    measured = report(
        [(plain, Outcome(())), (secret, Outcome((), (Part(0, 2),), held_back=True)), (secret, Outcome(()))]
    )
    assert (measured.messages, measured.with_values, measured.held_back) == (3, 2, 1)
    assert measured.leaks.value == pytest.approx(1 / 3)
    assert measured.leaks_where_any.value == 1 / 2
    assert as_document(measured)["labels"]["NAME"]["recall"]["value"] == 0.5


_spans = st.tuples(st.integers(0, 26), st.integers(1, 6)).map(lambda at: (at[0], min(27, sum(at))))
_values = st.lists(st.builds(lambda label, at: Value(label, *at), st.sampled_from(list(Label)), _spans), max_size=5)


@given(st.lists(st.tuples(_values, _values, st.lists(_spans, max_size=2)), min_size=1, max_size=4))
def test_laws_of_the_figures(messages: list[tuple[list[Value], list[Value], list[tuple[int, int]]]]) -> None:
    measured = report(
        (LabelledMessage("1", TEXT, tuple(values)), Outcome(tuple(found), tuple(Part(*at) for at in gone)))
        for values, found, gone in messages
    )
    assert sum(one.support for one in measured.labels.values()) == measured.total.support
    assert sum(one.redactions for one in measured.labels.values()) == measured.total.redactions
    for one in (*measured.labels.values(), measured.total):
        for share in (one.recall, one.strict_recall, one.precision, one.f1, one.f2):
            assert share.value is None or 0 <= share.value <= 1
        if one.recall.value is not None and one.strict_recall.value is not None:
            assert one.strict_recall.value <= one.recall.value
