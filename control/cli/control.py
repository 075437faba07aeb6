"""``mw control``: look at flags, set them, see who changed what, and which process has applied it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output
from control.cli.published import show, shown

if TYPE_CHECKING:
    from control.acks import Process
    from streams.control import ControlState

control = typer.Typer(no_args_is_help=True, help="Flags: get, set, history, status.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(control, name="control")


@control.command()
def get(
    ctx: typer.Context, name: Annotated[str | None, typer.Argument(metavar="[FLAG]", help="One flag.")] = None
) -> None:
    """The values in force, and since when, by whom and why.

    Example: mw control get safe_mode
    """
    from control.cli.common import settings  # noqa: PLC0415  (heavy imports stay inside, so that --help is fast)
    from control.flags import read_state  # noqa: PLC0415
    from streams.clock import SYSTEM_CLOCK  # noqa: PLC0415
    from streams.control import FLAGS, flag  # noqa: PLC0415

    out: Output = ctx.obj
    if name is not None:
        flag(name)
    state, now = read_state(settings()), SYSTEM_CLOCK.now()
    names = [name] if name is not None else [*FLAGS, *sorted(set(state.records) - set(FLAGS))]
    together = {} if out.as_json or name is not None else _all_on(state, names, now)
    names = [each for each in names if not each.startswith(tuple(together))]
    rows = [_row(state, each, now, as_json=out.as_json) for each in names]
    rows += [[f"{family}*", f"{together[family]} switches, all on", "set", "", "", "", ""] for family in together]
    out.table(["flag", "value", "source", "since", "author", "reason", "expires"], rows)


def _all_on(state: ControlState, names: list[str], now: datetime) -> dict[str, int]:
    """Families of switches that are all on, with their size: one line for each is enough for people."""
    from streams.control import INTENT_SWITCH, TEMPLATE_SWITCH  # noqa: PLC0415

    members = {family: [n for n in names if n.startswith(family)] for family in (INTENT_SWITCH, TEMPLATE_SWITCH)}
    return {family: len(each) for family, each in members.items() if each and all(state.get(n, now) for n in each)}


def _row(state: ControlState, name: str, now: datetime, *, as_json: bool) -> list[Any]:
    record, value = state.records.get(name), state.get(name, now)
    if record is None:
        return [name, value if as_json else shown(value), "safest, not set", "", "", "", ""]
    expired = record.expires_at is not None and record.expires_at <= now
    source = "safest, expired" if expired else "set"
    if as_json:
        return [name, value, source, record.at, record.author, record.reason, record.expires_at]
    return [name, shown(value), source, _time(record.at), record.author, record.reason, _time(record.expires_at)]


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else ""


@control.command("set")
def set_flags(
    ctx: typer.Context,
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="Flags and their new values.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log. Needed.")] = "",
    ttl: Annotated[
        str, typer.Option(help="After this (30m, 2h) the flag takes its safest value, not its old one.")
    ] = "",
    author: Annotated[str, typer.Option(help="Who; the account that runs this where not given.")] = "",
    wait: Annotated[bool, typer.Option(help="Wait until every running process has applied it.")] = True,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds to wait.")] = 10.0,
) -> None:
    """Set flags on every process; those that tighten go first.

    Values: true/false or on/off, numbers, names, comma lists for channels.

    Example: mw control set safe_mode=true --reason "wrong replies seen"
    """
    from control.cli.arguments import assignments, duration, operator  # noqa: PLC0415
    from control.cli.common import settings  # noqa: PLC0415
    from control.flags import publish_flags  # noqa: PLC0415

    published = publish_flags(
        settings(),
        assignments(values),
        author=author or operator(),
        reason=reason,
        ttl=duration(ttl) if ttl else None,
        wait=wait,
        timeout_s=timeout,
    )
    show(ctx.obj, published, timeout)


@control.command()
def history(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[FLAG]", help="One flag.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many changes, the newest ones.")] = 50,
) -> None:
    """Who changed what, when, why, from what to what; the newest last.

    Example: mw control history safe_mode
    """
    from collections import deque  # noqa: PLC0415

    from control.cli.common import settings  # noqa: PLC0415
    from control.flags import read_history  # noqa: PLC0415

    out: Output = ctx.obj
    columns = ["at", "flag", "from", "to", "author", "reason", "expires"]
    rows = [
        [r.at, r.flag, r.previous, r.value, r.author, r.reason, r.expires_at]
        if out.as_json
        else [_time(r.at), r.flag, shown(r.previous), shown(r.value), r.author, r.reason, _time(r.expires_at)]
        for r in deque(read_history(settings(), name), maxlen=limit)
    ]
    out.table(columns, rows)


@control.command()
def status(ctx: typer.Context) -> None:
    """Each process: its stage, the epochs it has applied and drained, whether it is stale, its partitions, its age.

    A process that stopped without saying so is listed as silent for ten minutes.

    Example: mw control status
    """
    from control.acks import processes  # noqa: PLC0415
    from control.cli.common import settings  # noqa: PLC0415
    from control.flags import read_state  # noqa: PLC0415
    from streams.clock import SYSTEM_CLOCK  # noqa: PLC0415

    out: Output = ctx.obj
    used = settings()
    epoch = read_state(used).epoch
    found = processes(used, look_back_s=600)
    now = SYSTEM_CLOCK.now()
    rows = sorted((_process_row(name, each, now) for name, each in found.items()), key=lambda row: (row[1], row[0]))
    if not out.as_json:
        out.line(f"newest epoch {epoch}; " + (f"{len(rows)} processes" if rows else "no process is running"))
    if rows or out.as_json:
        out.table(["process", "stage", "epoch", "drained", "flags", "partitions", "age_s", "state"], rows)


def _process_row(name: str, process: Process, now: datetime) -> list[Any]:
    flags, state = "stale" if process.said.stale else "fresh", "running" if process.is_live(now) else "silent"
    said = process.said
    partitions = ",".join(map(str, said.partitions)) or "-"
    return [name, said.stage, said.epoch, said.drained, flags, partitions, round(process.age_s(now), 1), state]
