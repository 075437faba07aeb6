"""The server inside the loop: starts on a free port, refuses a busy one in one line, stops in bounded time."""

import asyncio
import signal
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connectors.health import health_routes, well
from connectors.http_server import DROP, GRACE_S, HttpServer
from streams.clock import SYSTEM_CLOCK
from streams.errors import DependencyError


async def _serve(*routes: Route) -> tuple[HttpServer, str]:
    server = HttpServer(Starlette(routes=list(routes)), "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{await server.start()}"


async def test_answers_and_is_gone_after_the_stop():
    server, url = await _serve(*health_routes(ready=well, alive=well))
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/healthz")).text == "ok\n"
        await server.stop()
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient().get(url)


async def test_answers_are_not_held_back_by_the_kernel():
    server, url = await _serve(*health_routes(ready=well, alive=well))
    async with httpx.AsyncClient(base_url=url) as client:
        await client.get("/healthz")
        [connection] = server._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await server.stop()


async def test_health_pages_say_why_not():
    reasons: list[str | None] = ["waiting for the broker", None]
    server, url = await _serve(*health_routes(ready=lambda: reasons[0], alive=lambda: reasons[1]))
    async with httpx.AsyncClient(base_url=url) as client:
        ready, alive, metrics = [await client.get(path) for path in ("/readyz", "/healthz", "/metrics")]
    await server.stop()
    assert (ready.status_code, ready.text) == (503, "waiting for the broker\n")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "mw_control_stale 1.0" in metrics.text


async def test_a_busy_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DependencyError) as caught:
            await HttpServer(Starlette(), "127.0.0.1", port).start()
    assert str(caught.value) == f"127.0.0.1:{port} is in use: stop what listens there, or choose another port"


async def test_an_address_this_machine_does_not_have_is_one_clear_line():
    with pytest.raises(DependencyError, match=r"^::1%nowhere:0 cannot be listened on .*choose another") as caught:
        await HttpServer(Starlette(), "::1%nowhere", 0).start()
    assert "\n" not in str(caught.value)


async def test_the_stop_waits_for_a_request_under_way():
    arrived, release = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        arrived.set()
        await release.wait()
        return PlainTextResponse("done")

    server, url = await _serve(Route("/", slow))
    async with httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.get(url))
        await arrived.wait()
        stopping = asyncio.create_task(server.stop())
        asyncio.get_running_loop().call_later(0.3, release.set)
        assert (await asking).text == "done"
        await stopping


async def test_the_stop_cuts_a_request_that_never_ends():
    arrived = asyncio.Event()

    async def forever(_: Request) -> Response:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    server, url = await _serve(Route("/", forever))
    async with httpx.AsyncClient(timeout=30) as client:
        asking = asyncio.create_task(client.get(url))
        await arrived.wait()
        began = SYSTEM_CLOCK.monotonic()
        await server.stop()
        assert SYSTEM_CLOCK.monotonic() - began < GRACE_S + 1.5
        cut = (await asyncio.gather(asking, return_exceptions=True))[0]
    assert isinstance(cut, httpx.RemoteProtocolError) or cut.status_code == 500


async def test_a_failing_route_is_a_500_and_logs_no_message(caplog: pytest.LogCaptureFixture):
    async def broken(_: Request) -> Response:
        raise ValueError("canary text of a ticket")

    server, url = await _serve(Route("/", broken))
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 500
    await server.stop()
    assert "ValueError at test_http_server.py" in caplog.text
    assert "canary" not in caplog.text


async def test_a_dropped_connection_gives_no_answer_at_all():
    async def drop(request: Request) -> Response:
        request.scope["extensions"][DROP]()
        await request.receive()
        return Response()

    server, url = await _serve(Route("/", drop))
    async with httpx.AsyncClient() as client:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.get(url)
    await server.stop()


async def test_signals_stay_with_the_process():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    server, _ = await _serve()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    await server.stop()


async def test_a_stop_without_a_start_does_nothing():
    await HttpServer(Starlette(), "127.0.0.1", 0).stop()
