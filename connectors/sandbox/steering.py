"""The sandbox's own endpoints under ``/sandbox/``: fill it, break it, read back what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.api import ticket_document
from connectors.sandbox.bodies import NotJson, json_body
from connectors.sandbox.faults import FaultPlan, FaultRule
from connectors.sandbox.journal import Journal
from connectors.sandbox.model import ModelState, Scripted
from connectors.sandbox.shop import NewOrder, ShopState
from connectors.sandbox.state import HelpdeskState, NewComment, NewTicket, SandboxRefusal
from streams.clock import Clock

LOG_PAGE: Final = 10_000
"""Log entries in one answer, unless ``limit`` says less."""

_Act = Callable[[Request, Any], Any]
_M = TypeVar("_M", bound=BaseModel)


def routes(state: HelpdeskState, journal: Journal, faults: FaultPlan, clock: Clock) -> list[Route]:
    """The routes over one sandbox's parts."""

    def create(_: Request, body: Any) -> Any:
        if isinstance(body, dict) and isinstance(body.get("tickets"), list):
            return {"tickets": [_create(one) for one in body["tickets"]]}
        return _create(body)

    def _create(body: Any) -> dict[str, Any]:
        ticket, created = state.create(_parse(NewTicket, body), clock.now())
        return {"id": ticket.id, "created": created, "comment_ids": [comment.id for comment in ticket.comments]}

    def comment(request: Request, body: Any) -> Any:
        return {"id": state.comment(request.path_params["id"], _parse(NewComment, body), clock.now()).id}

    def read(request: Request, _: Any) -> Any:
        return {"ticket": ticket_document(state.get(request.path_params["id"]))}

    def log(request: Request, _: Any) -> Any:
        return journal.since(_number(request, "since", 0), min(_number(request, "limit", LOG_PAGE), LOG_PAGE))

    def summary(_: Request, __: Any) -> Any:
        return {
            "tickets": len(state),
            "tags": dict(state.tag_counts),
            "requests": journal.last_seq,
            "writes_applied": journal.applied,
            "by_status": {str(status): count for status, count in sorted(journal.by_status.items())},
            "faults": faults.describe(),
        }

    def break_it(_: Request, body: Any) -> Any:
        faults.add(_parse(FaultRule, body))
        return {"faults": faults.describe()}

    def mend(_: Request, __: Any) -> Any:
        faults.clear()
        return {"faults": []}

    return [
        Route("/sandbox/tickets", _answering(create), methods=["POST"]),
        Route("/sandbox/tickets/{id}", _answering(read)),
        Route("/sandbox/tickets/{id}/comments", _answering(comment), methods=["POST"]),
        Route("/sandbox/log", _answering(log)),
        Route("/sandbox/summary", _answering(summary)),
        Route("/sandbox/faults", _answering(break_it), methods=["POST"]),
        Route("/sandbox/faults", _answering(mend), methods=["DELETE"]),
    ]


def shop_routes(shop: ShopState, clock: Clock) -> list[Route]:
    """The routes that fill the shop."""

    def order(_: Request, body: Any) -> Any:
        shop.add(_parse(NewOrder, body), clock.now())
        return {"orders": len(shop.orders)}

    return [Route("/sandbox/orders", _answering(order), methods=["POST"])]


def model_routes(model: ModelState) -> list[Route]:
    """The routes that script the language model and read what it was asked for."""

    def script(_: Request, body: Any) -> Any:
        return {"waiting": model.put(_parse(Scripted, body))}

    def used(_: Request, __: Any) -> Any:
        return {"calls": model.calls, "tokens": model.tokens}

    return [
        Route("/sandbox/model/script", _answering(script), methods=["POST"]),
        Route("/sandbox/model", _answering(used)),
    ]


def _answering(act: _Act) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            document, status = act(request, await json_body(request)), 200
        except (SandboxRefusal, NotJson) as exc:
            document, status = {"error": str(exc)}, exc.status
        return Response(orjson.dumps(document), status, media_type="application/json")

    return endpoint


def _parse(model: type[_M], body: Any) -> _M:
    try:
        return model.model_validate(body)
    except ValidationError as exc:
        first = exc.errors()[0]
        raise SandboxRefusal(400, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None


def _number(request: Request, name: str, default: int) -> int:
    raw = request.query_params.get(name, str(default))
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise SandboxRefusal(400, f"{name} is a whole number")
    return int(raw)
