"""``mw explain``: why a ticket was handled as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.explain import Step, Story

_INDENT = " " * 14
_MOST_REASONS = 3
"""Reasons against a reply that are told in words; gates below name them all."""


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
    """``story`` for people: what became of it and why in words, then a paragraph for each step, with its seconds."""
    since = f"{story.received_at:%Y-%m-%d %H:%M:%S}Z" if story.received_at else "time unknown"
    told = ["", f"received {since}, {story.channel or 'channel unknown'}", *_in_short(story), ""]
    for step in story.steps:
        after = f"+{max(0.0, (step.at - story.received_at).total_seconds()):.3f} s" if story.received_at else ""
        again = f", written {step.copies} times" if step.copies > 1 else ""
        told.append(f"  {step.name:<12}{after}{again}")
        told += [f"{_INDENT}{name.replace('_', ' ')}: {_fact(name, value)}" for name, value in _told(step)]
    return [*told, f"  event {story.event_id}, trace {story.trace_id}"]


def _in_short(story: Story) -> list[str]:
    """What became of the ticket, why, and why nothing was answered; a line each."""
    from control.plain_words import DECISIONS, FAILURES  # noqa: PLC0415

    steps = {step.name: step.facts for step in story.steps}
    decided, outcome, dead = (steps.get(name) for name in ("decided", "outcome", "dead letter"))
    short = {}
    if outcome:
        short[outcome["result"]] = f"to {outcome['team']}, after {outcome['seconds']:.1f} s" if outcome["team"] else "-"
    else:
        short["not done"] = f"the last that is known of it: {story.steps[-1].name}"
    if decided:
        short["as"] = f"{decided['intent']}, confidence {decided['confidence']:.2f}"
        short["why"] = _words(DECISIONS, (outcome or decided)["reasons"] or decided["reasons"])
    if dead:
        short["failed"] = f"in {dead['stage']}: {_words(FAILURES, [dead['reason']])}"
    if decided and decided.get("template"):
        short["reply"] = f"{decided['template']}, unless something changes before it leaves"
    if stopped := [reason for reason in (decided or {}).get("gates", {}).values() if reason != "passed"]:
        more = f"; and {len(stopped) - _MOST_REASONS} more below" if len(stopped) > _MOST_REASONS else ""
        short["no reply"] = _words(DECISIONS, stopped[:_MOST_REASONS]) + more
    return [f"  {name:<10}{text}" for name, text in short.items()]


def _words(known: Mapping[str, str], reasons: Iterable[str]) -> str:
    return "; ".join(known.get(reason, reason) for reason in reasons)


def _told(step: Step) -> Iterator[tuple[str, Any]]:
    """A step's facts that say something."""
    return ((name, value) for name, value in step.facts.items() if value not in (None, "", [], {}))


def _fact(name: str, value: Any) -> str:
    if name == "gates":
        stopped = [gate for gate, reason in value.items() if reason != "passed"]
        return f"{len(value) - len(stopped)} let it pass, {len(stopped)} did not: {', '.join(stopped)}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
