"""The publisher without a broker: what must end the process does end it. (Confirmed sends are proven on Kafka.)"""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import AsyncIterator
from pathlib import Path

import confluent_kafka
import pytest

from control import bootstrap
from control.settings import Settings
from streams.errors import MiddlewareError
from streams.publisher import Publisher

_OUT_OF_ORDER_SEQUENCE_NUMBER = 45


def break_for_good(publisher: Publisher) -> None:
    """Put the producer into the state it enters when the broker finds a hole in its sequence."""
    (library,) = (Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs").glob("librdkafka*")
    producer = publisher._producer
    handle = ctypes.c_void_p.from_address(id(producer) + object.__basicsize__)  # its first member: rd_kafka_t *
    inject = ctypes.CDLL(str(library)).rd_kafka_test_fatal_error
    inject.restype = ctypes.c_int
    assert inject(handle, _OUT_OF_ORDER_SEQUENCE_NUMBER, b"test") == 0


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher({"bootstrap.servers": "127.0.0.1:1"})
    await made.start()
    yield made
    await made.close(0.1)


async def test_a_producer_that_can_send_nothing_more_says_so_and_fails_what_waits(publisher: Publisher) -> None:
    waiting = publisher.send("topic", b"key", b"value")
    crashed = asyncio.create_task(publisher.crashed())
    break_for_good(publisher)
    assert "OUT_OF_ORDER_SEQUENCE_NUMBER" in await asyncio.wait_for(crashed, 5)
    with pytest.raises(MiddlewareError):
        await asyncio.wait_for(waiting, 5)
    with pytest.raises(MiddlewareError):
        await asyncio.wait_for(publisher.send("topic", b"key", b"value"), 5)


async def test_a_broker_that_is_away_is_no_reason_to_end(publisher: Publisher) -> None:
    sent = publisher.send("topic", b"key", b"value")
    crashed = asyncio.create_task(publisher.crashed())
    done, _ = await asyncio.wait({sent, crashed}, timeout=0.5)
    assert not done
    crashed.cancel()


async def test_every_process_ends_with_its_producer(tmp_path: Path) -> None:
    settings = Settings(
        kafka_bootstrap_servers="127.0.0.1:1", home=tmp_path, ingress_tokens="token", seal_keys="a:" + "A" * 43 + "="
    )
    (publisher,) = [part for part in bootstrap.ingress_parts(settings) if part.name == "publisher"]
    assert publisher.crashed is not None
