"""Decisions: asked for one by one or many at once, read again, told in words."""

from __future__ import annotations

from typing import Final, get_args

from flask import Blueprint, Response, request

from api.access.problems import NotForYou
from api.ledger.problems import LedgerUnavailable
from api.serving.deciding import again, decision_in, in_words
from api.serving.desk import Desk
from api.web.answers import decision_on
from api.web.bodies import asked_for, body_of, item_of
from api.web.operations import Parameter, answered, at_part, caller, operation
from api.web.problems import EXPECTED, Refusal, noted
from api.web.service import service
from schemas.answers import BatchAnswer, DecisionAnswer, DecisionAnswers, Explanation
from schemas.decision import Decision, Problem, Reader
from schemas.events import DecisionEvent
from schemas.questions import BatchRequest
from schemas.request import DecisionRequest

bp: Final = Blueprint("decisions", __name__)
EXPLAIN: Final = Parameter(
    "explain",
    "Whether the answer has its words, its why not, and from when it would be a yes.",
    {"type": "boolean", "default": False},
)
READERS: Final[tuple[Reader, ...]] = get_args(Reader)
FOR: Final = Parameter("for", "Who reads it.", {"enum": list(READERS), "default": "agent"})


@bp.post("/v1/decisions")
@operation(
    "decide",
    takes=DecisionRequest,
    gives={200: DecisionAnswer | DecisionAnswers},
    query=(EXPLAIN,),
    problems=(404, 409, 410),
    writes=True,
)
def decide() -> Response:
    """Decide one ask, or several in order, and keep the decisions."""
    return answered(decision_on(body_of(DecisionRequest), wants_words()))


@bp.post("/v1/decisions:batch")
@operation("decide", takes=BatchRequest, gives={200: BatchAnswer}, query=(EXPLAIN,), writes=True)
def decide_each() -> Response:
    """Decide many requests, each by itself; the answer has a decision or a problem for each, in order."""
    words, asked = wants_words(), body_of(BatchRequest).requests
    return answered(BatchAnswer(items=tuple(_item(number, one, words) for number, one in enumerate(asked, 1))))


def _item(number: int, value: object, words: bool) -> DecisionAnswer | DecisionAnswers | Problem:
    at_part(number)
    try:
        return decision_on(item_of(DecisionRequest, value), words)
    except LedgerUnavailable:
        raise
    except EXPECTED as problem:
        return noted(problem)


@bp.get("/v1/decisions/<id_>")
@operation("decide", "audit", gives={200: Decision}, problems=(404, 410))
def read(id_: str) -> Response:
    """Give a decision as it was given."""
    desk, event = own_decision(id_)
    return answered(again(desk, event))


@bp.get("/v1/decisions/<id_>/explanation")
@operation("decide", "audit", gives={200: Explanation}, query=(FOR,), problems=(404, 410))
def told(id_: str) -> Response:
    """Tell a decision in words, for an agent, the customer or an auditor."""
    asked_for("for")
    said = request.args.get("for", "agent")
    reader: Reader | None = next((one for one in READERS if one == said), None)
    if reader is None:
        raise Refusal(422, "there is no such reader", f"those that are: {', '.join(READERS)}")
    desk, event = own_decision(id_)
    decision = in_words(desk, again(desk, event))
    text = decision.texts.get(reader, "")
    return answered(Explanation(id=decision.id, verdict=decision.verdict, reader=reader, text=text))


def own_decision(id_: str) -> tuple[Desk, DecisionEvent]:
    """Return a decision that is there for the caller, and the desk that gave it; else raise `NotForYou`."""
    found = service()
    event = decision_in(found.memory.ledger, id_)
    if event.pack is None or not caller().sees(event.pack, event.customer):
        raise NotForYou("decision")
    return found.desk(event.pack, caller()), event


def wants_words() -> bool:
    """Return whether the request asks for words."""
    if EXPLAIN.name not in asked_for(EXPLAIN.name):
        return False
    said = request.args[EXPLAIN.name]
    if said not in ("true", "false"):
        raise Refusal(422, "`explain` is neither `true` nor `false`")
    return said == "true"
