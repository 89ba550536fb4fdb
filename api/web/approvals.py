"""Escalations: filed to a rung, looked for, and answered by somebody who has it."""

from __future__ import annotations

import re
from typing import Final, get_args

from flask import Blueprint, Response, request

from api.access.problems import NotForYou
from api.serving.approvals import State, Wanted, approval_of, listed
from api.serving.approving import Filing, Question, Word, answered, approver, filed, question_in, word_in
from api.serving.deciding import again, in_words
from api.serving.desk import Desk
from api.serving.timeline import Place
from api.web.bodies import asked_for, body_of, limit_of
from api.web.decisions import own_decision
from api.web.operations import Parameter, caller, now, operation
from api.web.operations import answered as told
from api.web.outcomes import speaking
from api.web.problems import Refusal
from api.web.service import service
from schemas.answers import Approval, ApprovalCase, Approvals
from schemas.decision import Decision
from schemas.questions import ApprovalAsked, ApprovalGiven

bp: Final = Blueprint("approvals", __name__)
STATES: Final[tuple[State, ...]] = get_args(State)
MOST: Final = 100
BEHIND: Final = re.compile(r"([0-9]{1,18})-([A-Za-z0-9._~-]{1,200})")
"""A place in a list, as `next` writes it."""
QUERY: Final = (
    Parameter("rung", "Only what this rung was asked."),
    Parameter("state", "Only what stands so.", {"enum": list(STATES)}),
    Parameter("pack", "Only what this pack decided."),
    Parameter("limit", "How many, at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}),
    Parameter("after", "Where to go on: `next` of the answer before."),
)


@bp.post("/v1/approvals")
@operation("decide", takes=ApprovalAsked, gives={200: Approval}, problems=(404, 409, 410), writes=True)
def file() -> Response:
    """Ask a higher rung to approve what was escalated; asked again, it is the same approval."""
    asked_for()
    said = body_of(ApprovalAsked)
    ticket = service().approvals.ticket(said.token, now())
    desk, _ = own_decision(ticket.decision)
    found = filed(desk.ledger, Filing(ticket, speaking(said.agent), caller().id, now(), said.note))
    return told(approval_of(found, word_in(desk.ledger, found.id), now()))


@bp.get("/v1/approvals")
@operation("approve", "audit", gives={200: Approvals}, query=QUERY, problems=(404,))
def look() -> Response:
    """List what was asked of higher rungs, newest first."""
    asked_for(*(one.name for one in QUERY))
    wanted = Wanted(_packs(), caller().customer, request.args.get("rung"), _state(), _behind())
    found, behind = listed(service().memory.ledger, wanted, now(), limit_of(MOST))
    return told(Approvals(approvals=tuple(found), next=None if behind is None else f"{behind.at}-{behind.id}"))


@bp.get("/v1/approvals/<id_>")
@operation("decide", "approve", "audit", gives={200: ApprovalCase}, problems=(404, 410))
def read(id_: str) -> Response:
    """Give an approval as it stands, with the decision that it is about."""
    asked_for()
    return told(_case(*_own(id_)))


@bp.post("/v1/approvals/<id_>:approve")
@operation("approve", takes=ApprovalGiven, gives={200: ApprovalCase}, problems=(404, 409, 410), writes=True)
def approve(id_: str) -> Response:
    """Say yes to what was asked, where the policy lets this rung still; the customer's acceptance grants it."""
    return _answer(id_, approved=True)


@bp.post("/v1/approvals/<id_>:reject")
@operation("approve", takes=ApprovalGiven, gives={200: ApprovalCase}, problems=(404, 409, 410), writes=True)
def reject(id_: str) -> Response:
    """Say no to what was asked."""
    return _answer(id_, approved=False)


def _answer(id_: str, approved: bool) -> Response:
    asked_for()
    said = body_of(ApprovalGiven)
    desk, question = _own(id_)
    by = approver(desk.released(question.event.release).rungs, question, caller(), said.agent)
    answered(desk, id_, Word(approved, by, caller().id, now(), said.reason))
    return told(_case(desk, question))


def _own(id_: str) -> tuple[Desk, Question]:
    """Return an approval that is there for the caller, and the desk that decided; else raise `NotForYou`."""
    found = service()
    question = question_in(found.memory.ledger, id_)
    event = None if question is None else question.event
    pack = None if event is None else event.pack
    if question is None or event is None or pack is None or not caller().sees(pack, event.customer):
        raise NotForYou("approval")
    return found.desk(pack, caller()), question


def _case(desk: Desk, question: Question) -> ApprovalCase:
    word = word_in(desk.ledger, question.request.id)
    return ApprovalCase(
        approval=approval_of(question.request, word, now()),
        asked=in_words(desk, again(desk, question.event)),
        decided=Decision.model_validate(word.decided) if word is not None and word.decided else None,
    )


def _packs() -> frozenset[str]:
    """Return the packs whose approvals are looked for: the one that is named, else all there are for the caller."""
    who, live = caller(), service().packs.desks.keys()
    named = request.args.get("pack")
    if named is not None:
        service().desk(named, who)
        return frozenset((named,))
    return frozenset(filter(who.has_pack, live))


def _state() -> State | None:
    said = request.args.get("state")
    found = next((one for one in STATES if one == said), None)
    if said is not None and found is None:
        raise Refusal(422, "there is no such state", f"those that are: {', '.join(STATES)}")
    return found


def _behind() -> Place | None:
    said = request.args.get("after")
    if said is None:
        return None
    found = BEHIND.fullmatch(said)
    if found is None:
        raise Refusal(422, "`after` is no place in this list", "send `next` of the answer before, as it is")
    return Place(int(found[1]), found[2])
