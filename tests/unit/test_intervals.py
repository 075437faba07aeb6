"""Intervals: against published values, and how they behave over all counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.intervals import NOT_MEASURED, Rows, proportion, rate, resampled


def test_wilson_against_newcombe() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    for part, whole, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert proportion(part, whole)[1:] == pytest.approx((low, high), abs=5e-5)
    assert proportion(29, 29)[1:] == pytest.approx((0.8830, 1.0), abs=5e-5)


def test_byar_is_near_the_exact_poisson_limits() -> None:
    """Exact: chi-square quantiles (Garwood 1936)."""
    for count, low, high in ((0, 0.0, 3.689), (10, 4.795, 18.390), (100, 81.364, 121.627)):
        assert rate(count, 1, 1)[1:] == pytest.approx((low, high), rel=0.01)
    assert rate(3, 2_000, 1_000).value == 1.5


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_figure_lies_in_its_interval(part: int, more: int) -> None:
    for estimate in (proportion(part, part + more), rate(part, part + more, 1_000)):
        value, low, high = estimate
        if value is None or low is None or high is None:
            assert part + more == 0
            continue
        assert 0.0 <= low <= value <= high


def _share(sums: Rows) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return sums[:, 0] / sums[:, 1]


def test_the_bootstrap_of_a_share_is_near_wilson_and_the_same_each_time() -> None:
    kinds, numbers = np.array([[1, 1], [0, 1]]), np.array([300, 100])
    estimate = resampled(kinds, numbers, _share)
    assert estimate == resampled(kinds, numbers, _share)
    assert estimate == pytest.approx(proportion(300, 400), abs=0.01)


def test_messages_with_many_values_widen_the_interval() -> None:
    alone = resampled(np.array([[1, 1], [0, 1]]), np.array([300, 100]), _share)
    together = resampled(np.array([[10, 10], [0, 10]]), np.array([30, 10]), _share)
    assert together.value == alone.value
    assert together.high is not None
    assert alone.high is not None
    assert together.high - 0.75 > 2 * (alone.high - 0.75)


def test_nothing_measured() -> None:
    assert proportion(0, 0) == rate(0, 0, 1) == NOT_MEASURED
    assert resampled(np.array([[0, 0]]), np.array([5]), _share) == NOT_MEASURED
