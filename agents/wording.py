"""A template and its values become what is sent: plain text and HTML. Pure, and strict: anything odd is an error, and
the ticket goes to a person."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from agents.playbook_templates import Brand, Template, Variable
from streams.reasons import Channel

LONGEST: Final[Mapping[Channel, int]] = {Channel.EMAIL: 2_000, Channel.LIVECHAT: 700}
"""Characters of a whole reply."""

_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    Variable.FIRST_NAME: re.compile(r"[^\W\d_]{1,29}\.?(?:[ '’-][^\W\d_]{1,29}\.?){0,2}"),
    Variable.ORDER_NUMBER: re.compile(r"#?[A-Za-z0-9][A-Za-z0-9-]{0,23}"),
    Variable.ORDER_DATE: re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.]{0,29}"),
    Variable.ORDER_STATUS: re.compile(r"[A-Za-z][A-Za-z -]{0,39}"),
    Variable.SHIPPING_METHOD: re.compile(r"[^\W_][\w .()&+-]{0,59}"),
    Variable.TRACKING_COMPANY: re.compile(r"[^\W_][\w .&+-]{0,39}"),
    Variable.TRACKING_NUMBER: re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{3,39}"),
    Variable.TRACKING_URL: re.compile(r"https://[!-;=?-~]{4,400}"),  # visible ASCII without < and >
    Variable.ETA_WINDOW: re.compile(r"(?:up to )?[1-9]\d{0,2}(?:-[1-9]\d{0,2})? business days?"),
}
"""What a value may look like; one line, no markup, no longer than it has to be."""


class Fault(StrEnum):
    """Why a reply cannot be worded."""

    UNKNOWN_VARIABLE = "unknown_variable"  # the template does not take it
    MISSING_VARIABLE = "missing_variable"  # the template needs it
    ODD_VALUE = "odd_value"  # it does not look like what it should be
    LINK_NOT_ALLOWED = "link_not_allowed"  # its host is not on the brand's list
    WRONG_CHANNEL = "wrong_channel"  # the template is not written for it
    TOO_LONG = "too_long"


class WordingError(Exception):
    """The reply cannot be worded. ``fault`` says why; the message names variables, never values."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"{fault.value}: {what}")
        self.fault = fault


@dataclass(frozen=True)
class Rendered:
    """The same reply twice."""

    text: str
    html: str


def render(
    template: Template, brand: Brand, channel: Channel, values: Mapping[str, str], *, closes: bool = False
) -> Rendered:
    """The reply on ``channel``. ``closes``: the ticket is closed with it, so it says how to open it again.

    Raises WordingError, and nothing else, for a variable that the template does not take or that it lacks, a value that
    is not what it should be, a link to a host that is not on the brand's list, a channel that the template is not
    for, a reply too long.
    """
    if channel not in template.channels or channel not in LONGEST:
        raise WordingError(Fault.WRONG_CHANNEL, f"the template is not for {channel.value}")
    _check(template, brand, values)
    body, markup = [], []
    for piece in template.pieces(channel):
        if piece.needs and piece.needs not in values:
            continue
        value = values[piece.variable] if piece.variable else piece.words
        body.append(value)
        markup.append(_linked(value) if piece.variable == Variable.TRACKING_URL else html.escape(value))
    ending = _ending(brand, channel, closes)
    text = "".join(body) + ending
    if len(text) > LONGEST[channel]:
        raise WordingError(Fault.TOO_LONG, f"{len(text)} characters, {LONGEST[channel]} are allowed")
    return Rendered(text, _paragraphs("".join(markup) + html.escape(ending)))


def _check(template: Template, brand: Brand, values: Mapping[str, str]) -> None:
    for name in values:
        if name not in (*template.required, *template.optional):
            raise WordingError(Fault.UNKNOWN_VARIABLE, name if name in _SHAPES else "one that no template takes")
    for name in template.required:
        if name not in values:
            raise WordingError(Fault.MISSING_VARIABLE, name)
    for name, value in values.items():
        if _SHAPES[name].fullmatch(value) is None:
            raise WordingError(Fault.ODD_VALUE, name)
        if name == Variable.TRACKING_URL and not _is_allowed(value, brand):
            raise WordingError(Fault.LINK_NOT_ALLOWED, name)


def _is_allowed(url: str, brand: Brand) -> bool:
    try:
        parts = urlsplit(url)
        host, plain = parts.hostname or "", parts.port is None and parts.username is None and "\\" not in url
    except ValueError:
        return False
    return plain and any(host == allowed or host.endswith(f".{allowed}") for allowed in brand.link_hosts)


def _ending(brand: Brand, channel: Channel, closes: bool) -> str:
    said = [brand.disclosure, *([brand.reopen] if closes else []), brand.reach_a_person]
    if channel is Channel.LIVECHAT:
        return "\n\n" + " ".join(said)
    return f"\n\n{' '.join(said)}\n\n{brand.signature}"


def _linked(url: str) -> str:
    safe = html.escape(url)
    return f'<a href="{safe}">{safe}</a>'


def _paragraphs(markup: str) -> str:
    paragraphs = re.split(r"\n{2,}", markup.strip())
    return "".join(f"<p>{paragraph.strip().replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
