"""What is leaving this process right now, and under which control epoch it left: how "drained" is known.

Drained for an epoch means: nothing that left under an older one is still in flight. So after ``mw control set`` has
seen every process drained, no effect of the former flags can still reach a customer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Effects:
    """Counts effects in flight. ``applied`` reads the epoch this process has applied."""

    def __init__(self, applied: Callable[[], int]) -> None:
        self._applied = applied
        self._in_flight: Counter[int] = Counter()
        self._listeners: list[Callable[[], None]] = []

    @property
    def drained(self) -> int:
        """The highest epoch for which nothing that left under an older one is in flight."""
        return min([self._applied(), *self._in_flight])

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` each time an effect has ended."""
        self._listeners.append(listener)

    @contextmanager
    def leaving(self, epoch: int) -> Iterator[None]:
        """An effect allowed by the flags of ``epoch`` is in flight while inside."""
        self._in_flight[epoch] += 1
        try:
            yield
        finally:
            self._in_flight[epoch] -= 1
            if not self._in_flight[epoch]:
                del self._in_flight[epoch]
            for listener in self._listeners:
                listener()
