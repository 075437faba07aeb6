"""``mw explain``: why a ticket was handled as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.explain import Story

_INDENT = " " * 14


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    ctx: typer.Context,
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="The ticket's id in the helpdesk.")],
) -> None:
    """What each stage made of a ticket, and why; no text of it is shown. Exit 1 where nothing is known.

    Example: mw explain 48213
    """
    from dataclasses import asdict  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)

    from control import explain as telling  # noqa: PLC0415
    from control.cli.common import settings  # noqa: PLC0415

    out: Output = ctx.obj
    stories = telling.explain(settings(), ticket)
    if out.as_json:
        out.document([asdict(story) for story in stories])
        return
    out.line(f"ticket {ticket}: {len(stories)} event{'s' if len(stories) != 1 else ''}")
    for story in stories:
        for line in lines(story):
            out.line(line)


def lines(story: Story) -> list[str]:
    """``story`` for people: a headline, then a paragraph for each step, with seconds since ingress."""
    since = f"{story.received_at:%Y-%m-%d %H:%M:%S}Z" if story.received_at else "time unknown"
    told = [
        "",
        f"event {story.event_id}, {story.channel or 'channel unknown'}, received {since}, trace {story.trace_id}",
    ]
    for step in story.steps:
        after = f"+{(step.at - story.received_at).total_seconds():.3f} s" if story.received_at else ""
        again = f", written {step.copies} times" if step.copies > 1 else ""
        told.append(f"  {step.name:<12}{after}{again}")
        told += [
            f"{_INDENT}{name.replace('_', ' ')}: {_text(value)}" for name, value in step.facts.items() if _told(value)
        ]
    return told


def _told(value: Any) -> bool:
    return value not in (None, "", [], {})


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
