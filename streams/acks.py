"""What may be acknowledged: only a prefix without holes, per partition. Pure; knows no Kafka client.

Faust may commit past an event that is still being worked on when acknowledgements arrive out of order (its
head-gap test is off by one). Acknowledging strictly in offset order makes that harmless.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Slot(Generic[T]):
    """One event that was taken: where it came from and whether its work is finished."""

    partition: Hashable
    item: T
    finished: bool = False


class AckOrder(Generic[T]):
    """Remembers events in the order they were taken and says which may be acknowledged."""

    def __init__(self) -> None:
        self._taken: dict[Hashable, deque[Slot[T]]] = {}
        self._unacked = 0

    @property
    def unacked(self) -> int:
        """Events taken and not yet released by ``finish`` or ``clear``."""
        return self._unacked

    def take(self, partition: Hashable, item: T) -> Slot[T]:
        """Note that ``item`` was taken from ``partition``; calls must come in offset order."""
        slot = Slot(partition, item)
        self._taken.setdefault(partition, deque()).append(slot)
        self._unacked += 1
        return slot

    def finish(self, slot: Slot[T]) -> list[T]:
        """Mark ``slot`` finished; the items that may be acknowledged now, in offset order (often none or one).

        A slot that ``clear`` has forgotten releases nothing.
        """
        slot.finished = True
        queue = self._taken.get(slot.partition)
        released: list[T] = []
        while queue and queue[0].finished:
            released.append(queue.popleft().item)
        self._unacked -= len(released)
        return released

    def clear(self) -> list[T]:
        """Forget everything; the items that were taken and are not acknowledged, to be given back."""
        given_back = [slot.item for queue in self._taken.values() for slot in queue]
        self._taken.clear()
        self._unacked = 0
        return given_back
