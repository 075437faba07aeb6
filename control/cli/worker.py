"""``mw worker STAGE`` and ``mw ingress``: one process of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from streams.reasons import Stage

if TYPE_CHECKING:
    from control.process import Part
    from control.settings import Settings

_BEYOND_DRAIN_S = 5.0
"""Seconds a stop may take beyond the drain: the last commit, leaving the group, closing."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(worker)
    app.command()(ingress)


def worker(stage: Annotated[Stage, typer.Argument(help="Which stage to run.")]) -> None:
    """Run one stage's worker until SIGTERM or Ctrl-C.

    Example: mw worker classify
    """
    from control.bootstrap import worker_parts  # noqa: PLC0415  (keeps `mw --help` fast)

    def build(settings: Settings) -> list[Part]:
        return worker_parts(settings, stage)

    _run(build)


def ingress() -> None:
    """Run the webhook's receiving end until SIGTERM or Ctrl-C.

    Example: MW_HTTP_PORT=9640 mw ingress
    """
    from control.bootstrap import ingress_parts  # noqa: PLC0415  (keeps `mw --help` fast)

    _run(ingress_parts)


def _run(build: Callable[[Settings], list[Part]]) -> None:
    from control.logs import set_up  # noqa: PLC0415
    from control.process import live, run  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    settings = load()
    set_up(settings.log_level)

    async def main() -> int:
        # Built inside the running loop: Faust and the follower bind to it.
        return await live(build(settings), stop_within_s=settings.drain_s + _BEYOND_DRAIN_S)

    raise typer.Exit(run(main))
