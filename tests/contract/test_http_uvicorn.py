"""The parts of uvicorn that ``connectors/http_connection.py`` stands on: a version without them fails here, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from connectors.http_connection import DEFAULT_LIMITS
from connectors.ingress import IngressConfig
from connectors.webhook_auth import WebhookAuth
from tests.contract.ingress_rig import RING, TOKENS
from tests.contract.test_http_connection import GET, answer, serving


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (H11Protocol.__init__, "self config server_state app_state _loop"),
        (H11Protocol.connection_made, "self transport"),
        (H11Protocol.connection_lost, "self exc"),
        (H11Protocol.data_received, "self data"),
        (H11Protocol.handle_events, "self"),
        (H11Protocol.on_response_complete, "self"),
        (H11Protocol.pause_writing, "self"),
        (H11Protocol.resume_writing, "self"),
        (H11Protocol.send_400_response, "self msg"),
    ],
)
def test_uvicorn_still_has_what_is_overridden(function: Callable[..., object], parameters: str) -> None:
    assert list(inspect.signature(function).parameters) == parameters.split()


async def test_uvicorn_still_has_what_is_read() -> None:
    async with serving() as served:
        await answer(await served.connect(GET))
        [connection] = served.connections()
        assert {"conn", "cycle", "flow", "transport", "connections", "loop"} <= vars(connection).keys()
        assert isinstance(connection.flow, FlowControl)
        assert (connection.flow.read_paused, connection.flow.write_paused) == (False, False)
        assert isinstance(connection.cycle, RequestResponseCycle)
        assert connection.cycle.disconnected is False
        assert connection.connections is served.state.connections


def test_the_ingress_answers_a_slow_body_before_its_connection_is_cut() -> None:
    config = IngressConfig(WebhookAuth.parse(tokens=TOKENS), RING)
    assert config.body_deadline_s < DEFAULT_LIMITS.patience_s
