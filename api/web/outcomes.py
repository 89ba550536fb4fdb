"""What became of decisions: what the customer answered, and what would be decided now."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint, Response

from api.serving.outcomes import settled
from api.serving.replaying import replayed
from api.web.bodies import asked_for, body_of
from api.web.decisions import own_decision
from api.web.events import kept_of
from api.web.operations import answered, caller, may_say, new_id, now, operation
from engine.memory.moments import moment_at
from engine.memory.taking import Taken
from engine.problems import wrong_at
from schemas.answers import Difference, Replayed, Settled
from schemas.questions import OutcomeRequest
from schemas.request import Agent

bp: Final = Blueprint("outcomes", __name__)


@bp.post("/v1/decisions/<id_>/outcome")
@operation("decide", takes=OutcomeRequest, gives={200: Settled}, problems=(404, 409, 410), writes=True)
def settle(id_: str) -> Response:
    """Say what became of an offer; one that is accepted is checked again, granted, and makes its promises."""
    asked_for()
    said = body_of(OutcomeRequest)
    desk, _ = own_decision(id_)
    if said.outcome == "overridden" and not said.reason:
        raise wrong_at("/reason", "missing", "an override needs a reason", "say why it was overridden")
    taken = Taken(
        id=said.id or new_id("o"),
        outcome=said.outcome,
        at=_moment(said.at),
        amount=said.amount,
        reason=said.reason,
        stands_until=said.stands_until,
        agent=speaking(said.agent),
        channel=said.channel,
        session=said.session,
    )
    events = settled(desk, id_, taken)
    return answered(Settled(decision=id_, outcome=said.outcome, events=tuple(map(kept_of, events))))


@bp.post("/v1/decisions/<id_>:replay")
@operation("audit", gives={200: Replayed}, problems=(404, 410))
def replay(id_: str) -> Response:
    """Decide once more what was decided: by the release of then, and by that of now."""
    asked_for()
    desk, _ = own_decision(id_)
    found = replayed(desk, id_)
    differences = tuple(Difference(what=one.what, then=one.then, now=one.now) for one in found.differences)
    return answered(Replayed(then=found.then, same=found.same, now=found.now, differences=differences))


def speaking(said: Agent) -> Agent:
    """Return who says something: nobody in particular where neither the request nor the credential tells."""
    agent = caller().acting(said)
    return Agent() if said == Agent() and agent.id is None else agent


def _moment(said: datetime | None) -> datetime:
    """Return when something was, which is about now unless the caller may say any moment."""
    if said is not None and not may_say(moment_at(said)):
        raise wrong_at("/at", "other-clock", "this is too far from the server's clock", "leave `at` out")
    return said or now()
