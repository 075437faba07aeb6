"""``mw emergency``: stop the bleeding with one command."""

from __future__ import annotations

from typing import Annotated

import typer

from control.cli.published import show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(emergency)


def emergency(
    ctx: typer.Context,
    level: Annotated[int, typer.Argument(min=1, max=3, help="1 route-only, 2 no automation, 3 no outbound at all.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log. Needed.")] = "",
    author: Annotated[str, typer.Option(help="Who; the account that runs this where not given.")] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds to wait for every process.")] = 10.0,
) -> None:
    """Stop replies (1), automation (2), or everything outbound (3); ingestion goes on.

    1 sets safe_mode=true; 2 also automation_enabled=false; 3 also outbound_enabled=false.

    Example: mw emergency 1 --reason "wrong replies seen"
    """
    from control.cli.arguments import operator  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)
    from control.cli.common import settings  # noqa: PLC0415
    from control.flags import EMERGENCY, publish_flags  # noqa: PLC0415

    published = publish_flags(
        settings(), EMERGENCY[level], author=author or operator(), reason=reason, timeout_s=timeout
    )
    show(ctx.obj, published, timeout)
