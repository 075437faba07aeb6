"""Prints what became of a change of flags; shared by ``mw control set`` and ``mw emergency``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from control.cli.output import Output
from streams.errors import CheckFailed

if TYPE_CHECKING:
    from control.flags import Published


def show(out: Output, published: Published, timeout_s: float) -> None:
    """The answer on stdout. Raises CheckFailed where a running process did not apply and drain in time."""
    if out.as_json:
        out.document(
            {
                "epoch": published.epoch,
                "changes": {c.flag: {"from": c.previous, "to": c.value} for c in published.changes},
                "waited": published.waited,
                "applied_ms": dict(published.applied_ms),
                "drained_ms": dict(published.drained_ms),
                "missing": dict(published.missing),
            }
        )
    else:
        _show_human(out, published)
    if published.missing:
        who = ", ".join(f"{name} ({why})" for name, why in published.missing.items())
        raise CheckFailed(f"epoch {published.epoch} is written, but not acknowledged within {timeout_s:g} s by {who}")


def _show_human(out: Output, published: Published) -> None:
    for change in published.changes:
        until = f" until {change.expires_at:%Y-%m-%d %H:%M:%S}Z, then its safest value" if change.expires_at else ""
        out.line(f"{change.flag}: {shown(change.previous)} -> {shown(change.value)}{until}")
    times = published.drained_ms
    if not published.waited:
        out.line(f"written as epoch {published.epoch}; not waited for")
    elif not times and not published.missing:
        out.line(f"written as epoch {published.epoch}; no process is running")
    elif not published.missing:
        out.line(f"done, on every process, slowest {max(times.values()):.0f} ms (epoch {published.epoch})")
    if times or published.missing:
        names = [*sorted(times, key=lambda name: times[name]), *published.missing]
        rows = [(n, _ms(published.applied_ms, n), _ms(times, n), published.missing.get(n, "done")) for n in names]
        out.table(["process", "applied ms", "drained ms", "state"], rows)


def _ms(times: Mapping[str, float], name: str) -> str:
    return f"{times[name]:.0f}" if name in times else "-"


def shown(value: object) -> str:
    """A flag's value as operators read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return "none" if value in (None, "") else str(value)
