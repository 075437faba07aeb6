"""The helpdesk's memory: tickets, comments, tags. A pure state machine: no I/O, no clock, no HTTP.

What the vendor's documents leave open is decided here once: lists are ordered by last change, newest first, so offset
pages shift while somebody reads them; a ticket closes only on the one payload that is known to close it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MAX_TICKETS: Final = 100_000
MAX_COMMENTS: Final = 1_000
"""What the sandbox holds at most; beyond it, it refuses, so that no test reads a state that silently lost something."""


class SandboxRefusal(Exception):
    """The sandbox does not do what was asked; ``status`` is the HTTP status, the message says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewComment(_Spec):
    """A comment to be created. ``plain_body`` left out: the same as ``body``. ``id`` left out: a new one."""

    id: str | None = Field(None, min_length=1, max_length=200)
    body: str = Field(max_length=200_000)
    plain_body: str | None = Field(None, max_length=200_000)
    from_customer: bool = True
    attachments: tuple[str, ...] = Field((), max_length=20)
    author_id: str | None = Field(None, max_length=200)
    created_at: AwareDatetime | None = None


class NewContact(_Spec):
    """What the helpdesk knows of the customer, as it shows it."""

    name: str = Field("", max_length=200)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    address: str = Field("", max_length=300)


class NewTicket(_Spec):
    """A conversation to be created. ``customer`` is the address it came from, ``contact`` the record of who that is;
    ``order`` the order linked to it."""

    id: str | None = Field(None, pattern=r"^[^/\s]{1,128}$")
    subject: str = Field("", max_length=2_000)
    channel: str = Field("email", max_length=64)
    customer: str = Field("", max_length=200)
    contact: NewContact | None = None
    status: str = Field("OPEN", pattern="^(OPEN|CLOSED|SNOOZED)$")
    tags: tuple[str, ...] = Field((), max_length=200)
    comments: tuple[NewComment, ...] = Field((), max_length=MAX_COMMENTS)
    order: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SandboxComment:
    """One message of a ticket."""

    id: str
    body: str
    plain_body: str
    from_customer: bool
    attachments: tuple[str, ...]
    author_id: str | None
    created_at: datetime


@dataclass(slots=True)
class SandboxTicket:
    """One conversation. ``tags`` keeps the order in which they were added (a dict as an ordered set)."""

    id: str
    subject: str
    channel: str
    customer: str
    status: str
    created_at: datetime
    updated_at: datetime
    priority: str = "LOW"
    assignee_id: str | None = None
    order: dict[str, Any] | None = None
    contact: NewContact | None = None
    tags: dict[str, None] = field(default_factory=dict)
    comments: list[SandboxComment] = field(default_factory=list)


class HelpdeskState:
    """All tickets, in the order of their last change. Methods raise SandboxRefusal for what cannot be done."""

    def __init__(self, max_tickets: int = MAX_TICKETS) -> None:
        self._max_tickets = max_tickets
        self._tickets: OrderedDict[str, SandboxTicket] = OrderedDict()
        self._made = 0
        self.tag_counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._tickets)

    def get(self, ticket_id: str) -> SandboxTicket:
        """The ticket. Raises SandboxRefusal 404."""
        try:
            return self._tickets[ticket_id]
        except KeyError:
            raise SandboxRefusal(404, "no such ticket") from None

    def newest_first(self, status: str | None = None) -> Iterator[SandboxTicket]:
        """Tickets by last change, newest first, those of ``status`` only where one is given."""
        return (t for t in reversed(self._tickets.values()) if status is None or t.status == status)

    def page(self, page: int, per_page: int, status: str | None) -> tuple[list[SandboxTicket], int | None]:
        """Page ``page`` (from 1) of at most ``per_page`` tickets, and the number of the next page or None."""
        start = (page - 1) * per_page
        found = list(islice(self.newest_first(status), start, start + per_page + 1))
        return found[:per_page], page + 1 if len(found) > per_page else None

    def create(self, new: NewTicket, now: datetime) -> tuple[SandboxTicket, bool]:
        """The ticket with ``new.id``, made unless it was there; its comments are added unless they were there."""
        known = self._tickets.get(new.id) if new.id else None
        if known is not None:
            for comment in new.comments:
                self.comment(known.id, comment, now)
            return known, False
        if len(self._tickets) >= self._max_tickets:
            raise SandboxRefusal(507, f"the sandbox holds {self._max_tickets} tickets and takes no more; restart it")
        ticket = SandboxTicket(
            id=new.id or self._fresh("conv"),
            subject=new.subject,
            channel=new.channel,
            customer=new.customer,
            status=new.status,
            created_at=now,
            updated_at=now,
            order=new.order,
            contact=new.contact,
        )
        self._tickets[ticket.id] = ticket
        for comment in new.comments:
            ticket.comments.append(self._comment(comment, now))
        self.add_tags(ticket.id, new.tags, now)
        return ticket, True

    def comment(self, ticket_id: str, new: NewComment, now: datetime) -> SandboxComment:
        """Add a comment, once per comment id. A customer who writes again opens a closed ticket."""
        ticket = self.get(ticket_id)
        for known in ticket.comments:
            if new.id is not None and known.id == new.id:
                return known
        if len(ticket.comments) >= MAX_COMMENTS:
            raise SandboxRefusal(413, f"a ticket holds {MAX_COMMENTS} comments at most")
        comment = self._comment(new, now)
        ticket.comments.append(comment)
        if comment.from_customer:
            ticket.status = "OPEN"
        self._touch(ticket, now)
        return comment

    def add_tags(self, ticket_id: str, tags: Sequence[str], now: datetime) -> bool:
        """Add ``tags``; True where one of them was new."""
        ticket = self.get(ticket_id)
        new = [tag for tag in dict.fromkeys(tags) if tag not in ticket.tags]
        ticket.tags.update(dict.fromkeys(new))
        self.tag_counts.update(new)
        return self._touch(ticket, now) if new else False

    def remove_tags(self, ticket_id: str, tags: Sequence[str], now: datetime) -> bool:
        """Remove ``tags``; True where one of them was there."""
        ticket = self.get(ticket_id)
        gone = [tag for tag in dict.fromkeys(tags) if tag in ticket.tags]
        for tag in gone:
            del ticket.tags[tag]
        self.tag_counts.subtract(gone)
        self.tag_counts += Counter()  # drops what fell to 0
        return self._touch(ticket, now) if gone else False

    def update(self, ticket_id: str, changes: Mapping[str, Any], now: datetime) -> bool:
        """A partial update; True where something changed. CLOSED alone, without state "closed", closes nothing."""
        ticket = self.get(ticket_id)
        before = (ticket.status, ticket.priority, ticket.subject, ticket.assignee_id)
        status = changes.get("status")
        if status in ("OPEN", "SNOOZED") or (status == "CLOSED" and changes.get("state") == "closed"):
            ticket.status = status
        for name in ("priority", "subject"):
            if isinstance(changes.get(name), str):
                setattr(ticket, name, changes[name])
        if "assignee_id" in changes:
            ticket.assignee_id = None if changes["assignee_id"] is None else str(changes["assignee_id"])
        changed = before != (ticket.status, ticket.priority, ticket.subject, ticket.assignee_id)
        return self._touch(ticket, now) if changed else False

    def _touch(self, ticket: SandboxTicket, now: datetime) -> bool:
        ticket.updated_at = now
        self._tickets.move_to_end(ticket.id)
        return True

    def _comment(self, new: NewComment, now: datetime) -> SandboxComment:
        return SandboxComment(
            id=new.id or self._fresh("msg"),
            body=new.body,
            plain_body=new.body if new.plain_body is None else new.plain_body,
            from_customer=new.from_customer,
            attachments=new.attachments,
            author_id=new.author_id,
            created_at=new.created_at or now,
        )

    def _fresh(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"
