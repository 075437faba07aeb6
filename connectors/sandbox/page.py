"""The sandbox's page for people: what the helpdesk holds, and who asked for what. Everything on it is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from connectors.sandbox.journal import Entry, Journal
from connectors.sandbox.state import HelpdeskState, SandboxTicket

TICKETS_SHOWN: Final = 50
REQUESTS_SHOWN: Final = 50
REFRESH_S: Final = 5

_STYLE: Final = """
:root{color-scheme:light dark;--line:#d8dce2;--soft:#667080;--tag:#e8eef8;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--line:#3a4048;--soft:#98a2b0;--tag:#2a3546;--bad:#ff8a80}}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0;color:var(--soft)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;min-width:56rem}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}td.n,th.n{text-align:right}code{font-size:.9em;overflow-wrap:anywhere}td>code{display:inline-block;min-width:9rem}
.tag{display:inline-block;background:var(--tag);border-radius:.3rem;padding:0 .4rem;margin:0 .3rem .2rem 0}
.bad{color:var(--bad)}
"""


def render(state: HelpdeskState, journal: Journal) -> str:
    """The page as HTML: the newest tickets with their tags, and the last requests."""
    tickets = [ticket for ticket, _ in zip(state.newest_first(), range(TICKETS_SHOWN), strict=False)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="{REFRESH_S}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Sandbox helpdesk</title><style>{_STYLE}</style></head><body>"
        "<h1>Sandbox helpdesk</h1>"
        f"<p>{len(state):,} tickets, {journal.last_seq:,} requests, {journal.applied:,} writes applied. "
        f"Renewed every {REFRESH_S} seconds. Nothing here reaches a customer.</p>"
        + _table(
            f"Tickets, last changed first (at most {TICKETS_SHOWN})",
            ("Ticket", "Status", "Channel", "Subject", "n:Messages", "Tags"),
            (_ticket_row(ticket) for ticket in tickets),
        )
        + _table(
            f"Last requests (at most {REQUESTS_SHOWN})",
            ("n:No.", "Time (UTC)", "Request", "n:Answer", "Write", "Fault"),
            (_request_row(entry) for entry in journal.newest(REQUESTS_SHOWN)),
        )
        + "</body></html>"
    )


def _table(title: str, columns: tuple[str, ...], rows: Iterable[str]) -> str:
    head = "".join(f'<th class="n">{c[2:]}</th>' if c.startswith("n:") else f"<th>{c}</th>" for c in columns)
    body = "".join(rows) or f'<tr><td colspan="{len(columns)}"><p>None yet.</p></td></tr>'
    return f'<h2>{title}</h2><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _ticket_row(ticket: SandboxTicket) -> str:
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in ticket.tags)
    return (
        f"<tr><td><code>{escape(ticket.id)}</code></td><td>{escape(ticket.status)}</td>"
        f"<td>{escape(ticket.channel)}</td><td>{escape(ticket.subject)}</td>"
        f'<td class="n">{len(ticket.comments)}</td><td>{tags}</td></tr>'
    )


def _request_row(entry: Entry) -> str:
    bad = ' class="n bad"' if entry.status == 0 or entry.status >= 400 else ' class="n"'
    write = "changed" if entry.changed else "applied, no change" if entry.applied else ""
    return (
        f'<tr><td class="n">{entry.seq}</td><td>{entry.at:%H:%M:%S}.{entry.at.microsecond // 1000:03d}</td>'
        f"<td><code>{escape(entry.method)} {escape(entry.path)}</code></td>"
        f"<td{bad}>{entry.status or 'none'}</td><td>{write}</td><td>{escape(entry.fault or '')}</td></tr>"
    )
