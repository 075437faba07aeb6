"""What the numbers of a partition mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.lag import LagStatus, PartitionLag, Reading, complaints, judge, summarize
from streams.reasons import Stage

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def reading(committed: int | None, first: int, end: int, oldest_at: datetime | None = None, error: str = "") -> Reading:
    return Reading(Stage.ACT, 3, committed, first, end, oldest_at, error)


def judged(what: Reading, *, paused: bool = False) -> PartitionLag:
    return judge(what, now=NOW, max_age_s=60, paused=paused)


@pytest.mark.parametrize(
    ("what", "status", "lag", "age_s"),
    [
        pytest.param(reading(None, 0, 0), LagStatus.OK, 0, None, id="nothing was ever written"),
        pytest.param(reading(9, 0, 9), LagStatus.OK, 0, None, id="all is done"),
        pytest.param(reading(9, 9, 9), LagStatus.OK, 0, None, id="all is done, and expired since"),
        pytest.param(reading(7, 0, 9, ago(60)), LagStatus.OK, 2, 60.0, id="some wait, at the limit"),
        pytest.param(reading(7, 0, 9, ago(60.1)), LagStatus.LAGGING, 2, 60.1, id="some wait too long"),
        pytest.param(reading(8, 0, 9), LagStatus.OK, 1, None, id="a transaction's marker: a lag without a record"),
        pytest.param(reading(7, 0, 9, ago(-5)), LagStatus.OK, 2, 0.0, id="a producer's clock is ahead of ours"),
        pytest.param(reading(None, 0, 9, ago(5)), LagStatus.NEVER_COMMITTED, None, 5.0, id="never committed"),
        pytest.param(reading(None, 9, 9), LagStatus.NEVER_COMMITTED, None, None, id="never committed, all expired"),
        pytest.param(reading(5, 7, 9, ago(5)), LagStatus.DATA_LOST, 4, 5.0, id="two were deleted unread"),
        pytest.param(reading(0, 9, 9), LagStatus.DATA_LOST, 9, None, id="all were deleted unread"),
        pytest.param(reading(9, 0, 2), LagStatus.REWOUND, -7, None, id="topic made anew: the lag is negative"),
        pytest.param(reading(9, 0, 0), LagStatus.REWOUND, -9, None, id="topic made anew and empty"),
        pytest.param(reading(None, 0, 0, error="no coordinator"), LagStatus.UNKNOWN, None, None, id="not told"),
    ],
)
def test_each_state_has_one_name(what: Reading, status: LagStatus, lag: int | None, age_s: float | None) -> None:
    found = judged(what)
    assert (found.status, found.lag, found.age_s) == (status, lag, age_s)


@pytest.mark.parametrize(
    ("what", "status"),
    [
        pytest.param(reading(7, 0, 9, ago(600)), LagStatus.PAUSED_BY_SWITCH, id="records wait on purpose"),
        pytest.param(reading(None, 0, 9, ago(600)), LagStatus.PAUSED_BY_SWITCH, id="paused since the first record"),
        pytest.param(reading(9, 0, 9), LagStatus.OK, id="nothing waits"),
        pytest.param(reading(5, 7, 9, ago(600)), LagStatus.DATA_LOST, id="a switch excuses no loss"),
        pytest.param(reading(9, 0, 2), LagStatus.REWOUND, id="nor a topic made anew"),
    ],
)
def test_a_paused_stage(what: Reading, status: LagStatus) -> None:
    assert judged(what, paused=True).status is status


@pytest.mark.parametrize(
    ("what", "offset"),
    [(reading(None, 4, 9), 4), (reading(7, 4, 9), 7), (reading(2, 4, 9), 4), (reading(9, 4, 9), None)],
)
def test_where_the_oldest_waiting_record_is(what: Reading, offset: int | None) -> None:
    assert what.waiting_from == offset


@given(st.one_of(st.none(), st.integers(0, 50)), st.integers(0, 50), st.integers(0, 50), st.booleans())
def test_ok_is_never_said_of_loss_or_rewind(committed: int | None, first: int, more: int, paused: bool) -> None:
    found = judged(reading(committed, first, first + more), paused=paused)
    if committed is not None:
        assert found.lag == first + more - committed  # never clamped
        if committed < first or committed > first + more:
            assert found.status in (LagStatus.DATA_LOST, LagStatus.REWOUND)


def test_a_stage_shows_its_worst_partition() -> None:
    lags = [judged(reading(9, 0, 9)), judged(reading(5, 7, 9, ago(5))), judged(reading(3, 0, 9, ago(90)))]
    (line,) = summarize(lags)
    assert (line.status, line.lag, line.age_s, line.behind, line.partitions) == (LagStatus.DATA_LOST, 10, 90.0, 2, 3)
    assert "2 records were deleted unread" in line.note


def test_a_stage_without_any_known_lag_says_so() -> None:
    assert summarize([judged(reading(None, 0, 9, ago(5)))])[0].lag is None


@pytest.mark.parametrize(
    ("what", "paused", "complaint"),
    [
        (reading(7, 0, 9, ago(59)), False, None),
        (reading(7, 0, 9, ago(61)), False, "act is 61 s behind (LAGGING)"),
        (reading(7, 0, 9, ago(61)), True, "act is 61 s behind (PAUSED_BY_SWITCH)"),
        (reading(7, 0, 9, ago(5)), True, None),
        (reading(None, 0, 9, ago(61)), False, "act is 61 s behind (NEVER_COMMITTED)"),
        (reading(None, 0, 9, ago(5)), False, None),
        (reading(5, 7, 9, ago(5)), False, "act is DATA_LOST"),
        (reading(9, 0, 2), False, "act is REWOUND"),
        (reading(None, 0, 0, error="x"), False, "act is UNKNOWN"),
    ],
)
def test_what_ends_with_exit_code_1(what: Reading, paused: bool, complaint: str | None) -> None:
    assert complaints([judged(what, paused=paused)], 60) == ([complaint] if complaint else [])
