"""What the outside told us, in our own words: the values that ports exchange. Held in memory for one call only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from streams.reasons import Channel


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


CONTACT_LENGTH = 300
"""Characters of a contact's field that are kept; an e-mail address has 254 at most."""


class Contact(_Fact):
    """Whom a conversation is with, as the helpdesk knows them; empty where it does not say. Its repr shows nothing."""

    name: str = Field("", repr=False)
    email: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    address: str = Field("", repr=False)


NOBODY = Contact()


def as_contact(value: Any) -> Contact:
    """The contact in decoded JSON (``name``, ``email``, ``phone``, ``address``). What is odd or missing is empty: it
    helps to redact, and is no reason to lose a ticket."""
    fields = value if isinstance(value, dict) else {}
    texts = {name: fields[name] for name in Contact.model_fields if isinstance(fields.get(name), str)}
    return Contact(**{name: text.strip()[:CONTACT_LENGTH] for name, text in texts.items()})


class Comment(_Fact):
    """One message in a conversation. ``html`` and ``text`` may hold personal data; ``attachments``: how many."""

    id: str
    text: str
    html: str
    from_customer: bool
    created_at: datetime
    attachments: int = 0


class Conversation(_Fact):
    """A helpdesk ticket as read just now. ``comments`` are in the order they were written. ``sender``: the e-mail
    address that it came from, which is not the one that a record of the customer holds; empty where it came otherwise.
    """

    id: str
    status: str  # OPEN, CLOSED or SNOOZED
    channel: Channel
    subject: str
    tags: frozenset[str]
    assignee_id: str | None
    comments: tuple[Comment, ...]
    contact: Contact = NOBODY
    sender: str = Field("", repr=False)

    def customer_message(self, message_id: str | None) -> Comment | None:
        """The customer's comment with that id; without an id the newest customer comment; None if there is none."""
        mine = [c for c in self.comments if c.from_customer and (message_id is None or c.id == message_id)]
        return mine[-1] if mine else None


class Tracking(_Fact):
    """A parcel of an order."""

    number: str = Field("", repr=False)
    company: str = ""
    url: str = Field("", repr=False)


class Order(_Fact):
    """An order of the shop as read just now. ``name`` is what customers call its number ("#1001"), ``email`` the
    address it was placed with."""

    name: str = Field(repr=False)
    email: str = Field("", repr=False)
    created_at: datetime | None = None
    cancelled: bool = False
    delivered: bool = False
    status: str = ""  # in the shop's words: fulfilled, unfulfilled, partially fulfilled
    method: str = ""  # the title of the shipping method
    trackings: tuple[Tracking, ...] = ()
