"""What tokens cost: four prices, in US dollars per million tokens, as the vendor lists them for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.lenient import at
from streams.decision import ModelUsage
from streams.errors import ConfigurationError

_BYTES_PER_TOKEN = 3
"""Bytes of UTF-8 that a token has at least, on average over a prompt (English prose has 4 and more): estimates before
a call are too high rather than too low."""


@dataclass(frozen=True)
class Prices:
    """US dollars per million tokens: read anew, read from the vendor's cache, written to it, and answered."""

    input: float
    cached: float
    cache_write: float
    output: float

    @classmethod
    def parse(cls, text: str) -> Prices:
        """Four numbers with commas between. Raises ConfigurationError."""
        parts = text.split(",")
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) != 4 or not all(0 <= number < 1e6 for number in numbers):
            raise ConfigurationError(
                "the prices of the language model are four numbers with commas between: US dollars per million tokens"
                " of input, cached input, cache writes and output, as in 0.25,0.025,0.25,2"
            )
        return cls(*numbers)

    def usage(self, usage: Any) -> ModelUsage | None:
        """The usage that an answer states, one call; None where it states none that makes sense."""
        read, answered = at(usage, "input_tokens"), at(usage, "output_tokens")
        details = at(usage, "input_tokens_details")
        cached, written = (at(details, name) or 0 for name in ("cached_tokens", "cache_write_tokens"))
        counts = (read, answered, cached, written)
        if not all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts):
            return None
        fresh = max(0, read - cached - written)
        usd = fresh * self.input + cached * self.cached + written * self.cache_write + answered * self.output
        return ModelUsage(
            calls=1,
            input_tokens=fresh,
            cached_tokens=cached,
            cache_write_tokens=written,
            output_tokens=answered,
            usd=usd / 1e6,
        )

    def most(self, prompt: str, output_tokens: int) -> float:
        """US dollars that a call with ``prompt`` may cost at most."""
        tokens = len(prompt.encode()) // _BYTES_PER_TOKEN + 100  # what the vendor puts around it, the schema
        return (tokens * max(self.input, self.cached, self.cache_write) + output_tokens * self.output) / 1e6


def tokens(usage: ModelUsage) -> Mapping[str, int]:
    """Tokens by the kind of their price."""
    return {
        "input": usage.input_tokens,
        "cached": usage.cached_tokens,
        "cache_write": usage.cache_write_tokens,
        "output": usage.output_tokens,
    }
