"""What the helpdesk's JSON means, read leniently: odd or missing fields cost their value, never the ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from connectors.lenient import moment, objects, text, things
from streams.facts import CONTACT_LENGTH, Comment, Contact, Conversation
from streams.reasons import Channel

# Values of via.channel: email, messenger (the shop's own chat widget), facebook_message, instagram, aircall, phone and
# whatsapp are what public integrations name (2026-11); the others are spellings seen in tenants' own forms.
_CHANNELS: Final = {
    "email": Channel.EMAIL,
    "livechat": Channel.LIVECHAT,
    "chat": Channel.LIVECHAT,
    "messenger": Channel.LIVECHAT,
    "facebook": Channel.SOCIAL,
    "facebookmessage": Channel.SOCIAL,
    "facebookmessenger": Channel.SOCIAL,
    "instagram": Channel.SOCIAL,
    "twitter": Channel.SOCIAL,
    "whatsapp": Channel.SOCIAL,
    "social": Channel.SOCIAL,
    "tiktok": Channel.TIKTOK,
    "phone": Channel.PHONE,
    "aircall": Channel.PHONE,
    "sms": Channel.PHONE,
}
_LEAST_PHONE_DIGITS: Final = 7
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotATicket(Exception):
    """The answer holds no ticket. The message names fields, never values."""


def channel_of(name: str) -> Channel:
    """Our channel for the vendor's ``name``, whatever its case and separators; UNKNOWN is never automated."""
    return _CHANNELS.get("".join(c for c in name.casefold() if c.isalnum()), Channel.UNKNOWN)


def conversation(answer: Any) -> Conversation:
    """The conversation in the JSON of ``GET /tickets/{id}``. Raises NotATicket."""
    try:
        ticket = _Answer.model_validate(answer).ticket
    except ValidationError as exc:
        what = ", ".join(f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['type']}" for e in exc.errors()[:3])
        raise NotATicket(what) from None
    comments = list(ticket.comments)
    if all(c.created_at is not None for c in comments):
        comments.sort(key=lambda c: c.created_at or _EPOCH)
    return Conversation(
        id=ticket.id,
        status=ticket.status.upper(),
        channel=channel_of(ticket.via.channel),
        subject=ticket.subject,
        tags=frozenset(tag for tag in ticket.tags if tag),
        assignee_id=ticket.assignee_id or None,
        comments=tuple(c.as_fact(number) for number, c in enumerate(comments, 1)),
        contact=_contact(ticket.via.source.sender, ticket.customer),
        sender=parseaddr(text(ticket.via.source.sender.address))[1],
    )


def _contact(sender: _Person, customer: _Person) -> Contact:
    """The customer, from what the sender's mail or phone shows and from the record, which knows more."""
    address = text(sender.address)
    shown, written = parseaddr(address) if "@" in address else ("", "")
    by_phone = not written and sum(map(str.isdigit, address)) >= _LEAST_PHONE_DIGITS
    return Contact(
        name=_first(customer.name, f"{customer.first_name} {customer.last_name}", sender.name, shown),
        email=_first(customer.email, sender.email, written),
        phone=_first(customer.phone, sender.phone, address if by_phone else ""),
        address=_lines(customer.address),
    )


def _first(*values: str) -> str:
    """The first that says anything, cut to what is kept."""
    return next((value.strip()[:CONTACT_LENGTH] for value in values if value.strip()), "")


def _lines(address: Any) -> str:
    """A postal address as one text, whether it came as one or as an object of its lines."""
    lines = address.values() if isinstance(address, dict) else [address]
    return "\n".join(filter(None, map(text, lines)))[:CONTACT_LENGTH]


def _tag_names(value: Any) -> list[str]:
    items = value if isinstance(value, list) else []
    return [text(item.get("name", item.get("id"))) if isinstance(item, dict) else text(item) for item in items]


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


_Text = Annotated[str, BeforeValidator(text)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Person(_Lenient):
    """Whom a message came from. ``address`` is that of its mail or phone; in a customer's record, where they live."""

    name: _Text = ""
    first_name: _Text = ""
    last_name: _Text = ""
    email: _Text = ""
    phone: _Text = ""
    address: Any = None


def _person(value: Any) -> Any:
    return {"address": value} if isinstance(value, str) else _object(value)


_PersonOrNone = Annotated[_Person, BeforeValidator(_person)]


class _Source(_Lenient):
    sender: _PersonOrNone = Field(_Person(), alias="from")


class _Via(_Lenient):
    channel: _Text = ""
    is_operator: Any = Field(None, alias="isOperator")
    source: Annotated[_Source, BeforeValidator(_object)] = _Source(**{"from": {}})


_ViaOrNone = Annotated[_Via, BeforeValidator(_object)]


class _Comment(_Lenient):
    id: _Text = ""
    body: _Text = ""
    plain_body: _Text = ""
    created_at: Annotated[datetime | None, BeforeValidator(moment)] = None
    attachments: Annotated[list[Any], BeforeValidator(things)] = []
    via: _ViaOrNone = _Via(isOperator=None)

    def as_fact(self, number: int) -> Comment:
        """Comment ``number`` of its ticket. Only an explicit ``isOperator: false`` makes it the customer's."""
        return Comment(
            id=self.id or f"comment-{number}",
            text=self.plain_body or self.body,
            html=self.body,
            from_customer=self.via.is_operator is False,
            created_at=self.created_at or _EPOCH,
            attachments=len(self.attachments),
        )


class _Ticket(_Lenient):
    id: Annotated[str, BeforeValidator(text), Field(min_length=1)]
    status: _Text = ""
    subject: _Text = ""
    assignee_id: _Text = ""
    via: _ViaOrNone = _Via(isOperator=None)
    customer: _PersonOrNone = _Person()
    tags: Annotated[list[str], BeforeValidator(_tag_names)] = []
    comments: Annotated[list[_Comment], BeforeValidator(objects)] = []


class _Answer(_Lenient):
    ticket: _Ticket
