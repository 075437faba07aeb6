"""The pages every process serves on its own port: ``/healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import streams.metrics  # noqa: F401  (our metrics are on the page from the first scrape on, used already or not)


def well() -> None:
    """A probe that never finds anything wrong."""


def health_routes(*, ready: Callable[[], str | None], alive: Callable[[], str | None]) -> list[Route]:
    """The three routes. A probe returns None, or in one line why not; the line becomes the body of a 503.

    ``alive`` false means: restart this process. ``ready`` false means: it waits for something, leave it be.
    """

    async def healthz(_: Request) -> Response:
        return _answer(alive())

    async def readyz(_: Request) -> Response:
        return _answer(ready())

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _answer(reason: str | None) -> Response:
    return PlainTextResponse((reason or "ok") + "\n", status_code=503 if reason else 200)
