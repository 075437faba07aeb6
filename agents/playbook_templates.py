"""What may be said to customers: templates and the brand's own sentences. Frozen; each checks itself.

A text holds ``{{name}}`` for a variable's value and ``{{?name}} ... {{/name}}`` around what is left out where the
optional variable has none; nothing else in it is syntax.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, NamedTuple

from pydantic import Field

from agents.playbook_parts import Part
from streams.decision import TemplateId
from streams.reasons import Channel


class Variable(StrEnum):
    """All that a reply can hold beside the template's own words; what is not here can never be told."""

    FIRST_NAME = "first_name"
    ORDER_NUMBER = "order_number"
    ORDER_DATE = "order_date"
    ORDER_STATUS = "order_status"
    SHIPPING_METHOD = "shipping_method"
    TRACKING_COMPANY = "tracking_company"
    TRACKING_NUMBER = "tracking_number"
    TRACKING_URL = "tracking_url"
    ETA_WINDOW = "eta_window"


_Text = Annotated[str, Field(min_length=1, max_length=2_000)]
_Sentence = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^{}\n]*$")]
_Host = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=100)]
_Channels = Annotated[tuple[Annotated[Channel, Field(strict=False)], ...], Field(min_length=1, strict=False)]
_Variables = Annotated[tuple[Annotated[Variable, Field(strict=False)], ...], Field(strict=False)]

MARK = re.compile(r"\{\{([?/]?)([a-z_]+)\}\}")


class Piece(NamedTuple):
    """A stretch of a text: words, or a variable's value; only where ``needs`` has a value, if it names one."""

    words: str
    variable: str = ""
    needs: str = ""


class Template(Part):
    """One reply. ``livechat`` stands in for ``text`` in the chat. A reply lacks its optional variables at times, its
    required ones never."""

    channels: _Channels
    required: _Variables = ()
    optional: _Variables = ()
    text: _Text
    livechat: _Text | None = None

    def on(self, channel: Channel) -> str:
        """The text for ``channel``."""
        return self.livechat if channel is Channel.LIVECHAT and self.livechat is not None else self.text

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Its texts by the name of their field."""
        return {"text": self.text} | ({"livechat": self.livechat} if self.livechat is not None else {})

    def pieces(self, channel: Channel) -> tuple[Piece, ...]:
        """The text for ``channel``, cut at its marks. Raises ValueError where marks do not add up."""
        return cut(self.on(channel).strip())


class Templates(Part):
    """All replies, by id."""

    templates: Mapping[TemplateId, Template]


class Brand(Part):
    """The shop's own sentences. Every reply says that it is automatic and how to reach a person (Regulation (EU)
    2024/1689, Article 50); one that closes its ticket says how to open it again."""

    disclosure: _Sentence
    reach_a_person: _Sentence
    reopen: _Sentence
    signature: _Sentence
    link_hosts: Annotated[tuple[_Host, ...], Field(strict=False)]


def cut(text: str) -> tuple[Piece, ...]:
    """``text`` as pieces. Raises ValueError, which names the mark, for a section that is not closed, is closed before
    it begins, or begins inside another, and for braces that are no mark."""
    pieces, done, inside = [], 0, ""
    for mark in MARK.finditer(text):
        kind, name = mark.groups()
        pieces.append(Piece(text[done : mark.start()], needs=inside))
        done = mark.end()
        if kind == "":
            pieces.append(Piece("", name, inside))
        elif kind == "?" and not inside:
            inside = name
        elif kind == "/" and inside == name:
            inside = ""
        else:
            raise ValueError(f"{mark.group()} does not fit: sections end with their own name and hold no other section")
    pieces.append(Piece(text[done:], needs=inside))
    if inside:
        raise ValueError(f"{{{{?{inside}}}}} is never closed: add {{{{/{inside}}}}}")
    if any("{" in piece.words or "}" in piece.words for piece in pieces):
        raise ValueError("holds braces that are no mark: write {{name}}, {{?name}} or {{/name}}")
    return tuple(piece for piece in pieces if piece.words or piece.variable)
