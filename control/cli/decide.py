"""``mw decide``: policy alone, over JSON lines. No broker, no vendor."""

from __future__ import annotations

from typing import Annotated

import typer

from control.cli.lines import answer_lines


def register(app: typer.Typer) -> None:
    """Add ``mw decide``."""
    app.command()(decide)


def decide(
    ctx: typer.Context,
    playbook: Annotated[str, typer.Option(help="Release to decide by; empty: the shipped one.")] = "",
) -> None:
    """Read tickets as JSON lines on stdin, write each one's decision as a JSON line.

    A line may hold: id, features (word_count, has_order_number, auto_reply, attachment_only, injection_suspected),
    intents (each with intent and confidence), tier0 (signal names), model, channel, failure (stage, reason), bucket,
    asked_at and now (with time zone), order (matches, has_tracking, delivered, cancelled, ordered_at, method,
    preorder_days), verdict (confirms, confidence), ticket (open, newest_message, person_active, answered), replies
    (ticket_10_min, ticket_24_h, customer_24_h), last_look, and control (stale, the switches, rollout_stage,
    rollout_percent, and channels, templates, intents: those switched on). What is missing or unknown takes its safest
    value: no switch is believed without stale=false. permitted_tags are those that may be written under that control.

    A line that cannot be read is named on stderr and the others are decided; exit code 1 at the end.

    Example: echo '{"id": 1, "tier0": ["legal_threat"], "control": {"stale": false}}' | mw decide
    """
    from control.decide_lines import decide_line  # noqa: PLC0415  (keeps `mw --help` fast)
    from control.playbooks import load_playbook  # noqa: PLC0415

    release = load_playbook(playbook or None)
    answer_lines(ctx.obj, lambda line: decide_line(line, release))
