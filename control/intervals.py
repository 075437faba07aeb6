"""Intervals that hold the true figure in 95 of 100 samples of this size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
_RESAMPLES = 2_000
_SEED = 20261125


class Estimate(NamedTuple):
    """A figure and its 95 % interval; all three None where there was nothing to measure."""

    value: float | None
    low: float | None
    high: float | None


NOT_MEASURED = Estimate(None, None, None)


def proportion(part: int, whole: int) -> Estimate:
    """``part`` of ``whole`` with Wilson's score interval (E. B. Wilson, JASA 22, 1927), which is sound near 0 and 1."""
    if whole == 0:
        return NOT_MEASURED
    share, square = part / whole, _Z * _Z / whole
    middle = (share + square / 2) / (1 + square)
    half = _Z * math.sqrt(share * (1 - share) / whole + square / (4 * whole)) / (1 + square)
    low = 0.0 if part == 0 else max(0.0, middle - half)
    return Estimate(share, low, 1.0 if part == whole else min(1.0, middle + half))


def rate(count: int, units: int, per: int) -> Estimate:
    """``count`` in ``units``, per ``per`` units, with Byar's approximation of the Poisson interval (Breslow and Day,
    Statistical Methods in Cancer Research II, 1987); for a count of 0 as well."""
    if units == 0:
        return NOT_MEASURED
    low, up = 0.0, count + 1
    if count:
        low = count * (1 - 1 / (9 * count) - _Z / (3 * math.sqrt(count))) ** 3
    high = up * (1 - 1 / (9 * up) + _Z / (3 * math.sqrt(up))) ** 3
    return Estimate(*(figure * per / units for figure in (count, max(0.0, low), high)))


Rows = npt.NDArray[np.int64]


def resampled(kinds: Rows, numbers: Rows, figure: Callable[[Rows], npt.NDArray[np.float64]]) -> Estimate:
    """``figure`` of summed counts, with the percentile interval of a bootstrap over messages and a fixed seed.

    ``kinds``: the different rows of counts that messages have, (kinds, counts); ``numbers``: how many messages have
    each, (kinds,). Drawing how many messages of each kind a sample holds is drawing the messages. ``figure`` takes
    sums, (samples, counts), and gives one number each, NaN where it is not defined.
    """
    value = figure((numbers @ kinds)[np.newaxis, :])[0]
    if np.isnan(value):
        return NOT_MEASURED
    total = int(numbers.sum())
    draws = np.random.default_rng(_SEED).multinomial(total, numbers / total, size=_RESAMPLES)
    low, high = np.nanpercentile(figure(draws @ kinds), [2.5, 97.5])
    return Estimate(float(value), float(low), float(high))
