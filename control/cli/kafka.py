"""``mw kafka``: Apache Kafka on this machine, for trying out and for tests."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from control.cli.output import Output
from streams.errors import CheckFailed, ConfigurationError

if TYPE_CHECKING:
    from control.kafka_folder import Running

app = typer.Typer(
    name="kafka",
    no_args_is_help=True,
    help="Apache Kafka on this machine: data stays between runs, no container and no installed Java needed.",
)


def register(root: typer.Typer) -> None:
    """Add the commands to ``mw``."""
    root.add_typer(app)


def _answer(output: Output, found: Running | None) -> None:
    if output.as_json:
        output.document({"running": True, **asdict(found)} if found else {"running": False})
    elif found:
        pids = ", ".join(map(str, found.pids))
        output.line(f"Kafka runs at {found.bootstrap} ({found.nodes} node(s), process {pids})")
        if found.down:
            output.line(f"ended: node {', '.join(map(str, found.down))}; `mw kafka stop` and start bring all back")
    else:
        output.line("no Kafka runs; `mw kafka start` starts it")


@app.command()
def start(
    ctx: typer.Context, nodes: Annotated[int, typer.Option(min=1, max=3, help="1, or 3 for fault tests.")] = 1
) -> None:
    """Start Kafka in the background and print its address; where it runs already, just the address.

    With three nodes, set MW_REPLICATION_FACTOR=3 for `mw topics --apply`: two brokers then confirm each record.

    Example: mw kafka start
    """
    from control.kafka_folder import AlreadyRunning, running  # noqa: PLC0415
    from control.local_kafka import KafkaConfig, LocalKafka  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    if nodes == 2:
        raise ConfigurationError("--nodes 2: two nodes have no majority when one is down; use 1 or 3")
    output: Output = ctx.obj
    config = KafkaConfig.of(load(), nodes=nodes)
    found = running(config.data)
    if found is None:
        try:
            LocalKafka(config, say=output.say).start(tied=False)
        except AlreadyRunning:
            if running(config.data) is None:
                raise
        found = running(config.data)
    if found and found.nodes != nodes:
        raise ConfigurationError(f"Kafka runs with {found.nodes} node(s); `mw kafka stop` and `mw kafka reset` first")
    _answer(output, found)


@app.command()
def stop(ctx: typer.Context) -> None:
    """Stop Kafka, whoever started it; its data stays.

    Example: mw kafka stop
    """
    from control.kafka_folder import stop_running  # noqa: PLC0415
    from control.local_kafka import KafkaConfig  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    output: Output = ctx.obj
    stopped = stop_running(KafkaConfig.of(load()).data)
    if output.as_json:
        output.document({"stopped": stopped})
    else:
        output.line("Kafka is stopped; its data stays" if stopped else "no Kafka runs")


@app.command()
def status(ctx: typer.Context) -> None:
    """Say whether Kafka runs and where. Exit code 0: it runs, 1: it does not.

    Example: mw kafka status || mw kafka start
    """
    from control.kafka_folder import running  # noqa: PLC0415
    from control.local_kafka import KafkaConfig  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    found = running(KafkaConfig.of(load()).data)
    _answer(ctx.obj, found)
    if found is None:
        raise typer.Exit(CheckFailed.exit_code)


@app.command()
def reset(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget Kafka's data on this machine: all topics, offsets and flags. Refuses while it runs.

    Example: mw kafka reset --yes
    """
    import sys  # noqa: PLC0415

    from control.kafka_folder import reset as forget  # noqa: PLC0415
    from control.local_kafka import KafkaConfig  # noqa: PLC0415
    from control.settings import load  # noqa: PLC0415

    output: Output = ctx.obj
    data = KafkaConfig.of(load()).data
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigurationError(f"this deletes {data}; say so with --yes")
        typer.confirm(f"Delete all of Kafka's data in {data}?", abort=True, err=True)
    forget(data)
    if output.as_json:
        output.document({"reset": str(data)})
    else:
        output.line(f"forgot the data in {data}")
