"""``mw feed``: a file of messages through ingress."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.feed import BadLine, Message, Sent, Target
    from control.feed_progress import Progress

_SAID_OF_EACH = 20
"""Lines complained of one by one; a file that is something else altogether has thousands."""
EXIT_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(feed)


def feed(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSON lines: text (or message); ticket_id, message_id, channel, occurred_at optional."
        ),
    ],
    again: Annotated[bool, typer.Option("--again", help="Send lines that were accepted before, too.")] = False,
) -> None:
    """Send a file of messages through ingress; a second call goes on where the first ended.

    Example: mw feed messages.jsonl
    """
    from control.feed import Target  # noqa: PLC0415  (keeps `mw --help` fast)
    from control.feed_progress import Progress  # noqa: PLC0415
    from control.installation import Installation  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415
    from streams.errors import ConfigurationError  # noqa: PLC0415

    out: Output = ctx.obj
    try:
        raw = file.read_bytes()
    except OSError as exc:
        raise ConfigurationError(f"{file} cannot be read: {exc.strerror}") from None
    settings = Installation(load()).settings_of_running()
    settings.require("ingress_tokens")
    target = Target(settings.ingress_url, settings.secret_list("ingress_tokens")[0], settings.sandbox_url)
    progress = Progress(raw, settings.home)
    messages, bad = _parse(raw, file.stem)
    accepted = set() if again else progress.done()
    todo = [message for message in messages if message.number not in accepted]
    _say_each(out, [f"line {line.number}: {line.why}; not sent" for line in bad])
    if before := len(messages) - len(todo):
        out.say(f"lines that were accepted before: {before}; --again sends them too")
    answers = asyncio.run(_run(out, todo, target, progress)) if todo else []
    _report(out, answers, before=before, malformed=len(bad), unsent=len(todo) - len(answers))


def _report(out: Output, answers: list[Sent], *, before: int, malformed: int, unsent: int) -> None:
    """The counts on stdout. Raises CheckFailed where a line was not accepted, Exit after Ctrl-C."""
    from streams.errors import CheckFailed  # noqa: PLC0415

    refused = [f"line {sent.message.number}: {sent.refused}" for sent in answers if sent.refused]
    _say_each(out, refused)
    counts = {"accepted": len(answers) - len(refused), "before": before, "malformed": malformed}
    counts |= {"refused": len(refused)} | ({"not_sent_yet": unsent} if unsent else {})
    if out.as_json:
        out.document(counts)
    else:
        out.line(", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items()))
    if unsent:
        out.say("stopped; the same command goes on from here")
        raise typer.Exit(EXIT_INTERRUPTED)
    if malformed or refused:
        raise CheckFailed(f"lines that were not accepted: {malformed + len(refused)}; correct them and feed them again")


def _parse(raw: bytes, name: str) -> tuple[list[Message], list[BadLine]]:
    from control.feed import BadLine, Message, parse_lines  # noqa: PLC0415

    lines = list(parse_lines(raw, _slug(name)))
    return [x for x in lines if isinstance(x, Message)], [x for x in lines if isinstance(x, BadLine)]


def _say_each(out: Output, complaints: list[str]) -> None:
    for complaint in complaints[:_SAID_OF_EACH]:
        out.say(complaint)
    if (more := len(complaints) - _SAID_OF_EACH) > 0:
        out.say(f"... and {more} more like these")


async def _run(out: Output, messages: list[Message], target: Target, progress: Progress) -> list[Sent]:
    """Send ``messages``; what ingress answered. Ctrl-C lets those on their way arrive, a second one ends at once."""
    import signal  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    from control.feed import send  # noqa: PLC0415

    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        loop.remove_signal_handler(signal.SIGINT)
        out.say("stopping once what is on its way has arrived; Ctrl-C again ends at once")

    loop.add_signal_handler(signal.SIGINT, stop)
    answers = []
    with progress, Bar(console=Console(stderr=True), disable=out.as_json) as bar:
        task = bar.add_task("feeding", total=len(messages))
        async for sent in send(messages, target, stopping):
            answers.append(sent)
            if not sent.refused:
                progress.add(sent.message.number)
            bar.advance(task)
    return answers


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.encode("ascii", "ignore").decode())[:40].strip("-") or "feed"
