"""Four prices: what an answer cost, and what a call may cost at most."""

from __future__ import annotations

import pytest

from connectors.prices import Prices
from streams.errors import ConfigurationError

PRICES = Prices(0.25, 0.025, 0.3125, 2.0)


def test_each_kind_of_token_has_its_own_price() -> None:
    details = {"cached_tokens": 1_000, "cache_write_tokens": 500}
    usage = PRICES.usage({"input_tokens": 2_000, "output_tokens": 100, "input_tokens_details": details})
    assert usage is not None
    assert (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens) == (
        500, 1_000, 500, 100,
    )  # fmt: skip
    assert usage.usd == pytest.approx((500 * 0.25 + 1_000 * 0.025 + 500 * 0.3125 + 100 * 2.0) / 1e6)


@pytest.mark.parametrize(
    "usage", [None, {}, {"input_tokens": -1, "output_tokens": 1}, {"input_tokens": "9", "output_tokens": 1}, [1], True]
)
def test_a_usage_that_makes_no_sense_is_none(usage: object) -> None:
    assert PRICES.usage(usage) is None


def test_the_most_a_call_may_cost_is_more_than_it_does() -> None:
    prompt = "Where is my order? It should have come on Monday. " * 40  # 2,000 bytes, about 480 tokens
    used = PRICES.usage({"input_tokens": 480 + 60, "output_tokens": 80})
    assert used is not None
    assert used.usd < PRICES.most(prompt, 80) < 3 * used.usd


def test_prices_are_read_from_a_setting() -> None:
    assert Prices.parse("0.25, 0.025,0.3125 ,2") == PRICES


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "-1,0,0,0", "nan,1,1,1", "1;2;3;4"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="four numbers"):
        Prices.parse(text)
