"""One customer: what was promised to them, what happened to them, and that nothing of it is kept any more."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter

from api.access.caller import Caller
from api.access.problems import NotForYou, PacksMissing
from api.ledger.erasing import Erasure, ErasureRefused, erase
from api.serving.promising import promised
from api.serving.timeline import Place, Wanted, happened
from api.web.bodies import asked_for, limit_of
from api.web.events import kept_of
from api.web.operations import Parameter, answered, caller, now, operation, repeated
from api.web.problems import Refusal
from api.web.service import service
from engine.memory.promises import Promise
from schemas.answers import Promises, PromiseState, Timeline
from schemas.events import KINDS
from schemas.request import Agent

bp: Final = Blueprint("customers", __name__)
MOST: Final = 200
LONGEST: Final = 1000
CASE: Final = frozenset({"case", "decided", "digest"})
"""Fields that hold a decision for it to be decided again: `GET /v1/decisions/{id}` gives it as it was given."""
READ_ONLY: Final = ("/promises", "/timeline")
"""What follows a customer's id in other addresses; an id may end so too, and is erased where it is known."""
LIMIT: Final = Parameter(
    "limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}
)
BEFORE: Final = Parameter("before", "Where to go on: `next` of the answer before.")
KIND: Final = Parameter("kind", "Only events of these kinds.", {"type": "array", "items": {"enum": sorted(KINDS)}})
REASON: Final = Parameter(
    "reason",
    "Why; it is kept in the clear for ever, so it names nobody.",
    {"type": "string", "maxLength": LONGEST, "default": ""},
)


class AnyId(BaseConverter):
    """A part of an address that may be of any characters; `/` too, for servers write `%2F` as `/` before we see it."""

    regex = r"[\s\S]+"
    part_isolating = False
    weight = 200


@bp.record_once
def _know_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["customer"] = AnyId


@bp.get("/v1/customers/<customer:id_>/promises")
@operation("decide", "audit", gives={200: Promises}, problems=(404,))
def owed(id_: str) -> Response:
    """List what was promised to a customer, and what became of it; nothing of one who is not known."""
    asked_for()
    found, who = service(), _own(id_)
    desks = [desk for name, desk in found.packs.desks.items() if who.sees(name, id_)]
    promises = promised(found.memory.ledger, desks, id_, now())
    return answered(Promises(promises=tuple(map(_state, promises))))


@bp.get("/v1/customers/<customer:id_>/timeline")
@operation("decide", "audit", gives={200: Timeline}, query=(LIMIT, BEFORE, KIND), problems=(404,))
def timeline(id_: str) -> Response:
    """List what happened to a customer, newest first; nothing of one who is not known, or was erased."""
    asked_for(LIMIT.name, BEFORE.name, KIND.name, several=(KIND.name,))
    who = _own(id_)
    wanted = Wanted(id_, limit_of(MOST), lambda event: who.sees(event.pack, event.customer), _kinds(), _before())
    events, more = happened(service().memory.ledger, wanted)
    told = tuple(kept_of(one, without=CASE) for one in events)
    return answered(Timeline(events=told, next=None if more is None else more.written()))


@bp.delete("/v1/customers/<customer:id_>")
@operation("admin", gives={204: None}, query=(REASON,), problems=(404, 422), writes=True)
def forget(id_: str) -> Response:
    """Erase a customer: their key is destroyed, and with it all that is personal; of one who is not known, nothing."""
    asked_for(REASON.name)
    found, who = service(), _own(id_)
    if who.packs is not None:
        raise PacksMissing
    if id_.endswith(READ_ONLY) and not repeated() and found.memory.vault.known(id_) is None:
        raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
    try:
        erase(found.memory.ledger, found.memory.vault, Erasure(id_, _reason(), now(), who.acting(Agent())))
    except ErasureRefused as refused:
        raise Refusal(422, str(refused), kind=refused.code) from None
    return Response(status=204, content_type=None)


def _own(id_: str) -> Caller:
    """Return who calls; raise `NotForYou` where the customer is not there for them."""
    who = caller()
    if who.customer not in (None, id_):
        raise NotForYou("customer")
    return who


def _state(promise: Promise) -> PromiseState:
    event = promise.event
    return PromiseState(
        id=event.id,
        customer=event.customer,
        pack=event.pack,
        action=event.action,
        what=event.promise,
        decision=event.decision,
        amount=event.amount,
        currency=event.currency,
        owner=event.owner,
        made=event.at,
        due=date.fromisoformat(event.due),
        state=promise.state,
        late=promise.late,
    )


def _before() -> Place | None:
    said = request.args.get(BEFORE.name)
    try:
        return None if said is None else Place.read(said)
    except ValueError:
        raise Refusal(422, "`before` is no place in a timeline", "send `next` of the answer before, as it is") from None


def _kinds() -> list[str] | None:
    said = request.args.getlist(KIND.name)
    if not KINDS.keys() >= set(said):
        raise Refusal(422, "there is no such kind of event", f"those that are: {', '.join(KINDS)}")
    return said or None


def _reason() -> str:
    said = request.args.get(REASON.name, "")
    if len(said) > LONGEST:
        raise Refusal(422, f"`reason` is longer than {LONGEST} characters", "say it shorter")
    return said
