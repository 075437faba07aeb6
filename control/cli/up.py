"""``mw up``: everything on this machine, with one command."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output
from streams.errors import ConfigurationError
from streams.reasons import Stage

if TYPE_CHECKING:
    from control.installation import Installation
    from control.up import Up

_DEMO_WITHIN_S = 60.0
_MOST_WORKERS = 12
"""One for each partition of the stages' topics; more would have nothing to do."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    ctx: typer.Context,
    demo: Annotated[
        int, typer.Option(min=0, max=10_000, help="Feed that many sample tickets and show their outcomes.")
    ] = 0,
    kafka: Annotated[str, typer.Option(help="host:port of a Kafka to use instead of this machine's own.")] = "",
    workers: Annotated[list[str] | None, typer.Option(help="STAGE=N: workers of a stage; may be given again.")] = None,
) -> None:
    """Run the whole system on this machine until Ctrl-C: Kafka, a stand-in helpdesk, ingress and the four stages.

    Example: mw up --demo 25 --workers classify=2
    """
    from control import kafka_folder  # noqa: PLC0415  (keeps `mw --help` fast)
    from control.installation import Installation  # noqa: PLC0415
    from control.local_kafka import KafkaConfig, LocalKafka  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    out: Output = ctx.obj
    settings = load(kafka_bootstrap_servers=kafka or None)
    wanted = Wanted(demo, worker_counts(workers or []))
    installation = Installation(settings)
    installation.lock()
    if settings.kafka_bootstrap_servers:
        asyncio.run(_run(out, installation, settings.kafka_bootstrap_servers, wanted))
        return
    config = KafkaConfig.of(settings)
    if (found := kafka_folder.running(config.data)) is not None:
        out.say(f"using the Kafka that runs at {found.bootstrap}; it goes on afterwards (mw kafka stop ends it)")
        asyncio.run(_run(out, installation, found.bootstrap, wanted))
        return
    out.say("starting Kafka ...")
    broker = LocalKafka(config, say=out.say)
    try:
        asyncio.run(_run(out, installation, broker.start(), wanted))
    finally:
        broker.stop(grace_s=3.0)


@dataclass(frozen=True)
class Wanted:
    """What was asked for: sample tickets to feed, and how many workers where it is not one."""

    demo: int
    workers: Mapping[Stage, int]


def worker_counts(given: Sequence[str]) -> dict[Stage, int]:
    """``["classify=2"]`` as a mapping. Raises ConfigurationError that says what is taken."""
    counts: dict[Stage, int] = {}
    for each in given:
        name, _, number = each.partition("=")
        if (
            name not in set(Stage)
            or not (number.isascii() and number.isdigit())
            or not 1 <= int(number) <= _MOST_WORKERS
        ):
            stages = ", ".join(Stage)
            raise ConfigurationError(f"--workers takes STAGE=N ({stages}; N from 1 to {_MOST_WORKERS}), not {each!r}")
        counts[Stage(name)] = int(number)
    return counts


async def _run(out: Output, installation: Installation, kafka: str, wanted: Wanted) -> None:
    from control import flags, topic_admin  # noqa: PLC0415
    from control.settings import Settings  # noqa: PLC0415
    from control.up import Up  # noqa: PLC0415

    settings = Settings(**{**installation.settings.model_dump(), "kafka_bootstrap_servers": kafka})
    await asyncio.to_thread(lambda: topic_admin.create_missing(settings, topic_admin.inspect(settings)))
    await asyncio.to_thread(flags.write_missing_flags, settings, flags.first_values())
    system = Up(installation, kafka, out.say, wanted.workers)
    try:
        system.start()
        out.say("starting the helpdesk stand-in, ingress and four stages ...")
        watching = asyncio.create_task(system.watch())
        await system.ready()
        if wanted.demo and not system.stopping.is_set():
            await _first(system, _demo(out, settings, system, wanted.demo))
        if not system.stopping.is_set():
            _say_what_next(out, system)
        await watching
    finally:
        out.say("stopping ...")
        await asyncio.to_thread(system.stop)


async def _first(system: Up, doing: Any) -> None:
    """Wait for ``doing``, or for the stop."""
    task, stop = asyncio.ensure_future(doing), asyncio.ensure_future(system.stopping.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        task.result()
    else:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _demo(out: Output, settings: Any, system: Up, count: int) -> None:
    from control import demo  # noqa: PLC0415
    from control.feed import Target  # noqa: PLC0415

    target = Target(system.ingress.url, system.variables["MW_INGRESS_TOKENS"], system.sandbox.url)
    widths = (17, 30, 29)
    if not out.as_json:
        out.line(
            "".join(f"{name:<{width}}" for name, width in zip(("ticket", "intent", "team"), widths, strict=True))
            + "why; tags"
        )
    async for message, outcome in demo.run(settings, target, demo.sample_messages(count), _DEMO_WITHIN_S):
        tags = " ".join(tag.removeprefix("mw-") for tag in outcome.tags)
        if out.as_json:
            out.document(outcome.model_dump(mode="json"))
            continue
        cells = (message.ticket_id, outcome.intent or "-", outcome.team or "-")
        line = "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        out.line(f"{line}{', '.join(outcome.reasons)}; {tags or outcome.result}")


def _say_what_next(out: Output, system: Up) -> None:
    lines = (
        "",
        f"Everything runs. Helpdesk stand-in: {system.sandbox.url}   ingress: {system.ingress.url}/richpanel/inbound",
        "Try in another terminal (.venv/bin/mw):",
        "  mw lag                                             what waits where, and how old it is",
        '  mw control set safe_mode=true --reason "a try"      a lever; answers who has applied it',
        '  mw emergency 3 --reason "stop everything outbound"  and: mw control set outbound_enabled=true --reason ...',
        "  mw explain TICKET                                  why a ticket went where it went",
        "  mw dead list                                       what failed, and why",
        "Ctrl-C ends everything; what Kafka holds stays (mw kafka reset forgets it).",
    )
    for line in lines:
        out.say(line)
