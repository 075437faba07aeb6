"""What the helpdesk's JSON means, read leniently: odd or missing fields cost their value, never the ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from streams.facts import Comment, Conversation
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
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(datetime)  # ISO text, or seconds or milliseconds since 1970


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
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _moment(value: Any) -> datetime | None:
    try:
        moment = _MOMENT.validate_python(value)
    except (ValidationError, OverflowError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _objects(value: Any) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _tag_names(value: Any) -> list[str]:
    items = value if isinstance(value, list) else []
    return [_text(item.get("name", item.get("id"))) if isinstance(item, dict) else _text(item) for item in items]


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


_Text = Annotated[str, BeforeValidator(_text)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Via(_Lenient):
    channel: _Text = ""
    is_operator: Any = Field(None, alias="isOperator")


_ViaOrNone = Annotated[_Via, BeforeValidator(_object)]


class _Comment(_Lenient):
    id: _Text = ""
    body: _Text = ""
    plain_body: _Text = ""
    created_at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    via: _ViaOrNone = _Via(isOperator=None)

    def as_fact(self, number: int) -> Comment:
        """Comment ``number`` of its ticket. Only an explicit ``isOperator: false`` makes it the customer's."""
        return Comment(
            id=self.id or f"comment-{number}",
            text=self.plain_body or self.body,
            html=self.body,
            from_customer=self.via.is_operator is False,
            created_at=self.created_at or _EPOCH,
        )


class _Ticket(_Lenient):
    id: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    status: _Text = ""
    subject: _Text = ""
    assignee_id: _Text = ""
    via: _ViaOrNone = _Via(isOperator=None)
    tags: Annotated[list[str], BeforeValidator(_tag_names)] = []
    comments: Annotated[list[_Comment], BeforeValidator(_objects)] = []


class _Answer(_Lenient):
    ticket: _Ticket
