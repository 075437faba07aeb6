"""``mw lag``: how far each stage is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.lag import PartitionLag
    from control.lag_reader import LagReader


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(lag)


def lag(
    ctx: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew each second until Ctrl-C.")] = False,
    max_age: Annotated[float, typer.Option(min=0, help="Seconds the oldest waiting record may be old.")] = 60.0,
    partitions: Annotated[bool, typer.Option("--partitions", help="A line per partition.")] = False,
) -> None:
    """Records that wait, and the age of the oldest, per stage; exit 1 above --max-age or where data is lost.

    PAUSED_BY_SWITCH: act waits because outbound is switched off, or cannot be proven to be on.

    Example: mw lag --max-age 120
    """
    from control.cli.common import settings  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)
    from control.lag import complaints  # noqa: PLC0415
    from control.lag_reader import LagReader  # noqa: PLC0415
    from streams.errors import CheckFailed  # noqa: PLC0415

    out: Output = ctx.obj
    with LagReader(settings()) as lags:
        if watch:
            _watch(out, lags, max_age, partitions=partitions)
            return
        found = lags.judged(max_age)
    _show(out, found, partitions=partitions)
    why = complaints(found, max_age)
    if why:
        raise CheckFailed("; ".join(why))


def _watch(out: Output, lags: LagReader, max_age: float, *, partitions: bool) -> None:
    import sys  # noqa: PLC0415
    import time  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from streams.errors import DependencyError  # noqa: PLC0415

    try:
        while True:
            try:
                found = lags.judged(max_age)
                if sys.stdout.isatty() and not out.as_json:
                    Console().clear()
                _show(out, found, partitions=partitions)
            except DependencyError as exc:  # it may come back: watching goes on
                out.say(f"mw: {exc}")
            time.sleep(1.0)
    except KeyboardInterrupt:
        return


def _show(out: Output, found: list[PartitionLag], *, partitions: bool) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    from control.lag import summarize  # noqa: PLC0415

    if out.as_json:
        out.document({"stages": [asdict(s) for s in summarize(found)], "partitions": [asdict(p) for p in found]})
    elif partitions:
        out.table(
            ["stage", "partition", "committed", "end", "lag", "oldest", "status", "note"],
            [
                (
                    p.stage.value,
                    p.partition,
                    _number(p.committed),
                    p.end,
                    _number(p.lag),
                    _age(p.age_s),
                    p.status,
                    p.note,
                )
                for p in found
            ],
        )
    else:
        out.table(
            ["stage", "lag", "oldest", "status", "behind", "note"],
            [
                (s.stage.value, _number(s.lag), _age(s.age_s), s.status, f"{s.behind} of {s.partitions}", s.note)
                for s in summarize(found)
            ],
        )


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _age(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
