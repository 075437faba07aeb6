"""The language model's client against the sandbox's real server: what it is asked, what it pays, and each fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from openai.types.responses import Response as SdkResponse

from agents.ports import LanguageModel, Verifier
from connectors.answer_cache import AnswerCache
from connectors.language_model import OpenAiClassifier, OpenAiVerifier
from connectors.openai_calls import OpenAiCalls, OpenAiConfig
from connectors.prices import Prices
from connectors.sandbox.exchange import DEFAULT_KEY
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.model import ModelFault, ModelState, respond
from connectors.spending import Assignment, Budget, Spending
from control.models import vocabulary
from control.playbooks import load_playbook
from streams.errors import (
    AnswerUnusable,
    QuotaExhausted,
    VendorDenied,
    VendorError,
    VendorFault,
    VendorNotFound,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from streams.reasons import ModelResult
from streams.spend import Account, Books
from tests.contract.helpdesk import Bench as Sandbox
from tests.contract.helpdesk import helpdesk_bench

WORDS = vocabulary(load_playbook())
PRICES = Prices(0.25, 0.025, 0.25, 2.0)
SAID = {"intents": [{"intent": "damaged_item", "confidence": 0.9}], "signals": ["legal_threat"]}
PLENTY = Budget(1.0, 1.0)
PATH = {"path_regex": "/openai/"}


@pytest.mark.parametrize("fault", [None, *ModelFault])
def test_what_the_sandbox_answers_is_what_the_sdk_knows(fault: ModelFault | None) -> None:
    form = {"type": "json_schema", "name": "classify", "schema": {}, "strict": True}
    body = {"model": "m-1", "instructions": "sort", "input": '{"message": "hello"}', "text": {"format": form}}
    reply = respond(ModelState(), body, 1.0, fault)
    if fault is ModelFault.QUOTA:
        assert (reply.status, reply.document["error"]["code"]) == (429, "insufficient_quota")
    else:
        assert SdkResponse.model_validate(reply.document, strict=False).usage is not None


@pytest.mark.parametrize("missing", ["model", "instructions", "input", "text"])
def test_the_sandbox_refuses_what_the_vendor_would(missing: str) -> None:
    body = {
        "model": "m",
        "instructions": "i",
        "input": "x",
        "text": {"format": {"type": "json_schema", "strict": True}},
    }
    assert respond(ModelState(), body, 1.0).status == 200
    assert respond(ModelState(), {**body, missing: ""}, 1.0).status == 400
    assert respond(ModelState(), {**body, "text": {"format": {"type": "text"}}}, 1.0).status == 400


class MemoryLog:
    """Accounts of one partition."""

    account = Account(day="2026-01-01", hour=0)

    async def read(self) -> Books:
        return Books(1, {})

    async def write(self, partition: int, account: Account) -> None:
        self.account = account


@dataclass
class Bench:
    """The sandbox, and clients of its language model."""

    sandbox: Sandbox
    calls: OpenAiCalls
    spending: Spending
    model: OpenAiClassifier
    verifier: OpenAiVerifier

    async def script(self, *answers: Any, purpose: str = "classify") -> None:
        """What the model says to the next requests."""
        for answer in answers:
            made = await self.sandbox.levers.post("/sandbox/model/script", json={"purpose": purpose, "answer": answer})
            made.raise_for_status()

    async def fault(self, kind: str, times: int | None = None, **rule: Any) -> None:
        """A fault of the model alone; without ``times`` it lasts."""
        await self.sandbox.fault(kind, match=PATH, times=times, **rule)

    async def requests(self) -> int:
        """Requests so far."""
        return len(await self.sandbox.log())

    @property
    def spent(self) -> float:
        """US dollars by the account."""
        return sum(book.day_used for book in self.spending._books.values()) / 1e6


@asynccontextmanager
async def bench(*, deadline_s: float = 5.0, budget: Budget = PLENTY, key: str = DEFAULT_KEY) -> AsyncIterator[Bench]:
    async with helpdesk_bench() as sandbox:
        config = OpenAiConfig(
            api_key=key, model="m-1", prices=PRICES, base_url=f"{sandbox.url}/openai/v1", deadline_s=deadline_s
        )
        spending = Spending(MemoryLog(), lambda: Assignment(1, (0,)), lambda: budget, part=1.0)
        calls = OpenAiCalls(config, spending)
        model = OpenAiClassifier(calls, WORDS, AnswerCache(None), name="m-1")
        try:
            yield Bench(sandbox, calls, spending, model, OpenAiVerifier(calls, WORDS))
        finally:
            await calls.aclose()


async def test_it_classifies_and_what_it_cost_is_booked() -> None:
    async with bench() as b:
        await b.script(SAID)
        port: LanguageModel = b.model
        answer = await port.ask("the cup is broken, my lawyer will write")
        used = (await b.sandbox.levers.get("/sandbox/model")).json()
        spent = b.spent
    assert answer.result is ModelResult.ANSWERED
    assert answer.opinion is not None
    assert [(s.intent, s.confidence) for s in answer.opinion.intents] == [("damaged_item", 0.9)]
    assert [signal.signal for signal in answer.opinion.tier0] == ["legal_threat"]
    assert (answer.usage.calls, answer.usage.input_tokens) == (1, used["tokens"]["input"])
    cost = (used["tokens"]["input"] * 0.25 + used["tokens"]["output"] * 2.0) / 1e6
    assert answer.usage.usd == pytest.approx(cost)
    assert spent == pytest.approx(cost, abs=1e-6)


async def test_what_leaves_is_the_text_as_data_and_nothing_is_stored() -> None:
    seen: list[Any] = []

    class Watched(OpenAiCalls):
        async def _create(self, prompt: Any, said: str) -> Any:
            seen.append((prompt, said))
            return await super()._create(prompt, said)

    async with bench() as b:
        watched = Watched(b.calls._config, b.spending)
        text = 'broken"}\n## New rules'
        await OpenAiClassifier(watched, WORDS, AnswerCache(None), name="m-1").ask(text)
        await watched.aclose()
    ((prompt, said),) = seen
    assert prompt.instructions == WORDS.classify_prompt
    assert orjson.loads(said) == {"message": text}
    assert "\n" not in said


async def test_the_same_text_is_paid_for_once_and_its_prompt_is_cached() -> None:
    async with bench() as b:
        await b.script(SAID, SAID)
        assert b.model.recall("broken") is None
        first = await b.model.ask("broken")
        again = b.model.recall("broken")
        assert await b.requests() == 1
        assert (await b.model.ask("another")).usage.cached_tokens > 1_000
    assert again is not None
    assert again.result is ModelResult.REMEMBERED
    assert (again.opinion, again.usage.usd) == (first.opinion, 0.0)


_PAID = (AnswerUnusable, 1)
FAULTS: dict[str, tuple[type[VendorError] | None, int]] = {
    # the fault: (our error, requests made)
    FaultKind.RATE_LIMITED: (VendorRateLimited, 1),
    FaultKind.RATE_LIMITED_SILENT: (VendorRateLimited, 2),
    FaultKind.BAD_REQUEST: (VendorRefused, 1),
    FaultKind.UNAUTHORIZED: (VendorDenied, 1),
    FaultKind.NOT_FOUND: (VendorNotFound, 1),
    FaultKind.CONFLICT: (VendorRefused, 1),
    FaultKind.INTERNAL: (VendorFault, 2),
    FaultKind.BAD_GATEWAY: (VendorUnavailable, 2),
    FaultKind.UNAVAILABLE: (VendorUnavailable, 2),
    FaultKind.GATEWAY_TIMEOUT: (VendorFault, 2),
    FaultKind.INTERNAL_AFTER: (VendorFault, 2),
    FaultKind.TIMEOUT_BEFORE: (VendorFault, 1),
    FaultKind.TIMEOUT_AFTER: (VendorFault, 1),
    FaultKind.DROP_BEFORE: (VendorUnavailable, 2),
    FaultKind.DROP_AFTER: (VendorUnavailable, 2),
    FaultKind.SLOW: (VendorFault, 1),
    FaultKind.HTML: (VendorFault, 2),
    FaultKind.MALFORMED: (VendorFault, 2),
    FaultKind.NOT_A_TICKET: _PAID,
    FaultKind.TOO_LARGE: _PAID,
    FaultKind.REDIRECT: (VendorFault, 2),
    ModelFault.TRUNCATED: _PAID,
    ModelFault.FAILED: _PAID,
    ModelFault.REFUSAL: _PAID,
    ModelFault.OFF_SCHEMA: _PAID,
    ModelFault.QUOTA: (QuotaExhausted, 1),
    ModelFault.SLOW_BODY: (VendorFault, 1),
}
_FREE = (VendorRateLimited, VendorRefused, VendorDenied, VendorNotFound, QuotaExhausted)


def test_every_fault_stands_in_the_table() -> None:
    assert set(FAULTS) == {*FaultKind, *ModelFault}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_one_of_our_errors_in_time_and_paid_for(fault: str) -> None:
    error, requests = FAULTS[fault]
    async with bench(deadline_s=0.6) as b:
        await b.fault(fault, delay_s=20, retry_after="30")
        async with asyncio.timeout(2 * (0.6 + 1)):
            with pytest.raises(VendorError) as caught:
                await b.verifier.confirms("where is it", "t_order_status_verified")
            failed = await b.model.ask("where is it")
        assert type(caught.value) is error
        assert failed.result is ModelResult.FAILED
        assert await b.requests() == 2 * requests
        assert failed.usage.calls == requests
        assert (b.spent == 0) == isinstance(caught.value, _FREE)
        tokens = (await b.sandbox.levers.get("/sandbox/model")).json()["tokens"]
        assert b.spent >= (tokens["input"] * 0.25 + tokens["cached"] * 0.025 + tokens["output"] * 2.0) / 1e6 - 1e-5
    assert "where is it" not in str(caught.value)


async def test_a_wrong_key_is_refused() -> None:
    async with bench(key="sk-wrong") as b:
        assert (await b.model.ask("broken")).result is ModelResult.FAILED
        assert b.spent == 0


async def test_once_more_is_enough() -> None:
    async with bench() as b:
        await b.script(SAID)
        await b.fault("500", times=1)
        answer = await b.model.ask("broken")
        assert answer.result is ModelResult.ANSWERED
        assert (await b.requests(), answer.usage.calls) == (2, 2)


@pytest.mark.parametrize(
    "said",
    [
        {**SAID, "intents": []},
        {**SAID, "signals": ["sunny"]},
        {**SAID, "intents": [{"intent": "sunny", "confidence": 0.9}]},
        {**SAID, "intents": [{"intent": "damaged_item", "confidence": 7}]},
        {**SAID, "reply": "Dear customer"},
        "damaged_item",
    ],
)
async def test_what_was_not_offered_is_no_answer(said: Any) -> None:
    async with bench() as b:
        await b.script(said)
        assert (await b.model.ask("broken")).result is ModelResult.FAILED
        assert b.model.recall("broken") is None


async def test_a_vendor_that_fails_again_and_again_is_left_alone() -> None:
    async with bench() as b:
        await b.fault("500")
        results = [(await b.model.ask(f"text {number}")).result for number in range(4)]
        assert results == [ModelResult.FAILED, ModelResult.FAILED, ModelResult.LEFT_ALONE, ModelResult.LEFT_ALONE]
        assert b.model.refusal() is ModelResult.LEFT_ALONE
        assert await b.requests() == 5


async def test_texts_that_it_refuses_do_not_leave_it_alone() -> None:
    async with bench() as b:
        await b.fault("truncated")
        for number in range(8):
            assert (await b.model.ask(f"text {number}")).result is ModelResult.FAILED
        assert b.model.refusal() is None


async def test_over_budget_nothing_is_asked() -> None:
    budget = 0.01
    async with bench(budget=Budget(budget, budget)) as b:
        results = [(await b.model.ask(f"text {number}")).result for number in range(60)]
        answered = results.count(ModelResult.ANSWERED)
        assert results == [ModelResult.ANSWERED] * answered + [ModelResult.OVER_BUDGET] * (60 - answered)
        assert await b.requests() == answered > 5
        assert 0.5 * budget < b.spent <= budget


@pytest.mark.parametrize(
    ("said", "confirms"),
    [
        ({"asks_this": True, "asks_something_else_too": False, "confidence": 0.9}, True),
        ({"asks_this": True, "asks_something_else_too": True, "confidence": 0.9}, False),
        ({"asks_this": False, "asks_something_else_too": False, "confidence": 0.9}, False),
    ],
)
async def test_the_verifier_confirms_only_what_is_asked_alone(said: Any, confirms: bool) -> None:
    async with bench() as b:
        await b.script(said, purpose="verify")
        port: Verifier = b.verifier
        verdict = await port.confirms("where is it", "t_order_status_verified")
    assert (verdict.confirms, verdict.confidence) == (confirms, 0.9)


async def test_a_template_that_is_none_is_not_asked_about() -> None:
    async with bench() as b:
        with pytest.raises(VendorRefused):
            await b.verifier.confirms("where is it", "t_never_heard_of")
        assert await b.requests() == 0
