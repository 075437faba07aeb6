"""Pages of the handbook that are made from the playbook, so that they cannot say anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from agents.playbook import Playbook
from agents.playbook_templates import Template, Variable
from agents.template_checks import SAMPLE_VALUES
from agents.wording import render
from control.plain_words import DECISIONS
from streams.errors import ConfigurationError
from streams.reasons import Channel

_SAMPLES: Mapping[str, str] = {
    **SAMPLE_VALUES,
    Variable.FIRST_NAME: "Jane",
    Variable.ORDER_NUMBER: "#1001",
    Variable.ORDER_DATE: "5 January",
    Variable.ORDER_STATUS: "on its way",
    Variable.SHIPPING_METHOD: "Standard",
    Variable.TRACKING_COMPANY: "UPS",
    Variable.TRACKING_NUMBER: "1Z999AA10123456784",
    Variable.ETA_WINDOW: "1-3 business days",
}
_TIERS = {0: "0, a person at once", 1: "1, safe assist", 2: "2, verified", None: "routed only"}


def write_pages(playbook: Playbook, folder: Path) -> list[Path]:
    """Write every page into ``folder``; their paths. Raises ConfigurationError where that cannot be."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, page in PAGES.items():
            path = folder / name
            path.write_text(page(playbook), encoding="utf-8")
            written.append(path)
    except OSError as exc:
        raise ConfigurationError(f"{folder}: cannot be written ({exc.strerror}): choose another folder") from None
    return written


def routing_page(playbook: Playbook) -> str:
    """Who gets what: every intent with its priority, team, tag, tier and reply."""
    sections = (_intents, _near_misses, _signals, _automation, _reasons)
    return "\n".join([*_head(playbook, "Who gets what"), *(line for make in sections for line in make(playbook))])


def _intents(playbook: Playbook) -> list[str]:
    rows, limits = [], playbook.automation.thresholds
    for intent in playbook.taxonomy.intents:
        team = playbook.team[playbook.routing.intents[intent.name]]
        rule = playbook.automation.intents[intent.name]
        replies = ", ".join(f"[{name}](templates.md#{name})" for name in rule.every_template) or "none"
        tags = f"`mw-needs-{team.slug}`" + ("" if team.in_tenant else " and that of the default team")
        cells = (intent.priority, f"`{intent.name}`", intent.definition, team.name, tags)
        rows.append(_row(*cells, _TIERS[playbook.tier[intent.name]], replies))
    return [
        *_table("priority", "intent", "the customer", "team", "tag", "tier", "replies", rows=rows),
        f"What is understood with less than {limits.apply:.2f} goes to {playbook.routing.default_team} as "
        f"uncertain, with less than {limits.uncertain:.2f} to manual triage.",
        *(f"All of {channel.value} goes to {team}." for channel, team in playbook.routing.channel_first.items()),
        "",
    ]


def _near_misses(playbook: Playbook) -> list[str]:
    rows = [
        _row(f"`{intent.name}`", miss.says, f"`{miss.intent}`")
        for intent in playbook.taxonomy.intents
        for miss in intent.near_misses
    ]
    return ["## What is easily taken for it", "", *_table("intent", "sounds like it", "is", rows=rows)]


def _signals(playbook: Playbook) -> list[str]:
    rows = [
        _row(f"`{route.signal}`", route.team, f"`{route.intent}`" if route.intent else "as understood")
        for route in playbook.routing.signals
    ]
    rows.append(_row("any other", playbook.routing.other_signals_team, "as understood"))
    return [
        "## Signals that escalate",
        "",
        "One is enough, whoever saw it and however surely.",
        "",
        *_table("signal", "team", "becomes", rows=rows),
    ]


def _automation(playbook: Playbook) -> list[str]:
    automation, limits = playbook.automation, playbook.automation.limits
    chat, mail = (_duration(playbook, channel) for channel in (Channel.LIVECHAT, Channel.EMAIL))
    return [
        "## How much is answered automatically",
        "",
        f"- Replies released: {'yes' if automation.replies_released else 'no, every ticket goes to a person'}.",
        f"- Channels: {', '.join(channel.value for channel in automation.channels) or 'none'}.",
        f"- One ticket: {limits.replies_per_ticket_10_min} in 10 minutes, {limits.replies_per_ticket_24_h} in a day;"
        f" one customer: {limits.replies_per_customer_24_h} in a day.",
        f"- A reply comes within {chat} in the chat and {mail} elsewhere, or not at all.",
        "",
    ]


def _reasons(_: Playbook) -> list[str]:
    rows = [_row(f"`{reason}`", words) for reason, words in DECISIONS.items()]
    return ["## Why a ticket went where it went", "", *_table("reason", "in words", rows=rows)]


def _table(*columns: str, rows: Iterable[str]) -> list[str]:
    return [_row(*columns), "|" + "---|" * len(columns), *rows, ""]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _duration(playbook: Playbook, channel: Channel) -> str:
    minutes = playbook.automation.reply_max_age_s.of(channel) // 60
    return f"{minutes // 60} hours" if minutes >= 120 else f"{minutes} minutes"


def templates_page(playbook: Playbook) -> str:
    """Every template as a customer would get it, with sample values."""
    users: dict[str, list[str]] = {}
    for intent, rule in playbook.automation.intents.items():
        for name in rule.every_template:
            users.setdefault(name, []).append(intent)
    lines = [*_head(playbook, "What may be said"), "With sample values; each also goes without its optional ones.", ""]
    for name, template in playbook.templates.templates.items():
        lines += [f"## {name}", "", f"For: {', '.join(f'`{i}`' for i in users.get(name, [])) or 'nothing yet'}."]
        lines += [f"Needs: {_names(template.required)}; may hold: {_names(template.optional)}."]
        if name in playbook.automation.auto_close:
            lines.append("The ticket is closed with it; the customer's answer opens it again.")
        lines += ["", *_samples(playbook, name, template)]
    return "\n".join(lines)


def _samples(playbook: Playbook, name: str, template: Template) -> Iterator[str]:
    closes = name in playbook.automation.auto_close
    values = {**_SAMPLES, Variable.TRACKING_URL: f"https://{playbook.brand.link_hosts[0]}/..."}
    told: dict[str, str] = {variable: values[variable] for variable in (*template.required, *template.optional)}
    for channel in template.channels:
        yield f"{channel.value}:"
        yield ""
        reply = render(template, playbook.brand, channel, told, closes=closes)
        yield from (f"> {line}".rstrip() for line in reply.text.split("\n"))
        yield ""


def _names(variables: tuple[Variable, ...]) -> str:
    return ", ".join(variable.value for variable in variables) or "nothing"


def _head(playbook: Playbook, title: str) -> list[str]:
    return [
        f"# {title}",
        "",
        f"Made from playbook {playbook.id} by `mw playbook pages`; edit `control/playbooks/` and make it again.",
        "",
    ]


PAGES: Mapping[str, Callable[[Playbook], str]] = {"routing.md": routing_page, "templates.md": templates_page}
"""File names and what makes them."""
