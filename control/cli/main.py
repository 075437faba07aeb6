"""``mw``: the one command. Each command lives in a file of its own; errors of ours become one line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from control.cli import (
    classify,
    control,
    dead,
    decide,
    emergency,
    explain,
    feed,
    kafka,
    lag,
    playbook,
    sandbox,
    sanitize,
    secrets,
    settings,
    topics,
    up,
    worker,
)
from control.cli.output import Output
from streams.errors import MiddlewareError

app = typer.Typer(
    name="mw",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON on stdout.")] = False,
) -> None:
    """Tickets in, decisions out, every lever answers. Exit codes: 0 done, 1 check failed, 2 usage, 3 unreachable."""
    ctx.obj = Output(as_json=as_json)


for module in (
    up,
    feed,
    control,
    emergency,
    lag,
    explain,
    dead,
    topics,
    kafka,
    sandbox,
    worker,
    sanitize,
    classify,
    decide,
    playbook,
    secrets,
    settings,
):
    module.register(app)


def main() -> None:
    """Run ``mw`` and end the process with its exit code."""
    try:
        sys.exit(app(prog_name="mw", standalone_mode=False))
    except MiddlewareError as exc:
        sys.stderr.write(f"mw: {exc}\n")
        sys.exit(exc.exit_code)
    except typer.Abort:
        sys.exit(1)
    except Exception as exc:
        if not hasattr(exc, "format_message"):  # Typer keeps the class of its usage errors to itself
            raise
        sys.exit(_say_misuse(exc))


def _say_misuse(exc: Any) -> int:
    """One line on stderr (the whole help where a group was called without a command); the exit code."""
    if type(exc).__name__ == "NoArgsIsHelpError":
        exc.show()
        return int(exc.exit_code)
    words = " ".join(exc.format_message().split()).replace(": Value error, ", ": ").rstrip(".")
    command = exc.ctx.command_path if exc.ctx else "mw"
    sys.stderr.write(f"mw: {words}; see `{command} --help`\n")
    return int(exc.exit_code)
