"""From Faust's consumer to the agent's queue, and from there in batches: what is done for every event, kept short.

* One channel reads the topic, and key and value stay bytes. Faust's conductor takes a lock, looks at a producer's
  buffer, walks through two codecs and reads two settings for each message; none of it changes anything here (about
  10 of 37 us of CPU per event).
* An agent's queue is read in batches. Faust's stream iterator takes a turn of the event loop and sensor calls for each
  event. The iterator also skips events of an ended assignment; ``streams.app`` does that for what is read here.

Flow control, the pressure that pauses a partition, and the wait for room in a full queue are Faust's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, MutableSet
from typing import Any, cast

from faust.channels import Channel
from faust.events import Event
from faust.streams import Stream
from faust.transport.conductor import Conductor
from faust.types import TP, EventT, Message, StreamT
from mode.utils.queues import ThrowableQueue

from streams.errors import ConfigurationError

Deliver = Callable[[Message], Coroutine[Any, Any, None]]


class LeanConductor(Conductor):
    """Faust's conductor for topics that one channel reads as bytes."""

    def _compile_message_handler(self) -> Callable[[Message], Awaitable[Any]]:
        """Without Faust's lock: topics are added before the first assignment and never again."""
        handlers = self._tp_to_callback
        return lambda message: handlers[message.tp](message)

    def _build_handler(self, tp: TP, channels: MutableSet[Any]) -> Deliver:
        """What delivers a message of ``tp``. Raises ConfigurationError where several channels read it."""
        if len(channels) != 1:
            raise ConfigurationError(f"{len(channels)} channels read {tp.topic}: one agent per topic is meant")
        app, queue = self.app, next(iter(channels)).queue
        flow, consumer = app.flow_control, app.consumer

        def pressure_high() -> None:
            consumer.on_buffer_full(tp)

        def pressure_drop() -> None:
            consumer.on_buffer_drop(tp)

        async def deliver(message: Message) -> None:
            if not flow.is_active():
                await flow.acquire()
            message.incref(1)
            event: EventT[bytes] = Event(app, message.key, message.value, message.headers, message)
            if queue.full():
                await queue.put(event)
            else:
                queue.put_nowait_enhanced(event, on_pressure_high=pressure_high, on_pressure_drop=pressure_drop)

        return deliver


async def batches(stream: StreamT[bytes], most: int) -> AsyncIterator[list[EventT[bytes]]]:
    """The events in ``stream``'s queue, up to ``most`` at a time, none acknowledged; ends when the stream stops."""
    assert isinstance(stream, Stream)
    await stream.noack().maybe_start()
    queue: ThrowableQueue[EventT[bytes]] = cast(Channel[bytes], stream.channel).queue
    stopped = False
    while not stopped:
        events: list[EventT[bytes]] = []
        try:
            events.append(await queue.get())
            while len(events) < most:
                events.append(queue.get_nowait())
        except asyncio.QueueEmpty:
            pass
        except StopAsyncIteration:  # how the channel says that the stream was stopped
            stopped = True
        yield events
