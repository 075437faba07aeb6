"""``mw feed``: a file of messages through ingress."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from control.cli.output import Output

_SAVE_EVERY = 100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(feed)


def feed(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="JSON lines: text (or message); ticket_id, message_id, channel optional.")
    ],
    again: Annotated[bool, typer.Option("--again", help="Send lines that were accepted before, too.")] = False,
) -> None:
    """Send a file of messages through ingress; a second call goes on where the first ended.

    Example: mw feed messages.jsonl
    """
    from control import feed as feeding  # noqa: PLC0415  (keeps `mw --help` fast)
    from control.installation import Installation  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415
    from streams.errors import CheckFailed, ConfigurationError  # noqa: PLC0415

    out: Output = ctx.obj
    try:
        raw = file.read_bytes()
    except OSError as exc:
        raise ConfigurationError(f"{file} cannot be read: {exc.strerror}") from None
    settings = Installation(load()).settings_of_running()
    settings.require("ingress_tokens")
    target = feeding.Target(settings.ingress_url, settings.secret_list("ingress_tokens")[0], settings.sandbox_url)
    progress = feeding.Progress.of(raw, settings.home)
    accepted = set() if again else progress.done()
    lines = list(feeding.parse_lines(raw, _slug(file.stem)))
    bad = [line for line in lines if isinstance(line, feeding.BadLine)]
    messages = [line for line in lines if isinstance(line, feeding.Message) and line.number not in accepted]
    for line in bad:
        out.say(f"line {line.number}: {line.why}; not sent")
    if accepted:
        out.say(f"{len(accepted)} lines were accepted before; --again sends them too")
    refused = asyncio.run(_run(out, feeding, messages, target, progress, accepted))
    for sent in refused:
        out.say(f"line {sent.message.number}: {sent.refused}")
    summary = {"accepted": len(messages) - len(refused), "before": len(lines) - len(bad) - len(messages)}
    summary |= {"malformed": len(bad), "refused": len(refused)}
    if out.as_json:
        out.document(summary)
    else:
        out.line(", ".join(f"{count} {what}" for what, count in summary.items()))
    if bad or refused:
        raise CheckFailed(f"{len(bad) + len(refused)} lines were not accepted")


async def _run(out: Output, feeding: Any, messages: Any, target: Any, progress: Any, accepted: set[int]) -> list[Any]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    refused = []
    try:
        with Bar(console=Console(stderr=True), disable=out.as_json) as bar:
            task = bar.add_task("feeding", total=len(messages))
            async for sent in feeding.send(messages, target):
                if sent.refused:
                    refused.append(sent)
                else:
                    accepted.add(sent.message.number)
                bar.advance(task)
                if len(accepted) % _SAVE_EVERY == 0:
                    progress.save(accepted)
    finally:
        progress.save(accepted)
    return refused


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.encode("ascii", "ignore").decode())[:40].strip("-") or "feed"
