"""Faust as its guide writes it: acknowledged by itself, outputs sent without waiting for the broker.

It loses events when a worker or the broker fails (see docs/decisions); it is here to be compared with, not to be used.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import faust
from faust.types import StreamT

from bench.hop import PARTITIONS, HopArguments


def main() -> None:
    """Run until SIGTERM."""
    args = HopArguments.from_command_line()
    app = faust.App(
        args.group,
        broker=f"kafka://{args.brokers}",
        value_serializer="json",
        key_serializer="raw",
        topic_partitions=PARTITIONS,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        table_standby_replicas=0,
        datadir=f"{args.variant}/{args.group}",
    )
    source = app.topic(args.source, key_type=bytes)
    sink = app.topic(args.sink, key_type=bytes)

    @app.agent(source, name="hop")
    async def carry(stream: StreamT[Any]) -> None:
        async for event in stream.events():
            value: Any = event.value
            value["stage"] = args.hop
            await sink.send(key=event.key, value=value)

    sys.argv[1:] = []
    logging.basicConfig(level=logging.WARNING)
    faust.Worker(app, loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    main()
