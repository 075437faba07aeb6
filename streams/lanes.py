"""One lane per conversation: order inside a lane, freedom between lanes. Pure; knows no event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Queues of items by key. The head of a lane is the one item of that key that is being worked on."""

    def __init__(self) -> None:
        self._lanes: dict[Hashable, deque[T]] = {}

    def __len__(self) -> int:
        """Number of lanes with at least one item."""
        return len(self._lanes)

    def enter(self, key: Hashable, item: T) -> bool:
        """Queue ``item`` behind others of its key. True: the lane was empty, so the caller starts work on it."""
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(item)
            return False
        self._lanes[key] = deque((item,))
        return True

    def leave(self, key: Hashable) -> T | None:
        """Take the head off its lane; the next item to work on, or None when the lane is empty and gone."""
        lane = self._lanes[key]
        lane.popleft()
        if lane:
            return lane[0]
        del self._lanes[key]
        return None
