"""What a webhook's body must be to come in, and the record made of it. Pure; authentication is in ``webhook_auth``.

Errors say what is wrong from closed vocabularies; they never hold a value of the request.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

import orjson
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from streams.events import Identifier, TicketReceived
from streams.facts import NOBODY, Contact, as_contact
from streams.reasons import Channel
from streams.sealing import KeyRing, SealedBody, seal_body

_EVENT_NAMESPACE: Final = uuid.UUID("5d0f5a1e-7d0c-5c52-9a7b-3a1f0c7f6a44")  # never change: ids of repeats depend on it


class BodyFault(StrEnum):
    """Why a body cannot be read; the value is the error code that the client reads."""

    MALFORMED_JSON = "malformed_json"
    UNKNOWN_SHAPE = "unknown_shape"


class Malformed(Exception):
    """The body is not the webhook it should be. ``detail`` is one line naming fields, never values."""

    def __init__(self, fault: BodyFault, detail: str) -> None:
        super().__init__(f"{fault.value}: {detail}")
        self.fault = fault
        self.detail = detail


def _absent(value: Any) -> Any:
    """A template's placeholder that had nothing to show renders as an empty string: the field is absent."""
    return None if isinstance(value, str) and not value.strip() else value


def _identifier(value: Any) -> Any:
    """Helpdesks write ids as numbers too; a bool is no number here."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _absent(value)


def _channel(value: Any) -> Any:
    """A channel we do not know is UNKNOWN, which is never automated; it is no reason to lose a ticket."""
    if value is None:
        return Channel.UNKNOWN
    if not isinstance(value, str):
        return value  # pydantic refuses it
    name = value.strip().lower()
    return Channel(name) if name in {channel.value for channel in Channel} else Channel.UNKNOWN


def _moment(value: Any) -> datetime | None:
    """The time in UTC, or None where it cannot be read.

    It is decoration: a helpdesk that sends each webhook once would lose a ticket over a badly rendered date.
    """
    try:
        return None if isinstance(value, bool) else _MOMENT.validate_python(value).astimezone(UTC)
    except (ValidationError, OverflowError):  # OverflowError: before year 1 or after 9999 once in UTC
        return None


_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
# A word of the tenant's rule, like customer_message. The shape keeps sentences and addresses out of the record.
_Trigger = Annotated[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")] | None, BeforeValidator(_absent)]


class WebhookBody(BaseModel):
    """The body of a webhook; ids alone make it complete, unknown fields are ignored. Its repr shows nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    ticket_id: Annotated[Identifier, BeforeValidator(_identifier)] = Field(repr=False)
    event_type: _Trigger = Field(None, repr=False)
    trigger: _Trigger = Field(None, repr=False)
    message_id: Annotated[Identifier | None, BeforeValidator(_identifier)] = Field(None, repr=False)
    message: Annotated[str | None, BeforeValidator(_absent)] = Field(None, repr=False)
    channel: Annotated[Channel, BeforeValidator(_channel)] = Field(Channel.UNKNOWN, repr=False)
    ticket_url: Annotated[str | None, BeforeValidator(_absent)] = Field(None, repr=False)
    customer: Annotated[Contact, BeforeValidator(as_contact)] = Field(NOBODY, repr=False)
    occurred_at: Annotated[datetime | None, BeforeValidator(_moment)] = Field(None, repr=False)

    @model_validator(mode="after")
    def _one_trigger(self) -> Self:
        if not (self.event_type or self.trigger):
            raise ValueError("event_type or trigger is needed")
        return self

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The body in ``raw``, strict JSON (RFC 8259) in UTF-8. Raises Malformed."""
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Malformed(BodyFault.MALFORMED_JSON, "the body is not JSON in UTF-8") from None
        try:
            return cls.model_validate(value)
        except ValidationError as exc:
            raise Malformed(BodyFault.UNKNOWN_SHAPE, _complaint(exc)) from None


def _complaint(exc: ValidationError) -> str:
    """Our field names and pydantic's closed error types; nothing that was sent."""
    names = [
        f"{error['loc'][0]}: {error['type']}" if error["loc"] else _WHOLE_BODY.get(error["type"], "the body is wrong")
        for error in exc.errors(include_url=False, include_context=False, include_input=False)
    ]
    return ", ".join(names)


_WHOLE_BODY: Final = {
    "value_error": "event_type or trigger is needed",
    "model_type": "the body is not a JSON object",
}


def receive(body: WebhookBody, webhook_id: str | None, ring: KeyRing, now: datetime) -> TicketReceived:
    """The record of an accepted webhook. What may be personal is in ``sealed`` alone, readable for this event only.

    A signed webhook's repeat gets the same event and trace id; without a signature each delivery is its own event.
    """
    event_id = uuid.uuid4() if webhook_id is None else uuid.uuid5(_EVENT_NAMESPACE, webhook_id)
    content = SealedBody(message=body.message, ticket_url=body.ticket_url, customer=body.customer)
    empty = content == SealedBody()
    return TicketReceived(
        id=event_id,
        event_id=event_id,
        trace_id=uuid.uuid5(event_id, "trace").hex,
        conversation_id=body.ticket_id,
        message_id=body.message_id,
        channel=body.channel,
        received_at=now,
        trigger=body.event_type or body.trigger or "",
        occurred_at=body.occurred_at,
        sealed=None if empty else seal_body(ring, content, event_id),
    )
