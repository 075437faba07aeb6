"""A circuit breaker: a vendor that fails again and again is left alone for a while, then probed with one call."""

from __future__ import annotations

from streams.clock import SYSTEM_CLOCK, Clock


class Breaker:
    """Closed: every call may be made. After ``failures`` in a row it opens for ``rest_s`` seconds; then one call at a
    time probes: a success closes it, a failure opens it for twice as long, up to ``rest_most_s``."""

    def __init__(
        self, *, failures: int = 5, rest_s: float = 15.0, rest_most_s: float = 300.0, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._failures, self._rest_first_s, self._rest_most_s, self._clock = failures, rest_s, rest_most_s, clock
        self._in_a_row = 0
        self._rest_s = rest_s
        self._closed_again_at: float | None = None  # None: closed
        self._probing = False

    @property
    def lets_through(self) -> bool:
        """Whether a call may be made now."""
        if self._closed_again_at is None:
            return True
        return not self._probing and self._clock.monotonic() >= self._closed_again_at

    def enter(self) -> bool:
        """Take the right to one call, which ``succeeded``, ``failed`` or ``undecided`` must follow; False where there
        is none."""
        allowed = self.lets_through
        if allowed and self._closed_again_at is not None:
            self._probing = True
        return allowed

    def succeeded(self) -> None:
        """The vendor works."""
        self._in_a_row, self._rest_s = 0, self._rest_first_s
        self._closed_again_at, self._probing = None, False

    def undecided(self) -> None:
        """The call says nothing of the vendor (it was not made, or its failure is its text's own)."""
        self._probing = False

    def failed(self) -> None:
        """The vendor failed. Calls that were under way when the breaker opened do not open it for longer."""
        self._in_a_row += 1
        if self._probing:
            self._rest_s = min(self._rest_most_s, self._rest_s * 2)
        elif self._closed_again_at is not None or self._in_a_row < self._failures:
            return
        self._probing = False
        self._closed_again_at = self._clock.monotonic() + self._rest_s
