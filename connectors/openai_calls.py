"""One call of the language model (OpenAI Responses API): paid from the budget, bounded in time, one retry of ours.

The SDK's own retries are off and its time-outs are not trusted (they are per read): one deadline covers everything,
the reservation included. The answer is read from the raw JSON, so that what was used is booked before anything can go
wrong with what was said. Failures come out as ``streams.errors``:

    no connection, 5xx, time-out, half an answer, no JSON   VendorFault, VendorUnavailable (tried once more)
    429                                                     VendorRateLimited (once more, where it is soon)
    429 insufficient_quota, 401, 403                        QuotaExhausted, VendorDenied
    another 4xx                                             VendorRefused, VendorNotFound
    cut off, failed, refused, of another form               AnswerUnusable
    budget spent, vendor left alone                         CallNotAllowed (no call was made)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import openai
import orjson

from connectors.breaker import Breaker
from connectors.lenient import at
from connectors.openai_answers import VENDOR, M, read_answer, translated
from connectors.prices import Prices, tokens
from connectors.spending import Reservation, Spending
from streams import metrics
from streams.clock import SYSTEM_CLOCK, Clock
from streams.decision import ModelUsage
from streams.errors import (
    AnswerUnusable,
    CallNotAllowed,
    VendorDenied,
    VendorError,
    VendorFault,
    VendorNotFound,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from streams.reasons import ModelResult
from streams.spend import SpendFailed

_AGAIN: Final = (VendorFault, VendorUnavailable, VendorRateLimited)
_LONGEST_WAIT_S: Final = 2.0  # for a 429 that says when; a longer wait is no good to a ticket
_NOT_BILLED: Final = (VendorDenied, VendorRefused, VendorNotFound, VendorRateLimited)


@dataclass(frozen=True)
class OpenAiConfig:
    """``base_url`` empty: the vendor's own. ``deadline_s`` covers a call with its retry; ``effort`` empty: not sent."""

    api_key: str = field(repr=False)
    model: str
    prices: Prices
    base_url: str = ""
    deadline_s: float = 8.0
    max_output_tokens: int = 600
    effort: str = ""


@dataclass(frozen=True)
class Prompt:
    """A question's static part. ``schema`` is the JSON schema that the vendor holds the answer to."""

    purpose: str
    instructions: str
    schema: Mapping[str, Any]
    cache_key: str


@dataclass(frozen=True)
class _Question:
    prompt: Prompt
    said: str
    limit: asyncio.Timeout
    booked: Callable[[ModelUsage], None]


class OpenAiCalls:
    """The way to the model. One for a worker, so that budget and breaker are its only ones."""

    def __init__(
        self, config: OpenAiConfig, spending: Spending, breaker: Breaker | None = None, *, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._config, self._spending, self._clock = config, spending, clock
        self._breaker = breaker or Breaker(clock=clock)
        self._client = openai.AsyncOpenAI(
            api_key=config.api_key,
            base_url=config.base_url or "https://api.openai.com/v1",  # not from a variable of the SDK's own
            max_retries=0,
            timeout=config.deadline_s,
            # Whoever answers with a redirect must not get the text.
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    def refusal(self) -> ModelResult | None:
        """Why no call may be made now; None where one may."""
        if not self._breaker.lets_through:
            return ModelResult.LEFT_ALONE
        return ModelResult.OVER_BUDGET if self._spending.exhausted() else None

    async def ask(self, prompt: Prompt, said: str, form: type[M], booked: Callable[[ModelUsage], None]) -> M:
        """The answer to ``prompt`` about ``said``, as ``form``; ``booked`` gets what each attempt cost.

        Raises a VendorError within ``deadline_s`` seconds.
        """
        began = self._clock.monotonic()
        result = "cancelled"
        try:
            async with asyncio.timeout(self._config.deadline_s) as limit:
                answer = await self._twice(_Question(prompt, said, limit, booked), form)
            result = "ok"
            return answer
        except TimeoutError:
            result = "TimeoutError"
            raise VendorFault(f"no answer within {self._config.deadline_s:.0f} s", vendor=VENDOR) from None
        except VendorError as exc:
            result = type(exc).__name__
            raise
        finally:
            metrics.VENDOR_REQUESTS.labels(VENDOR, result).inc()
            metrics.VENDOR_SECONDS.labels(VENDOR).observe(self._clock.monotonic() - began)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _twice(self, question: _Question, form: type[M]) -> M:
        try:
            return await self._paid(question, form)
        except _AGAIN as exc:
            wait_s = exc.retry_after_s or 0.0
            if wait_s > _LONGEST_WAIT_S:
                raise
            await asyncio.sleep(wait_s)
            return await self._paid(question, form)

    async def _paid(self, question: _Question, form: type[M]) -> M:
        """One attempt, paid for whatever becomes of it."""
        if not self._breaker.enter():
            raise CallNotAllowed("it failed again and again", vendor=VENDOR, result=ModelResult.LEFT_ALONE)
        config, verdict = self._config, self._breaker.failed
        cost: ModelUsage | None = None  # None: no call was made
        reservation: Reservation | None = None
        try:
            most = config.prices.most(question.prompt.instructions + question.said, config.max_output_tokens)
            reservation = await self._reserve(most)
            cost = ModelUsage(calls=1, usd=most)
            document = await self._create(question.prompt, question.said)
            cost = config.prices.usage(at(document, "usage")) or cost
            answer = read_answer(document, form)
            verdict = self._breaker.succeeded
            return answer
        except asyncio.CancelledError:
            # A rebalance says nothing of the vendor, our own deadline does.
            verdict = self._breaker.failed if question.limit.expired() else self._breaker.undecided
            raise
        except VendorError as exc:
            if isinstance(exc, _NOT_BILLED):
                cost = ModelUsage(calls=1)
            if isinstance(exc, CallNotAllowed) or (isinstance(exc, AnswerUnusable) and exc.texts_own):
                verdict = self._breaker.undecided
            raise
        finally:
            verdict()
            if reservation is not None and cost is not None:
                self._book(question, reservation, cost)

    def _book(self, question: _Question, reservation: Reservation, cost: ModelUsage) -> None:
        purpose = question.prompt.purpose
        self._spending.settle(reservation, cost.usd)
        metrics.COST_USD.labels(purpose).inc(cost.usd)
        for kind, count in tokens(cost).items():
            metrics.TOKENS.labels(purpose, kind).inc(count)
        question.booked(cost)

    async def _reserve(self, most: float) -> Reservation:
        try:
            return await self._spending.reserve(most)
        except SpendFailed as exc:
            raise CallNotAllowed(
                f"its cost could not be written down ({type(exc).__name__})", vendor=VENDOR, result=ModelResult.FAILED
            ) from None

    async def _create(self, prompt: Prompt, said: str) -> Any:
        """The JSON of the vendor's answer."""
        config = self._config
        form: Any = {"type": "json_schema", "name": prompt.purpose, "schema": dict(prompt.schema), "strict": True}
        extra = {"reasoning": {"effort": config.effort}} if config.effort else {}
        try:
            raw = await self._client.responses.with_raw_response.create(
                model=config.model,
                instructions=prompt.instructions,
                input=said,
                text={"format": form},
                max_output_tokens=config.max_output_tokens,
                store=False,
                prompt_cache_key=prompt.cache_key,
                extra_body=extra,
            )
            return orjson.loads(raw.http_response.content)
        except openai.OpenAIError as exc:
            raise translated(exc) from None
        except ValueError:
            raise VendorFault("its answer is no JSON", vendor=VENDOR) from None
