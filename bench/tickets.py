"""Labelled shop tickets of this project's own (bench/data/tickets.txt): ``python -m bench.tickets`` prints JSON lines
that ``mw sanitize --evaluate`` reads."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from agents.redaction import Label
from bench.ticket_values import MAKERS
from control.labelled_messages import LabelledMessage, Part, Value
from control.playbooks import load_examples

_FILE = Path(__file__).with_name("data") / "tickets.txt"
_SEED = 7
_SLOT = re.compile(r"\{\{(\w+)(?:\|([^{}]+))?\}\}")
_REPEATED = re.compile(r"x(\d)\n")
_KEEP = "KEEP"
_WORDS, _MAIL_CHARACTERS = 80, 10_240


def labelled_tickets() -> list[LabelledMessage]:
    """All tickets, the same each time. Their labels are right by construction."""
    rng, made = random.Random(_SEED), []
    text = "\n".join(line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    for number, pattern in enumerate(text.split("\n--\n"), 1):
        repeated = _REPEATED.match(pattern)
        body = pattern[repeated.end() :] if repeated else pattern
        for copy in range(int(repeated[1]) if repeated else 1):
            made.append(replace(_filled(body.strip(), rng), id=f"{number}.{copy + 1}", template=str(number)))
    return made


def _filled(pattern: str, rng: random.Random) -> LabelledMessage:
    """``pattern`` with a value in each slot."""
    text, done = "", 0
    values: list[Value] = []
    keep: list[Part] = []
    for slot in _SLOT.finditer(pattern):
        text += pattern[done : slot.start()]
        label, value = slot[1], slot[2] or MAKERS[Label(slot[1])](rng)
        part = Part(len(text), len(text) + len(value))
        if label == _KEEP:
            keep.append(part)
        else:
            values.append(Value(Label(label), *part))
        text, done = text + value, slot.end()
    return LabelledMessage("", text + pattern[done:], tuple(values), tuple(keep))


VALUES = (Label.NAME, Label.ORDER, Label.EMAIL, Label.PHONE)
"""What a ticket for the speed holds, the most frequent first."""


def median_tickets(count: int, values: int = len(VALUES)) -> list[str]:
    """``count`` tickets of about 80 words: what customers say, then the first ``values`` of ``VALUES``.

    Longer than those of ``labelled_tickets`` and with fewer values, as tickets are.
    """
    sentences, rng = _sentences(), random.Random(_SEED)
    return [_long(sentences, rng, VALUES[:values]) for _ in range(count)]


def long_messages(count: int) -> list[str]:
    """``count`` messages of 10 KB, all of it the customer's own: tickets one below the other."""
    sentences, rng = _sentences(), random.Random(_SEED)
    messages = []
    for _ in range(count):
        text = ""
        while len(text) < _MAIL_CHARACTERS:
            text += _long(sentences, rng, VALUES) + "\n\n"
        messages.append(text[:_MAIL_CHARACTERS])
    return messages


def replies(count: int) -> list[str]:
    """``count`` mails of 10 KB: a ticket above the quoted history of the conversation."""
    tickets, mails = median_tickets(count + 1), []
    for number, ticket in enumerate(tickets[:count]):
        mail, day = f"{ticket}\n\n", 28
        while len(mail) < _MAIL_CHARACTERS:
            quoted = "\n".join(f"> {line}" for line in tickets[(number + day) % len(tickets)].splitlines())
            mail += f"On Mon, {day} Jan 2026 at 10:01, Shop Support <help@shop.example> wrote:\n{quoted}\n\n"
            day -= 1
        mails.append(mail[:_MAIL_CHARACTERS])
    return mails


def _sentences() -> Iterator[str]:
    """The playbook's examples without end, one of each intent by turns, their placeholders left out."""
    by_turns = (text for texts in zip(*load_examples().values(), strict=False) for text in texts)
    return cycle([re.sub(r"\s*#?\[[A-Z_]+_\d+\]", "", text) for text in by_turns])


_TOLD = {
    Label.ORDER: "My order is {}.",
    Label.EMAIL: "My e-mail is {}.",
    Label.PHONE: "You can reach me at {}.",
    Label.NAME: "\n\nThank you,\n{}",
}


def _long(sentences: Iterator[str], rng: random.Random, labels: Sequence[Label]) -> str:
    told = [_TOLD[label].format(MAKERS[label](rng)) for label in _TOLD if label in labels]
    end = " ".join(told) if told else "Thank you"
    text = "Hello,\n\n"
    while len(text.split()) < _WORDS - len(end.split()) - 2:  # two words: half a sentence too much
        text += next(sentences).rstrip(".") + ". "
    return f"{text}\n{end}"


def main() -> None:
    """Print the labelled tickets."""
    for ticket in labelled_tickets():
        values = [value._asdict() for value in ticket.values]
        keep = [part._asdict() for part in ticket.keep]
        print(json.dumps({"id": ticket.id, "text": ticket.text, "spans": values, "keep": keep}, ensure_ascii=False))


if __name__ == "__main__":
    main()
