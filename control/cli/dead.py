"""``mw dead``: look at dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output
from streams.reasons import FailureReason, Stage

if TYPE_CHECKING:
    from streams.events import DeadLetter

dead = typer.Typer(no_args_is_help=True, help="Dead letters: list, show.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(dead, name="dead")


@dead.command("list")
def list_letters(
    ctx: typer.Context,
    stage: Annotated[Stage | None, typer.Option(help="Only of this stage.")] = None,
    reason: Annotated[FailureReason | None, typer.Option(help="Only with this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest ones.")] = 50,
) -> None:
    """What could not be handled, the newest last.

    Example: mw dead list --stage sanitize --limit 10
    """
    from control.cli.common import settings  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)
    from control.deadletters import public, read_dead  # noqa: PLC0415

    out: Output = ctx.obj
    letters, undecodable = read_dead(settings(), stage=stage, reason=reason)
    shown = letters[-limit:]
    if undecodable:
        out.say(f"{undecodable} records of the topic could not be decoded")
    if out.as_json:
        out.document([public(each) for each in shown])
        return
    out.line(f"{len(shown)} of {len(letters)} dead letters" if letters else "no dead letters")
    if shown:
        out.table(
            ["id", "died", "stage", "reason", "error", "attempts", "conversation"], [_row(each) for each in shown]
        )


def _row(x: DeadLetter) -> list[Any]:
    died = f"{x.died_at:%Y-%m-%d %H:%M:%S}Z"
    return [str(x.id)[:13], died, x.stage.value, x.reason.value, x.error_class, x.attempts, x.conversation_id or "-"]


@dead.command()
def show(
    ctx: typer.Context,
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="Id (its beginning will do), event id or conversation id.")
    ],
) -> None:
    """All that is known of a dead letter; its sealed bytes are never shown. Exit 1 where there is none.

    Example: mw dead show 1f0c5a9e-7d32
    """
    from control.cli.common import settings  # noqa: PLC0415
    from control.deadletters import find_dead, public  # noqa: PLC0415

    out: Output = ctx.obj
    found = [public(each) for each in find_dead(settings(), wanted)]
    if out.as_json:
        out.document(found)
        return
    for number, letter in enumerate(found):
        if number:
            out.line("")
        for name, value in letter.items():
            text = ("kept" if value else "none") if name == "sealed" else value
            out.line(f"{name:<18}{'-' if text is None else text}")
