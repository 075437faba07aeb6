"""``mw topics``: topics as they should be and as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.topic_admin import TopicReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(topics)


def topics(
    ctx: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Create what is missing, and write missing flags.")] = False,
) -> None:
    """Check the topics on the cluster; exit 1 where one is missing or differs. What exists is never changed.

    Example: mw topics --apply
    """
    from control import flags  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)
    from control.cli.arguments import operator  # noqa: PLC0415
    from control.cli.common import settings  # noqa: PLC0415
    from control.topic_admin import create_missing, inspect  # noqa: PLC0415
    from streams.errors import CheckFailed  # noqa: PLC0415
    from streams.topics import Names, TopicName  # noqa: PLC0415

    out: Output = ctx.obj
    used = settings()
    reports = inspect(used)
    if apply:
        created = create_missing(used, reports)
        written = flags.write_missing_flags(used, flags.first_values(), author=operator())
        out.say(f"created {len(created)} topics, wrote {len(written)} flags")
        reports = inspect(used) if created else reports
    out.table(
        ["topic", "status", "differences"], [(r.topic, r.status.value, "; ".join(r.differences)) for r in reports]
    )
    _complain(reports)
    unset = flags.missing_flags(used, flags.first_values())
    if unset:
        topic = Names(used.topic_prefix).topic(TopicName.FLAGS)
        raise CheckFailed(f"{topic} lacks {', '.join(unset)}; `mw topics --apply` writes first values")


def _complain(reports: list[TopicReport]) -> None:
    from control.topic_admin import TopicStatus  # noqa: PLC0415
    from streams.errors import CheckFailed  # noqa: PLC0415

    wrong = [r for r in reports if r.status is not TopicStatus.OK]
    if any(r.status is TopicStatus.MISSING for r in wrong):
        raise CheckFailed(f"{len(wrong)} topics are missing or differ; `mw topics --apply` creates missing ones")
    if wrong:
        raise CheckFailed(
            f"{len(wrong)} topics differ from the table; mw changes no existing topic, see the differences"
        )
