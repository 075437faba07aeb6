"""``mw lag``: how far each stage is behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from control.cli.output import Output

if TYPE_CHECKING:
    from control.lag_reader import LagReader, Sight
    from control.lag_workers import StageWorkers

_CHANGES_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(lag)


def lag(
    ctx: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew each second until Ctrl-C.")] = False,
    max_age: Annotated[float, typer.Option(min=0, help="Seconds the oldest waiting record may be old.")] = 60.0,
    partitions: Annotated[bool, typer.Option("--partitions", help="A line per partition.")] = False,
) -> None:
    """Records that wait, the age of the oldest, and who works on them; exit 1 above --max-age or where data is lost.

    PAUSED_BY_SWITCH: act waits because outbound is switched off, or cannot be proven to be on. Unassigned: partitions
    that no running worker has. With --watch the last changes of who has what are listed below.

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
        sight = lags.look(max_age)
    _show(out, sight, partitions=partitions)
    why = complaints(sight.lags, max_age)
    if why:
        raise CheckFailed("; ".join(why))


def _watch(out: Output, lags: LagReader, max_age: float, *, partitions: bool) -> None:
    import sys  # noqa: PLC0415
    import time  # noqa: PLC0415
    from collections import deque  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from control.lag_workers import changes  # noqa: PLC0415
    from streams.clock import SYSTEM_CLOCK  # noqa: PLC0415
    from streams.errors import DependencyError  # noqa: PLC0415

    before: Sequence[StageWorkers] = ()
    changed: deque[str] = deque(maxlen=_CHANGES_SHOWN)
    try:
        while True:
            try:
                sight = lags.look(max_age)
                changed.extend(f"{SYSTEM_CLOCK.now():%H:%M:%S}Z {line}" for line in changes(before, sight.workers))
                before = sight.workers
                if sys.stdout.isatty() and not out.as_json:
                    Console().clear()
                _show(out, sight, partitions=partitions, changed=changed)
            except DependencyError as exc:  # it may come back: watching goes on
                out.say(f"mw: {exc}")
            time.sleep(1.0)
    except KeyboardInterrupt:
        return


def _show(out: Output, sight: Sight, *, partitions: bool, changed: Iterable[str] = ()) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    from control.lag import summarize  # noqa: PLC0415

    if out.as_json:
        out.document(
            {
                "stages": [asdict(s) for s in summarize(sight.lags)],
                "partitions": [asdict(p) for p in sight.lags],
                "workers": [asdict(w) for w in sight.workers],
                "changes": list(changed),
            }
        )
        return
    if partitions:
        _show_partitions(out, sight)
    else:
        _show_stages(out, sight)
    for line in changed:
        out.line(line)


def _show_partitions(out: Output, sight: Sight) -> None:
    owner = {each.stage: each.owner for each in sight.workers}
    out.table(
        ["stage", "partition", "committed", "end", "lag", "oldest", "status", "worker", "note"],
        [
            (
                p.stage.value,
                p.partition,
                _number(p.committed),
                p.end,
                _number(p.lag),
                _age(p.age_s),
                p.status,
                owner[p.stage](p.partition) or "nobody",
                p.note,
            )
            for p in sight.lags
        ],
    )


def _show_stages(out: Output, sight: Sight) -> None:
    from control.lag import summarize  # noqa: PLC0415
    from control.lag_workers import ranges  # noqa: PLC0415

    shares = {each.stage: each for each in sight.workers}
    out.table(
        ["stage", "lag", "oldest", "status", "behind", "workers", "unassigned", "note"],
        [
            (
                s.stage.value,
                _number(s.lag),
                _age(s.age_s),
                s.status,
                f"{s.behind} of {s.partitions}",
                len(shares[s.stage].workers),
                ranges(shares[s.stage].unassigned) if shares[s.stage].unassigned else "-",
                s.note,
            )
            for s in summarize(sight.lags)
        ],
    )
    rows = [
        (each.stage.value, name, ranges(partitions))
        for each in sight.workers
        for name, partitions in each.workers.items()
    ]
    if rows:
        out.table(["stage", "worker", "partitions"], rows)


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _age(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
