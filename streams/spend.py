"""What the language model may have cost so far, on the compacted topic ``model.spend``: written before it is spent.

One account for each (stage, partition of its topic). Only the worker that has the partition writes its account, and
whoever takes the partition over reads it first, so that neither a restart nor a rebalance forgets anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.connection import KafkaConnection
from streams.errors import DependencyError, MiddlewareError
from streams.publisher import Publisher

MICRO = 1_000_000
"""Units in a US dollar: accounts count in whole millionths, which add up exactly."""

_Micro = Annotated[int, Field(ge=0)]


class SpendFailed(MiddlewareError):
    """What may be spent could not be read or written down, so nothing may be spent."""


class Account(BaseModel):
    """At most this was spent for one partition in ``day`` (YYYY-MM-DD, UTC) and in its ``hour`` (0 to 23)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: int = 1
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    hour: Annotated[int, Field(ge=0, le=23)]
    day_micro: _Micro = 0
    hour_micro: _Micro = 0


class Books(NamedTuple):
    """``partitions``: how many the stage's topic has; ``accounts`` by partition."""

    partitions: int
    accounts: Mapping[int, Account]


class SpendLog(Protocol):
    """Where accounts are kept."""

    async def read(self) -> Books:
        """Every account of the stage, as new as the topic's end when this was called. Raises SpendFailed."""
        ...

    async def write(self, partition: int, account: Account) -> None:
        """Write one account; returns once the broker has it. Raises SpendFailed. Calls keep their order."""
        ...


class KafkaSpendLog:
    """The accounts of ``stage`` (its name on the topic), whose tickets come from ``source``."""

    def __init__(self, kafka: KafkaConnection, publisher: Publisher, *, topic: str, source: str, stage: str) -> None:
        self._kafka, self._publisher = kafka, publisher
        self._topic, self._source, self._prefix = topic, source, f"{stage}/"

    async def read(self) -> Books:
        """As in ``SpendLog``; with a consumer of its own that is closed again, since this is needed seldom."""
        consumer = AIOKafkaConsumer(
            **self._kafka.aiokafka(), client_id="model-spend", group_id=None, enable_auto_commit=False
        )
        try:
            await consumer.start()
            partitions = len(await self._partitions(consumer, self._source))
            await self._partitions(consumer, self._topic)
            return Books(partitions, await self._accounts(consumer))
        except (KafkaError, DependencyError, OSError) as exc:
            raise SpendFailed(f"{self._topic} cannot be read ({type(exc).__name__})") from None
        finally:
            await consumer.stop()

    async def _partitions(self, consumer: Any, topic: str) -> set[int]:
        if not consumer.partitions_for_topic(topic):
            await consumer._client.force_metadata_update()
        found: set[int] | None = consumer.partitions_for_topic(topic)
        if not found:
            raise DependencyError(f"topic {topic} does not exist; run `mw topics --apply`")
        return found

    async def _accounts(self, consumer: Any) -> dict[int, Account]:
        place = TopicPartition(self._topic, 0)
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        await consumer.seek_to_beginning(place)
        accounts: dict[int, Account] = {}
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=500)).get(place, ()):
                self._apply(accounts, record.key or b"", record.value or b"")
        return accounts

    def _apply(self, accounts: dict[int, Account], key: bytes, value: bytes) -> None:
        stage, _, number = key.decode("utf-8", "replace").rpartition("/")
        if f"{stage}/" != self._prefix or not number.isdecimal():
            return
        try:
            accounts[int(number)] = Account.model_validate_json(value)
        except ValidationError:  # not ours to judge: the account before it stands
            return

    async def write(self, partition: int, account: Account) -> None:
        """As in ``SpendLog``."""
        key = f"{self._prefix}{partition}".encode()
        try:
            await self._publisher.send(self._topic, key, account.model_dump_json().encode())
        except MiddlewareError as exc:
            raise SpendFailed(f"{self._topic} cannot be written ({type(exc).__name__})") from None
