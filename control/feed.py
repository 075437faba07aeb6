"""Sends messages through ingress, the way the helpdesk's webhook does; used by ``mw feed`` and the demo.

A line is a JSON object. ``text`` or ``message`` is what the customer wrote; ``ticket_id`` (or
``conversation_id``), ``message_id``, ``channel`` and ``occurred_at`` are optional. Without a ticket id it is its own
conversation, named from the file's content and the line's number, so that feeding a file again names the same ones.
"""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from streams.errors import ConfigurationError, DependencyError

_NAMESPACE = uuid.UUID("0d6b7a3c-1f0c-5c59-8f0e-6d8c3b1b8a11")
PARALLEL = 16
_ATTEMPTS = 8
_WAIT_S = 10.0


@dataclass(frozen=True)
class Message:
    """One line to send. ``number`` counts from 1."""

    number: int
    ticket_id: str
    message_id: str
    text: str
    channel: str
    occurred_at: str | None = None


@dataclass(frozen=True)
class BadLine:
    """A line that is refused, and why."""

    number: int
    why: str


@dataclass(frozen=True)
class Sent:
    """A message that ingress accepted, with the id it got; or ``refused`` with the reason."""

    message: Message
    event_id: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Target:
    """Where messages go. ``sandbox_url`` empty: the conversations exist already."""

    ingress_url: str
    token: str
    sandbox_url: str = ""


def parse_lines(raw: bytes, name: str) -> Iterator[Message | BadLine]:
    """The messages in JSON-lines ``raw``, a BadLine for each line that is none; empty lines are skipped."""
    digest = hashlib.sha256(raw).hexdigest()[:10]
    for number, line in enumerate(raw.removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
        if line.strip():
            try:
                yield _parse(line, number, f"{name}-{digest}-{number}")
            except ValueError as exc:
                yield BadLine(number, str(exc))


def _parse(line: bytes, number: int, fallback: str) -> Message:
    """The message in ``line``. Raises ValueError, which shows nothing of the line."""
    fields = _json_object(line)
    text = fields.get("text", fields.get("message"))
    if not isinstance(text, str) or not text.strip():
        raise ValueError("has no text (give text or message)")
    ticket_id = _word(fields, "ticket_id") or _word(fields, "conversation_id") or fallback
    return Message(
        number=number,
        ticket_id=ticket_id,
        message_id=_word(fields, "message_id") or f"m-{uuid.uuid5(_NAMESPACE, ticket_id + text)}",
        text=text,
        channel=_word(fields, "channel") or "email",
        occurred_at=_word(fields, "occurred_at") or None,
    )


def _json_object(line: bytes) -> dict[str, Any]:
    try:
        line.decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    try:
        fields: Any = orjson.loads(line)
    except ValueError:
        raise ValueError("not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    return fields


def _word(fields: dict[str, Any], name: str) -> str:
    """The string or number called ``name``, as a string; empty where it is absent or null."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise ValueError(f"{name} is neither a string nor a whole number")
    return "" if value is None else str(value).strip()


async def send(
    messages: Sequence[Message], target: Target, stopping: asyncio.Event | None = None
) -> AsyncIterator[Sent]:
    """Send ``messages``, those of one ticket in order; yields each as ingress answers.

    Once ``stopping`` is set, nothing more is sent, and what is on its way is still yielded. Raises DependencyError
    where ingress or the sandbox cannot be reached, ConfigurationError where the token is refused: then what was not
    yielded was not accepted.
    """
    stopping = stopping or asyncio.Event()
    by_ticket: dict[str, list[Message]] = {}
    for message in messages:
        by_ticket.setdefault(message.ticket_id, []).append(message)
    done: asyncio.Queue[Sent | Exception | None] = asyncio.Queue()
    waiting = iter(by_ticket.values())
    async with httpx.AsyncClient(timeout=_WAIT_S, trust_env=False) as client:
        senders = [asyncio.create_task(_send_tickets(waiting, target, client, done, stopping)) for _ in range(PARALLEL)]
        try:
            open_senders = len(senders)
            while open_senders:
                item = await done.get()
                if isinstance(item, Exception):
                    raise item
                if item is None:
                    open_senders -= 1
                else:
                    yield item
        finally:
            for sender in senders:
                sender.cancel()
            await asyncio.gather(*senders, return_exceptions=True)


async def _send_tickets(
    tickets: Iterator[list[Message]],
    target: Target,
    client: httpx.AsyncClient,
    done: asyncio.Queue[Sent | Exception | None],
    stopping: asyncio.Event,
) -> None:
    try:
        for ticket in tickets:
            for message in ticket:
                if stopping.is_set():
                    break
                refused = await _create(message, target, client) if target.sandbox_url else None
                done.put_nowait(refused or await _deliver(message, target, client))
        done.put_nowait(None)
    except Exception as exc:  # whatever it is: whoever waits for answers must learn that no more will come
        done.put_nowait(exc)


async def _create(message: Message, target: Target, client: httpx.AsyncClient) -> Sent | None:
    """Make the conversation in the sandbox; where it refuses this one, what to say of it."""
    comment = {"id": message.message_id, "body": message.text, "from_customer": True}
    ticket = {"id": message.ticket_id, "channel": message.channel, "comments": [comment]}
    tickets = f"{target.sandbox_url}/sandbox/tickets"
    answer = await _post(client, tickets, orjson.dumps(ticket), {})
    if answer.status_code == 200 and not answer.json()["created"]:
        answer = await _post(client, f"{tickets}/{quote(message.ticket_id)}/comments", orjson.dumps(comment), {})
    if answer.status_code >= 500:
        raise DependencyError(f"{tickets} answered {answer.status_code}: the conversation could not be created")
    if answer.status_code >= 400:
        return Sent(message, refused=f"the helpdesk stand-in answered {answer.status_code}: {answer.text[:200]}")
    return None


async def _deliver(message: Message, target: Target, client: httpx.AsyncClient) -> Sent:
    body = {"ticket_id": message.ticket_id, "message_id": message.message_id, "event_type": "customer_message"}
    body |= {"message": message.text, "channel": message.channel}
    if message.occurred_at:
        body["occurred_at"] = message.occurred_at
    headers = {"X-Middleware-Token": target.token}
    answer = await _post(client, f"{target.ingress_url}/richpanel/inbound", orjson.dumps(body), headers)
    if answer.status_code == 401:
        raise ConfigurationError(
            "ingress does not accept the token; set MW_INGRESS_TOKENS to the one it was started with"
        )
    if answer.status_code == 202:
        return Sent(message, event_id=answer.json()["event_id"])
    return Sent(message, refused=f"ingress answered {answer.status_code}: {answer.text[:200]}")


async def _post(client: httpx.AsyncClient, url: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
    """POST, again after 429 and 503 (nothing was accepted then). Raises DependencyError where nobody answers."""
    problem = "no answer"
    for attempt in range(_ATTEMPTS):
        try:
            answer = await client.post(url, content=content, headers={"Content-Type": "application/json", **headers})
        except (httpx.InvalidURL, UnicodeEncodeError):
            raise ConfigurationError(
                f"nothing can be sent to {url}: MW_INGRESS_URL, MW_SANDBOX_URL or MW_INGRESS_TOKENS is malformed"
            ) from None
        except httpx.TransportError as exc:
            problem = type(exc).__name__
        else:
            if answer.status_code not in (429, 503):
                return answer
            problem = f"answers {answer.status_code}"
        await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
    raise DependencyError(f"{url} cannot be used ({problem}); is it running? start everything with `mw up`")
