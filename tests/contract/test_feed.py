"""``mw feed`` against an ingress: interrupted and gone on with, one refused line among others, nobody there."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.http_server import HttpServer
from control.feed import PARALLEL
from streams.clock import SYSTEM_CLOCK
from tests.support.mw import Answer, Mw

TOKEN = "the-token"
LINES = 60


class Ingress:
    """Accepts every message but those of ticket ``refused``; a cleared ``gate`` makes it wait."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.waiting = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, request: Request) -> Response:
        if request.headers["x-middleware-token"] != TOKEN:
            return JSONResponse({"error": "unauthorized"}, 401)
        ticket = orjson.loads(await request.body())["ticket_id"]
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        if ticket == "refused":
            return JSONResponse({"error": "unknown_shape"}, 400)
        self.accepted[ticket] += 1
        return JSONResponse({"event_id": ticket}, 202)


@pytest.fixture
def ingress() -> Ingress:
    return Ingress()


@pytest.fixture
async def url(ingress: Ingress) -> AsyncIterator[str]:
    app = Starlette(routes=[Route("/richpanel/inbound", ingress.__call__, methods=["POST"])])
    server = HttpServer(app, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{await server.start()}"
    await server.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(b"".join(orjson.dumps({"text": "hi", "ticket_id": f"t{n}"}) + b"\n" for n in range(LINES)))
    return path


def caller(home: Path, url: str, token: str = TOKEN) -> Mw:
    return Mw(home, MW_INGRESS_URL=url, MW_INGRESS_TOKENS=token)


async def feed(mw: Mw, file: Path) -> Answer:
    return await asyncio.to_thread(mw, "--json", "feed", str(file))


async def interrupted(mw: Mw, file: Path, ingress: Ingress) -> Answer:
    """A feed that gets Ctrl-C while as many messages as it sends at once are on their way."""
    process: subprocess.Popen[str] = mw.start("--json", "feed", str(file))
    try:
        deadline = SYSTEM_CLOCK.monotonic() + 30
        while ingress.waiting < PARALLEL:
            assert SYSTEM_CLOCK.monotonic() < deadline, "the feed does not send"
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = await asyncio.to_thread(process.stderr.readline)  # now the signal was taken
        assert said.startswith("stopping once"), said
        ingress.gate.set()
        out, err = await asyncio.to_thread(process.communicate, timeout=30)
    finally:
        process.kill()
    return Answer(process.returncode, out, err)


async def test_after_ctrl_c_the_same_command_goes_on_and_nothing_is_sent_twice(
    ingress: Ingress, url: str, file: Path, tmp_path: Path
) -> None:
    mw = caller(tmp_path / "home", url)
    ingress.gate.clear()
    first = await interrupted(mw, file, ingress)
    assert first.code == 130
    assert "stopped; the same command goes on from here" in first.err
    assert first.document == {
        "accepted": PARALLEL,
        "before": 0,
        "malformed": 0,
        "refused": 0,
        "not_sent_yet": LINES - PARALLEL,
    }
    second = await feed(mw, file)
    assert (second.code, second.document["accepted"], second.document["before"]) == (0, LINES - PARALLEL, PARALLEL)
    assert ingress.accepted == Counter(f"t{n}" for n in range(LINES))
    third = await feed(mw, file)
    assert third.document == {"accepted": 0, "before": LINES, "malformed": 0, "refused": 0}


async def test_a_refused_line_and_a_malformed_one_stop_no_other(ingress: Ingress, url: str, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"text": "a", "ticket_id": "refused"}\nnot json\n{"text": "b", "ticket_id": "t1"}\n')
    answer = await feed(caller(tmp_path / "home", url), file)
    assert (answer.code, answer.document) == (1, {"accepted": 1, "before": 0, "malformed": 1, "refused": 1})
    assert "line 2: not JSON; not sent\n" in answer.err
    assert "line 1: ingress answered 400" in answer.err
    assert ingress.accepted == Counter(["t1"])


async def test_a_wrong_token_is_one_line_and_exit_code_2(
    ingress: Ingress, url: str, file: Path, tmp_path: Path
) -> None:
    answer = await feed(caller(tmp_path / "home", url, token="another"), file)
    assert (answer.code, answer.out, ingress.accepted) == (2, "", Counter())
    assert answer.err.startswith("mw: ingress does not accept the token; set MW_INGRESS_TOKENS")
    assert len(answer.err.splitlines()) == 1


async def test_a_file_of_something_else_is_complained_of_in_few_lines(url: str, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(bytes(range(256)) * 400)
    answer = await feed(caller(tmp_path / "home", url), file)
    assert (answer.code, answer.document["accepted"]) == (1, 0)
    assert len(answer.err.splitlines()) < 25
