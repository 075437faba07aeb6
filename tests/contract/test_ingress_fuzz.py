"""Whatever bytes come in, the ingress answers or cuts in time, never with a 5xx, and goes on answering others."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from prometheus_client import REGISTRY

from connectors.http_connection import Limits
from tests.contract.ingress_rig import Rig, running
from tests.contract.raw_requests import exchange, good_request, raw_requests
from tests.support.evidence import Evidence

LOOPS = ("uvloop",)
HANG_S = 5.0
BODY_DEADLINE_S = 0.1
PATIENCE_S = 0.3


def bombard(rig: Rig, requests: int, caplog: pytest.LogCaptureFixture) -> Counter[str]:
    """How often each answer came: the first status on a connection, or ``none`` where it was cut without one."""
    answers: Counter[str] = Counter()
    good = good_request(rig.signed)

    @settings(max_examples=requests, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(raw_requests(rig.signed))
    def send(segments: list[bytes]) -> None:
        caplog.clear()
        heard = exchange(rig.port, segments, good, HANG_S)
        answers[str(heard.statuses[0]) if heard.statuses else "none"] += 1
        assert all(status < 500 for status in heard.statuses)
        if heard.statuses[1:] != [202]:  # the connection did not survive: another one must
            assert exchange(rig.port, [good], good, HANG_S).statuses == [202]
        assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []

    send()
    return answers


@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")  # a failing request may be long
async def test_no_bytes_get_a_server_error_or_stop_the_server(
    evidence: Evidence, caplog: pytest.LogCaptureFixture
) -> None:
    requests = evidence.size(small=500, full=10_000)
    before = refused("503")
    async with running(Limits(patience_s=PATIENCE_S), body_deadline_s=BODY_DEADLINE_S) as rig:
        answers = await asyncio.to_thread(bombard, rig, requests, caplog)
        accepted = len(rig.publisher.records())  # each can be read again
    evidence.record("ingress-fuzz", requests=answers.total(), first_answers=dict(answers.most_common()))
    assert refused("503") == before  # not even an answer that a reset kept from being read
    assert answers["202"] >= requests / 10  # all checks were passed often enough to try what is behind them
    assert {"202", "400", "401", "413", "415"} <= answers.keys()
    assert accepted > answers["202"]


def refused(status: str) -> float:
    """How many webhooks were answered so."""
    return REGISTRY.get_sample_value("mw_ingress_requests_total", {"result": status}) or 0.0
