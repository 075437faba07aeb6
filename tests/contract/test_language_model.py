"""The language model's client against a real HTTP server that answers as the vendor does, well and badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from openai.types.responses import Response as SdkResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agents.ports import LanguageModel, Verifier
from connectors.answer_cache import AnswerCache
from connectors.http_server import DROP, HttpServer
from connectors.language_model import OpenAiClassifier, OpenAiVerifier
from connectors.openai_calls import OpenAiCalls, OpenAiConfig
from connectors.prices import Prices
from connectors.spending import Budget, Spending
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

WORDS = vocabulary(load_playbook())
USAGE = {
    "input_tokens": 1_000,
    "input_tokens_details": {"cached_tokens": 600, "cache_write_tokens": 0},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 1_050,
}
COST = (400 * 0.25 + 600 * 0.025 + 50 * 2.0) / 1e6
SAID = {"intents": [{"intent": "damaged_item", "confidence": 0.9}], "signals": ["legal_threat"]}
PLENTY = Budget(1.0, 1.0)
SURE = {"intents": [{"intent": "damaged_item", "confidence": 7}], "signals": []}
Answer = Callable[[Request], Any]


def document(said: Any, **fields: Any) -> dict[str, Any]:
    """An answer of the vendor's that says ``said``."""
    content = {"type": "output_text", "text": orjson.dumps(said).decode(), "annotations": []}
    message = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [content]}
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m-1", "status": "completed", "usage": USAGE,
        "output": [message], "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], **fields,
    }  # fmt: skip


def test_what_the_server_answers_is_what_the_sdk_knows() -> None:
    assert SdkResponse.model_validate(document(SAID)).output_text == orjson.dumps(SAID).decode()


class MemoryLog:
    """Accounts of one partition."""

    account = Account(day="2026-01-01", hour=0)

    async def read(self) -> Books:
        return Books(1, {})

    async def write(self, partition: int, account: Account) -> None:
        self.account = account


@dataclass
class Bench:
    """A server that gives ``answers`` in turn (the last one again and again), and clients of it."""

    answers: list[Answer]
    budget: Budget
    asked: list[dict[str, Any]] = field(default_factory=list)
    log: MemoryLog = field(default_factory=MemoryLog)

    async def endpoint(self, request: Request) -> Response:
        self.asked.append({**orjson.loads(await request.body()), "key": request.headers["authorization"]})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        made = answer(request)
        return await made if asyncio.iscoroutine(made) else made

    def clients(self, url: str, deadline_s: float) -> None:
        prices = Prices(0.25, 0.025, 0.25, 2.0)
        config = OpenAiConfig(api_key="sk-x", model="m-1", prices=prices, base_url=url, deadline_s=deadline_s)
        self.spending = Spending(self.log, lambda: (0,), lambda: self.budget, part=1.0)
        self.calls = OpenAiCalls(config, self.spending)
        self.model = OpenAiClassifier(self.calls, WORDS, AnswerCache(None), name="m-1")
        self.verifier = OpenAiVerifier(self.calls, WORDS)


@asynccontextmanager
async def bench(*answers: Answer, deadline_s: float = 5.0, budget: Budget = PLENTY) -> AsyncIterator[Bench]:
    made = Bench(list(answers), budget)
    server = HttpServer(Starlette(routes=[Route("/v1/responses", made.endpoint, methods=["POST"])]), "127.0.0.1", 0)
    made.clients(f"http://127.0.0.1:{await server.start()}/v1", deadline_s)
    try:
        yield made
    finally:
        await made.calls.aclose()
        await server.stop()


def says(said: Any, **fields: Any) -> Answer:
    return lambda _: Response(orjson.dumps(document(said, **fields)), media_type="application/json")


def plain(status: int, body: Any = None, **headers: str) -> Answer:
    return lambda _: Response(orjson.dumps(body or {"error": {"code": "x"}}), status, headers, "application/json")


def html(_: Request) -> Response:
    return Response("<title>Sign in</title>", media_type="text/html")


async def dropped(request: Request) -> Response:
    request.scope["extensions"][DROP]()
    await request.receive()
    return Response()


async def never(request: Request) -> Response:
    await request.receive()  # returns when the client has given up
    return Response()


REFUSAL = document(SAID)
REFUSAL["output"][0]["content"] = [{"type": "refusal", "refusal": "no"}]


async def test_it_classifies_and_what_it_cost_is_booked() -> None:
    async with bench(says(SAID)) as b:
        port: LanguageModel = b.model
        answer = await port.ask("the cup is broken, my lawyer will write")
    assert answer.result is ModelResult.ANSWERED
    assert answer.opinion is not None
    assert [(s.intent, s.confidence) for s in answer.opinion.intents] == [("damaged_item", 0.9)]
    assert [signal.signal for signal in answer.opinion.tier0] == ["legal_threat"]
    assert answer.usage.usd == pytest.approx(COST)
    (asked,) = b.asked
    assert (asked["store"], asked["model"], asked["key"]) == (False, "m-1", "Bearer sk-x")
    assert asked["text"]["format"]["strict"] is True
    assert orjson.loads(asked["input"]) == {"message": "the cup is broken, my lawyer will write"}
    assert asked["instructions"] == WORDS.classify_prompt


async def test_the_same_text_is_paid_for_once() -> None:
    async with bench(says(SAID)) as b:
        assert b.model.recall("broken") is None
        first = await b.model.ask("broken")
        again = b.model.recall("broken")
        assert len(b.asked) == 1
    assert again is not None
    assert again.result is ModelResult.REMEMBERED
    assert (again.opinion, again.usage.usd) == (first.opinion, 0.0)


FAULTS: dict[str, tuple[Answer, type[VendorError], int, float]] = {
    # what happens: (the answer, our error, requests made, calls that may have cost money and count as such)
    "quota": (plain(429, {"error": {"code": "insufficient_quota"}}), QuotaExhausted, 1, 0),
    "rate limit that lasts": (plain(429, **{"Retry-After": "30"}), VendorRateLimited, 1, 0),
    "rate limit, twice": (plain(429), VendorRateLimited, 2, 0),
    "a wrong key": (plain(401), VendorDenied, 1, 0),
    "no such model": (plain(404), VendorNotFound, 1, 0),
    "a bad request": (plain(400), VendorRefused, 1, 0),
    "500": (plain(500), VendorFault, 2, 2),
    "503": (plain(503), VendorUnavailable, 2, 2),
    "a page for people": (html, VendorFault, 2, 2),
    "the connection breaks": (dropped, VendorUnavailable, 2, 2),
    "no answer": (never, VendorFault, 1, 1),
    "cut off": (says(SAID, status="incomplete"), AnswerUnusable, 1, 0),
    "failed": (says(SAID, status="failed"), AnswerUnusable, 1, 0),
    "refused": (lambda _: Response(orjson.dumps(REFUSAL), media_type="application/json"), AnswerUnusable, 1, 0),
    "another form": (says({"intent": "damaged_item"}), AnswerUnusable, 1, 0),
    "a confidence that is none": (says(SURE), AnswerUnusable, 1, 0),
    "not JSON": (says("damaged_item"), AnswerUnusable, 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_one_of_our_errors_in_time_and_paid_for(fault: str) -> None:
    answer, error, requests, unknown_costs = FAULTS[fault]
    async with bench(answer, deadline_s=0.4 if answer is never else 5.0) as b:
        async with asyncio.timeout(4):
            with pytest.raises(VendorError) as caught:
                await b.verifier.confirms("where is it", "t_order_status_verified")
            assert type(caught.value) is error
            failed = await b.model.ask("where is it")
        assert failed.result is ModelResult.FAILED
        assert len(b.asked) == 2 * requests
        used = b.spending._books[0].day_used / 1e6
    if unknown_costs:  # more than it would have cost, since nobody knows
        assert used > unknown_costs * 2 * COST
        assert failed.usage.calls == requests
    elif error is AnswerUnusable:
        assert used == pytest.approx(2 * COST, abs=1e-5)
    else:
        assert used == 0
    assert "where is it" not in str(caught.value)


async def test_once_more_is_enough() -> None:
    async with bench(plain(500), says(SAID)) as b:
        answer = await b.model.ask("broken")
        assert answer.result is ModelResult.ANSWERED
        assert (len(b.asked), answer.usage.calls) == (2, 2)


@pytest.mark.parametrize("said", [{**SAID, "intents": []}, {**SAID, "signals": ["sunny"]}])
async def test_a_name_that_was_not_offered_is_no_answer(said: Any) -> None:
    async with bench(says(said)) as b:
        assert (await b.model.ask("broken")).result is ModelResult.FAILED


async def test_a_vendor_that_fails_again_and_again_is_left_alone() -> None:
    async with bench(plain(500)) as b:
        results = [(await b.model.ask(f"text {number}")).result for number in range(4)]
        assert results == [ModelResult.FAILED, ModelResult.FAILED, ModelResult.LEFT_ALONE, ModelResult.LEFT_ALONE]
        assert b.model.refusal() is ModelResult.LEFT_ALONE
        assert len(b.asked) == 5


async def test_texts_that_it_refuses_do_not_leave_it_alone() -> None:
    async with bench(says(SAID, status="incomplete")) as b:
        for number in range(8):
            assert (await b.model.ask(f"text {number}")).result is ModelResult.FAILED
        assert b.model.refusal() is None


async def test_over_budget_nothing_is_asked() -> None:
    async with bench(says(SAID), budget=Budget(0.006, 0.006)) as b:
        results = [(await b.model.ask(f"text {number}")).result for number in range(40)]
        spent = b.spending._books[0].day_used / 1e6
    answered = results.count(ModelResult.ANSWERED)
    assert results == [ModelResult.ANSWERED] * answered + [ModelResult.OVER_BUDGET] * (40 - answered)
    assert len(b.asked) == answered > 5
    assert spent == pytest.approx(answered * COST, abs=1e-4)
    assert spent <= 0.006


@pytest.mark.parametrize(
    ("said", "confirms"),
    [
        ({"asks_this": True, "asks_something_else_too": False, "confidence": 0.9}, True),
        ({"asks_this": True, "asks_something_else_too": True, "confidence": 0.9}, False),
        ({"asks_this": False, "asks_something_else_too": False, "confidence": 0.9}, False),
    ],
)
async def test_the_verifier_is_asked_about_the_reply_alone(said: Any, confirms: bool) -> None:
    async with bench(says(said)) as b:
        port: Verifier = b.verifier
        verdict = await port.confirms("where is it", "t_order_status_verified")
    assert (verdict.confirms, verdict.confidence) == (confirms, 0.9)
    assert orjson.loads(b.asked[0]["input"]) == {
        "message": "where is it",
        "reply": WORDS.replies["t_order_status_verified"],
    }


async def test_a_template_that_is_none_is_not_asked_about() -> None:
    async with bench(says(SAID)) as b:
        with pytest.raises(VendorRefused):
            await b.verifier.confirms("where is it", "t_never_heard_of")
        assert b.asked == []
