"""The vendor's endpoints over the sandbox's state: pure functions from a request to an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from connectors.sandbox.state import HelpdeskState, NewComment, SandboxComment, SandboxRefusal, SandboxTicket

MAX_PER_PAGE: Final = 100
AGENT_ID: Final = "agent-1"
TEAMS: Final = (
    "Chargebacks / Disputes Team",
    "Leadership Team",
    "Email Support Team",
    "Returns Admin",
    "Technical Support Team",
    "Phone Support Team",
    "TikTok Support",
    "Social Media Team",
    "Sales Team",
    "LiveChat Support",
    "Backend Team",
)
CHANNELS: Final = ("email", "messenger", "facebook_message", "instagram", "tiktok", "whatsapp", "phone")


@dataclass(frozen=True)
class Call:
    """A request, decoded. ``names`` are the parts of the path that vary."""

    state: HelpdeskState
    names: tuple[str, ...]
    query: Mapping[str, str]
    body: Any
    now: datetime


@dataclass(frozen=True)
class Reply:
    """An answer. ``applied``: a write was carried out; ``changed``: it made a difference."""

    document: Any
    status: int = 200
    applied: bool = False
    changed: bool = False


def answer(state: HelpdeskState, method: str, path: str, call: tuple[Mapping[str, str], Any, datetime]) -> Reply:
    """The reply to ``method`` ``path`` (without ``/v1``) with (query, JSON body, now). Never raises."""
    query, body, now = call
    allowed = False
    for known_method, pattern, handler in _ROUTES:
        if found := pattern.fullmatch(path):
            allowed = True
            if known_method == method:
                try:
                    return handler(Call(state, found.groups(), query, body, now))
                except SandboxRefusal as refusal:
                    return Reply({"error": str(refusal)}, refusal.status)
    return Reply({"error": "method not allowed" if allowed else "no such endpoint"}, 405 if allowed else 404)


def ticket_document(ticket: SandboxTicket) -> dict[str, Any]:
    """A ticket as the vendor shows it."""
    return {
        "id": ticket.id,
        "created_at": _iso(ticket.created_at),
        "updated_at": _iso(ticket.updated_at),
        "status": ticket.status,
        "priority": ticket.priority,
        "subject": ticket.subject,
        "recipient": "support@shop.example",
        "assignee_id": ticket.assignee_id,
        "organization_id": None,
        "via": {
            "channel": ticket.channel,
            "source": {"from": {"address": ticket.customer}, "to": {"address": "support@shop.example"}},
        },
        **({"customer": ticket.contact.model_dump()} if ticket.contact else {}),
        "comments": [_comment_document(comment, ticket.channel) for comment in ticket.comments],
        "url": f"https://helpdesk.example/conversations/{ticket.id}",
        "tags": list(ticket.tags),
    }


def _comment_document(comment: SandboxComment, channel: str) -> dict[str, Any]:
    return {
        "id": comment.id,
        "type": "Comment",
        "body": comment.body,
        "plain_body": comment.plain_body,
        "author_id": comment.author_id,
        "created_at": _iso(comment.created_at),
        "attachments": [{"name": name} for name in comment.attachments],
        "via": {"channel": channel, "isOperator": not comment.from_customer},
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _list_tickets(call: Call) -> Reply:
    page, per_page = _number(call.query, "page", 1), _number(call.query, "per_page", MAX_PER_PAGE)
    if per_page > MAX_PER_PAGE:
        raise SandboxRefusal(400, f"per_page is {MAX_PER_PAGE} at most")
    tickets, following = call.state.page(page, per_page, call.query.get("status"))
    return Reply({"ticket": [ticket_document(ticket) for ticket in tickets], "next_page": following})


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    raw = query.get(name, str(default))
    if not (raw.isascii() and raw.isdigit() and 0 < len(raw) < 10 and int(raw) > 0):
        raise SandboxRefusal(400, f"{name} is a whole number from 1 on")
    return int(raw)


def _read_ticket(call: Call) -> Reply:
    return Reply({"ticket": ticket_document(call.state.get(call.names[0]))})


def _update_ticket(call: Call) -> Reply:
    changes = _object(call.body).get("ticket")
    changed = call.state.update(call.names[0], _object(changes), call.now)
    return Reply({"ticket": ticket_document(call.state.get(call.names[0]))}, applied=True, changed=changed)


def _tag(change: Callable[[HelpdeskState], Callable[[str, list[str], datetime], bool]]) -> Callable[[Call], Reply]:
    def handle(call: Call) -> Reply:
        tags = _object(call.body).get("tags")
        if not (isinstance(tags, list) and all(isinstance(tag, str) and 0 < len(tag) <= 200 for tag in tags)):
            raise SandboxRefusal(400, "tags is a list of names")
        changed = change(call.state)(call.names[0], tags, call.now)
        return Reply({"ticket": ticket_document(call.state.get(call.names[0]))}, applied=True, changed=changed)

    return handle


def _send_message(call: Call) -> Reply:
    message = _object(call.body)
    text, author = message.get("body"), message.get("author_id")
    if not (isinstance(text, str) and text):
        raise SandboxRefusal(400, "body is missing")
    if author != AGENT_ID:
        raise SandboxRefusal(400, "author_id is no agent's")
    new = NewComment(body=text, from_customer=False, author_id=author)  # without an id: sent twice is there twice
    call.state.comment(call.names[0], new, call.now)
    return Reply({"ticket": ticket_document(call.state.get(call.names[0]))}, applied=True, changed=True)


def _linked_order(call: Call) -> Reply:
    order = call.state.get(call.names[0]).order or {}
    return Reply({key: order[key] for key in ("orderId", "appClientId") if key in order})


def _order(call: Call) -> Reply:
    client, number = call.names
    for ticket in call.state.newest_first():
        order = ticket.order
        if order and str(order.get("appClientId")) == client and str(order.get("orderId")) == number:
            return Reply(order)
    raise SandboxRefusal(404, "no such order")


def _teams(_: Call) -> Reply:
    return Reply({"team": [{"id": f"team-{n}", "name": name} for n, name in enumerate(TEAMS, 1)]})


def _tags(call: Call) -> Reply:
    return Reply({"tag": [{"id": name, "name": name} for name in sorted(call.state.tag_counts)]})


def _users(_: Call) -> Reply:
    return Reply({"users": [{"id": AGENT_ID, "name": "Middleware", "role": "agent"}]})


def _channels(_: Call) -> Reply:
    return Reply({"channels": [{"id": name, "name": name} for name in CHANNELS]})


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SandboxRefusal(400, "a JSON object is expected")
    return value


_TICKET: Final = r"/tickets/([^/]+)"
_ROUTES: Final[tuple[tuple[str, re.Pattern[str], Callable[[Call], Reply]], ...]] = (
    ("GET", re.compile("/tickets"), _list_tickets),
    ("GET", re.compile(_TICKET), _read_ticket),
    ("PUT", re.compile(_TICKET), _update_ticket),
    ("PUT", re.compile(_TICKET + "/add-tags"), _tag(lambda state: state.add_tags)),
    ("PUT", re.compile(_TICKET + "/remove-tags"), _tag(lambda state: state.remove_tags)),
    ("PUT", re.compile(_TICKET + "/send-message"), _send_message),
    ("GET", re.compile("/order/([^/]+)"), _linked_order),
    ("GET", re.compile("/order/([^/]+)/([^/]+)"), _order),
    ("GET", re.compile("/teams"), _teams),
    ("GET", re.compile("/tags"), _tags),
    ("GET", re.compile("/users"), _users),
    ("GET", re.compile("/channel"), _channels),
)
