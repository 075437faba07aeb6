"""A worker whose records say what becomes of them, and from which one guard of the loop can be taken out.

``python -m tests.support.probe_worker JSON`` (a ``ProbeConfig``). A record's value is its script:

* ``now ...``: answered at once, in a batch
* ``wait ...``: answered in a task of its own
* ``hold NAME``: answered once a file NAME is in the folder
* ``bug ...``: an unexpected exception, until a file ``mended`` is in the folder
* ``large ...``: its output has 5,000 bytes, and so has its dead letter
* what is no UTF-8 cannot be decoded

Each answer is one output with the record's value; what failed for good goes to the dead letters. Steps are noted in
``notes``, one JSON list per line: worker, step, detail.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import faust
import orjson
from faust.transport.conductor import Conductor
from faust.transport.drivers.aiokafka import Consumer
from faust.types import StreamT

from control.process import Part, live, run
from streams import app as app_module
from streams.acks import AckOrder, Slot
from streams.app import AppConfig, StageApp, make_app
from streams.connection import KafkaConnection
from streams.errors import Undecodable
from streams.follower import ControlFollower, FollowerConfig
from streams.follower_thread import ThreadedFollower
from streams.publisher import Publisher
from streams.reasons import Stage
from streams.transport import SafeConsumer, SafeTransport
from streams.work import Answer, LoopLimits, Output, Post, SourceRecord

LARGE_BYTES = 5_000


class Guard(StrEnum):
    """What can be taken out of the loop."""

    NONE = "none"
    OWN_LOOP = "own-loop"  # instead: Faust's stream iterator, which acknowledges whatever ends an iteration
    ACK_ORDER = "ack-order"  # instead: acknowledge what is finished at once
    CONFIRMATION = "confirmation"  # instead: what was handed to the producer counts as published
    RAW_SOURCE = "raw-source"  # instead: Faust decodes the source
    COMMIT_BEFORE_REVOKE = "commit-before-revoke"  # instead: what Faust does at a revoke
    ONE_DRAIN = "one-drain"  # instead: what Faust does at a rebalance while it stops
    STAYING = "staying"  # instead: aiokafka leaves the group when it has not been asked for records for a while


@dataclass(frozen=True)
class ProbeConfig:
    """One worker. Times in seconds."""

    name: str
    servers: str
    group: str
    source: str
    output: str
    dead: str
    flags: str
    folder: str
    without: str = Guard.NONE
    instance_id: str = ""
    commit_interval_s: float = 0.1
    drain_s: float = 10.0
    stop_within_s: float = 20.0
    bugs_per_minute: int = 5

    def encode(self) -> str:
        """The command line's argument."""
        return orjson.dumps(asdict(self)).decode()


class Notes:
    """Steps of all workers of a test, in one file."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._path, self._worker = folder / "notes", worker

    def add(self, step: str, detail: str = "") -> None:
        """Append one line; whole, though several processes write."""
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(fd, orjson.dumps([self._worker, step, detail]) + b"\n")
        finally:
            os.close(fd)


class ScriptedWork:
    """A ``streams.work.StageWork`` that does what the record's value says."""

    stage = Stage.CLASSIFY  # a label of the metrics, no more

    def __init__(self, config: ProbeConfig, notes: Notes, follower: ControlFollower) -> None:
        self._config, self._notes, self._follower = config, notes, follower
        self._folder = Path(config.folder)

    def open(self) -> bool:
        """True while the flags are proven fresh."""
        return not self._follower.stale

    def now(self, records: Sequence[SourceRecord]) -> Sequence[Answer]:
        """The answers that need no waiting."""
        return [self._output(record) if (record.value or b"").startswith(b"now") else None for record in records]

    async def handle(self, record: SourceRecord) -> Sequence[Output]:
        """Does what the script says. Raises Undecodable for what is no script, RuntimeError where told to."""
        try:
            verb, _, word = (record.value or b"").decode().partition(" ")
        except UnicodeDecodeError:
            raise Undecodable("the record is no UTF-8") from None
        self._notes.add("began", f"{verb} {word}")
        if verb == "hold":
            while not (self._folder / word).exists():
                await asyncio.sleep(0.02)
        if verb == "bug" and not (self._folder / "mended").exists():
            raise RuntimeError("a bug that nobody planned for")
        return self._output(record)

    def failed(self, record: SourceRecord, error: Exception, attempts: int) -> Sequence[Output]:
        """The record itself, to the dead letters."""
        return self._output(record, self._config.dead)

    def _output(self, record: SourceRecord, topic: str = "") -> Sequence[Output]:
        value = record.value or b""
        if value.startswith(b"large"):
            value = value.ljust(LARGE_BYTES, b".")
        return (Output(topic or self._config.output, record.key or b"", value),)


def unconfirmed(publisher: Publisher) -> Post:
    """``publisher.post``, but what was handed over counts as published."""

    def post(topic: str, key: bytes | None, value: bytes | None, done: Callable[[Exception | None], None]) -> None:
        publisher.post(topic, key, value, lambda _: None)
        asyncio.get_running_loop().call_soon(done, None)

    return post


async def stock_loop(stream: StreamT[bytes], work: ScriptedWork, publisher: Publisher) -> None:
    """An agent as Faust's documentation writes it: one event after another, acknowledged by the iterator."""
    async for event in stream.events():
        for output in await work.handle(app_module._record(event)):
            await publisher.send(output.topic, output.key, output.value)


def finish_at_once(order: AckOrder[Any], slot: Slot[Any]) -> list[Any]:
    """``AckOrder.finish`` without the order."""
    order._taken[slot.partition].remove(slot)
    order._unacked -= 1
    return [slot.item]


def take_out(guard: Guard) -> None:
    """Take ``guard`` out of our classes, in this process."""
    if guard is Guard.ACK_ORDER:
        AckOrder.finish = finish_at_once  # type: ignore[method-assign]
    elif guard is Guard.COMMIT_BEFORE_REVOKE:
        SafeConsumer.on_partitions_revoked = Consumer.on_partitions_revoked  # type: ignore[method-assign]
    elif guard is Guard.RAW_SOURCE:
        SafeTransport.Conductor = Conductor  # type: ignore[misc]  # ours looks into no value, whatever the topic says
    elif guard is Guard.ONE_DRAIN:
        StageApp._on_partitions_revoked = faust.App._on_partitions_revoked  # type: ignore[method-assign]
        StageApp._on_partitions_assigned = faust.App._on_partitions_assigned  # type: ignore[method-assign]


def take_notes(app: StageApp, notes: Notes) -> None:
    """Note the app's rebalances and drains, and a consumer that is closed during one."""
    close = SafeConsumer.close

    def noted_close(consumer: SafeConsumer) -> None:
        notes.add("closed")
        close(consumer)

    SafeConsumer.close = noted_close  # type: ignore[method-assign]

    def noted(name: str, step: str, *, afterwards: bool = False) -> None:
        original = getattr(app, name)

        async def wrapper(*args: Any, **kwargs: Any) -> None:
            if not afterwards:
                notes.add(step)
            await original(*args, **kwargs)
            if afterwards:
                notes.add(step, " ".join(map(str, app.assigned())))

        setattr(app, name, wrapper)

    noted("_on_partitions_revoked", "revoked")
    noted("_on_partitions_assigned", "assigned", afterwards=True)
    noted("_consumer_wait_empty", "draining")


async def lead(config: ProbeConfig) -> int:
    """Run the worker until SIGTERM or a crash; its exit code."""
    guard = Guard(config.without)
    take_out(guard)
    notes = Notes(Path(config.folder), config.name)
    kafka = KafkaConnection(config.servers)
    follower = ThreadedFollower(FollowerConfig(kafka, config.flags))
    publisher = Publisher(kafka.librdkafka())
    app = make_app(
        AppConfig(kafka, config.group, config.source, config.instance_id, config.drain_s, session_timeout_s=6.0),
        follower,
    )
    app.conf.broker_commit_interval = config.commit_interval_s
    if guard is Guard.STAYING:
        app.conf.broker_max_poll_interval = 5.0
    take_notes(app, notes)
    if guard is Guard.RAW_SOURCE:
        app.source = app.topic(config.source, key_type=bytes, value_serializer="json")
    work = ScriptedWork(config, notes, follower)
    limits = LoopLimits(deadline_s=60.0, unexpected_per_minute=config.bugs_per_minute)

    @app.agent(app.source, name="probe")
    async def carry(stream: StreamT[bytes]) -> None:
        if guard is Guard.OWN_LOOP:
            await stock_loop(stream, work, publisher)
        else:
            post = unconfirmed(publisher) if guard is Guard.CONFIRMATION else publisher.post
            await app.run_stage(stream, work, post, limits)

    parts = [
        Part("publisher", publisher.start, publisher.close, publisher.crashed),
        Part("stage", app.start, app.stop, app.wait_crashed),
    ]
    return await live(parts, stop_within_s=config.stop_within_s)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    raise SystemExit(run(partial(lead, ProbeConfig(**orjson.loads(sys.argv[1])))))
