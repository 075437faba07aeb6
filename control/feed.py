"""Sends messages through ingress, the way the helpdesk's webhook does; used by ``mw feed`` and the demo.

A line is a JSON object. ``text`` or ``message`` is what the customer wrote; ``ticket_id`` (or
``conversation_id``), ``message_id``, ``channel`` and ``occurred_at`` are optional. Without a ticket id it is its own
conversation, named from the file's content and the line's number, so that feeding a file again names the same ones.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
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
    for number, line in enumerate(raw.splitlines(), start=1):
        if line.strip():
            yield _parse(line, number, f"{name}-{digest}-{number}")


def _parse(line: bytes, number: int, fallback: str) -> Message | BadLine:
    try:
        fields: Any = orjson.loads(line)
    except ValueError:
        return BadLine(number, "not JSON")
    if not isinstance(fields, dict):
        return BadLine(number, "not a JSON object")
    text = fields.get("text", fields.get("message"))
    if not isinstance(text, str) or not text.strip():
        return BadLine(number, "has no text (give text or message)")
    ticket_id = str(fields.get("ticket_id", fields.get("conversation_id", fallback)))
    return Message(
        number=number,
        ticket_id=ticket_id,
        message_id=str(fields.get("message_id", f"m-{uuid.uuid5(_NAMESPACE, ticket_id + text)}")),
        text=text,
        channel=str(fields.get("channel", "email")),
        occurred_at=fields.get("occurred_at"),
    )


async def send(messages: Sequence[Message], target: Target) -> AsyncIterator[Sent]:
    """Send ``messages``, those of one ticket in order; yields each as ingress answers.

    Raises DependencyError where ingress or the sandbox cannot be reached, ConfigurationError where the token is
    refused: then what was not yielded was not accepted.
    """
    by_ticket: dict[str, list[Message]] = {}
    for message in messages:
        by_ticket.setdefault(message.ticket_id, []).append(message)
    done: asyncio.Queue[Sent | Exception | None] = asyncio.Queue()
    waiting = iter(by_ticket.values())
    async with httpx.AsyncClient(timeout=_WAIT_S, trust_env=False) as client:
        senders = [asyncio.create_task(_send_tickets(waiting, target, client, done)) for _ in range(PARALLEL)]
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
) -> None:
    try:
        for ticket in tickets:
            for message in ticket:
                if target.sandbox_url:
                    await _create(message, target, client)
                done.put_nowait(await _deliver(message, target, client))
        done.put_nowait(None)
    except Exception as exc:  # whatever it is: whoever waits for answers must learn that no more will come
        done.put_nowait(exc)


async def _create(message: Message, target: Target, client: httpx.AsyncClient) -> None:
    comment = {"id": message.message_id, "body": message.text, "from_customer": True}
    ticket = {"id": message.ticket_id, "channel": message.channel, "comments": [comment]}
    tickets = f"{target.sandbox_url}/sandbox/tickets"
    answer = await _post(client, tickets, orjson.dumps(ticket), {})
    if answer.status_code == 200 and not answer.json()["created"]:
        answer = await _post(client, f"{tickets}/{quote(message.ticket_id)}/comments", orjson.dumps(comment), {})
    if answer.status_code >= 400:
        raise DependencyError(f"{tickets} answered {answer.status_code}: the conversation could not be created")


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


@dataclass(frozen=True)
class Progress:
    """Remembers, per file content, up to which line everything was accepted."""

    path: Path

    @classmethod
    def of(cls, raw: bytes, home: Path) -> Progress:
        """The progress of the file whose content is ``raw``."""
        return cls(home / "feeds" / f"{hashlib.sha256(raw).hexdigest()[:32]}.json")

    def done(self) -> set[int]:
        """Numbers of the lines that were accepted."""
        try:
            return set(orjson.loads(self.path.read_bytes()))
        except (OSError, ValueError):
            return set()

    def save(self, lines: set[int]) -> None:
        """Keep ``lines``; atomic, so that a crash leaves the former or the new."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(sorted(lines)))
        fresh.replace(self.path)
