"""``mw up``: everything on this machine, with one command."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli.output import Output
from streams.errors import CheckFailed, ConfigurationError, DependencyError
from streams.reasons import Stage

if TYPE_CHECKING:
    from control.feed import Message
    from control.installation import Installation
    from control.local_kafka import LocalKafka
    from control.settings import Settings
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
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the process that started this ends, as make may.")
    ] = False,
) -> None:
    """Run the whole system on this machine until Ctrl-C: Kafka, a stand-in helpdesk, ingress and the four stages.

    Example: mw up --demo 25 --workers classify=2
    """
    from control import kafka_folder  # noqa: PLC0415  (keeps `mw --help` fast)
    from control.installation import Installation  # noqa: PLC0415
    from control.kafka_security import security  # noqa: PLC0415
    from control.local_kafka import KafkaConfig, LocalKafka  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    out: Output = ctx.obj
    settings = load(kafka_bootstrap_servers=kafka or None)
    security(settings)  # a contradiction is said before anything is started
    wanted = Wanted(demo, worker_counts(workers or []), os.getppid() if with_parent else None)
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
        asyncio.run(_run(out, installation, broker.start(), wanted, broker))
    finally:
        broker.stop(grace_s=3.0)


@dataclass(frozen=True)
class Wanted:
    """What was asked for: sample tickets, how many workers where it is not one, and the process to end with."""

    demo: int
    workers: Mapping[Stage, int]
    parent: int | None = None


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


async def _run(
    out: Output, installation: Installation, kafka: str, wanted: Wanted, broker: LocalKafka | None = None
) -> None:
    from control import flags, topic_admin  # noqa: PLC0415
    from control.settings import Settings  # noqa: PLC0415
    from control.up import Up  # noqa: PLC0415

    settings = Settings(**{**installation.settings.model_dump(), "kafka_bootstrap_servers": kafka})
    await asyncio.to_thread(lambda: topic_admin.create_missing(settings, topic_admin.inspect(settings)))
    await asyncio.to_thread(flags.write_missing_flags, settings, flags.first_values())
    system = Up(installation, kafka, out.say, wanted.workers, broker, parent=wanted.parent)
    watching: asyncio.Task[None] | None = None
    try:
        system.start()
        out.say("starting the helpdesk stand-in, ingress and four stages ...")
        watching = asyncio.create_task(system.watch())
        await system.ready()
        trouble = await _show_around(out, settings, system, wanted.demo)
        await watching
    finally:
        if watching is not None:
            watching.cancel()  # what ends from now on is not to be started again
        with contextlib.suppress(OSError):  # the terminal may be gone
            out.say("stopping ...")
        await asyncio.to_thread(system.stop)
    if trouble:
        raise CheckFailed(f"the demo was not completed: {trouble}")


async def _show_around(out: Output, settings: Settings, system: Up, count: int) -> str:
    """Feed the demo's tickets and say what to try next; what went wrong, if anything.

    Everything stays up nevertheless: only so can be looked at what is wrong.
    """
    from control.demo import sample_messages  # noqa: PLC0415

    trouble, messages = "", sample_messages(count)
    if count and not system.stopping.is_set():
        try:
            await _first(system, _demo(out, settings, system, messages))
        except (CheckFailed, DependencyError) as exc:
            trouble = str(exc)
            out.say(f"mw: {trouble}")
    if not system.stopping.is_set():
        _say_what_next(out, system, messages[0].ticket_id if messages else "TICKET")
    return trouble


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


async def _demo(out: Output, settings: Settings, system: Up, messages: Sequence[Message]) -> None:
    from control import demo  # noqa: PLC0415
    from control.cli import tour  # noqa: PLC0415
    from control.feed import Target  # noqa: PLC0415

    target = Target(system.ingress.url, system.variables["MW_INGRESS_TOKENS"], system.sandbox.url)
    if why := await asyncio.to_thread(demo.held_back, settings):
        await demo.feed(messages, target)
        out.say(f"{len(messages)} sample tickets are on their way, and will wait: {why}. To let them go:")
        out.say(f'  {tour.own_name()} control set outbound_enabled=true --reason "over"')
        return
    width = tour.terminal_width()
    if not out.as_json:
        _lines(out, tour.row(("ticket", "intent", "team"), "why", "tags", width))
    async for message, outcome in demo.run(settings, target, messages, _DEMO_WITHIN_S):
        if out.as_json:
            out.document(outcome.model_dump(mode="json"))
            continue
        cells = (message.ticket_id, outcome.intent or "-", outcome.team or "-")
        tags = " ".join(tag.removeprefix("mw-") for tag in outcome.tags) or outcome.result
        _lines(out, tour.row(cells, ", ".join(outcome.reasons), tags, width))


def _lines(out: Output, lines: Sequence[str]) -> None:
    for line in lines:
        out.line(line)


def _say_what_next(out: Output, system: Up, ticket: str) -> None:
    from control.cli import tour  # noqa: PLC0415

    mw = tour.own_name()
    for line in (
        "",
        "Everything runs.",
        f"  helpdesk stand-in   {system.sandbox.url}",
        f"  ingress             {system.ingress.url}/richpanel/inbound",
        "Try in another terminal:",
        *tour.listed(tour.suggestions(mw, ticket), tour.terminal_width()),
        f"Ctrl-C ends everything; what Kafka holds stays ({mw} kafka reset --yes forgets it).",
    ):
        out.say(line)
