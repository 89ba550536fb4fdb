"""A request for a decision as it is decided here: by which desk, for whom, by which clock."""

from __future__ import annotations

from api.access.caller import Caller
from api.access.problems import NotForYou
from api.serving.customers import customer_of
from api.serving.desk import Desk
from api.web.operations import caller, may_say, new_id, now
from api.web.service import Service, service
from engine.problems import RequestError, error_at, wrong_at
from engine.values.parse import ValueProblem
from schemas.questions import GIVEN
from schemas.request import DecisionRequest


def asking(given: DecisionRequest) -> tuple[Desk, DecisionRequest]:
    """Return the desk that decides a request, and the request with all that the caller's credential says.

    Raises `RequestError`, or an `AccessProblem` where the request claims what is not the caller's.
    """
    who, found = caller(), service()
    desk = desk_of(found, who, given.pack)
    request = given.model_copy(
        update={
            "id": _id(given.id),
            "agent": who.acting(given.agent),
            "now": _now(desk, given.now),
        }
    )
    if who.customer is not None and customer_of(desk.release, request) != who.customer:
        raise NotForYou("customer")
    return desk, request


def desk_of(found: Service, who: Caller, pack: str | None) -> Desk:
    """Return the desk of the pack that a request names; where there is one only, it need not."""
    if pack is not None:
        return found.desk(pack, who)
    own = [name for name in found.packs.desks if who.has_pack(name)]
    if len(own) != 1:
        at = error_at("/pack", "missing", "the request names no pack, and there is not just one")
        raise RequestError("unknown-pack", at.detail, "`GET /v1/packs` lists those there are", (at,))
    return found.desk(own[0], who)


def _id(given: str | None) -> str:
    if given is None:
        return new_id("d")
    if not GIVEN.fullmatch(given):
        help = "use letters, digits and `.`, `_`, `~`, `-`, at most 100 of them, a letter or digit first"
        raise wrong_at("/id", "wrong-id", "this id cannot stand in an address", help)
    return given


def _now(desk: Desk, given: str | None) -> str:
    """Return the moment of the decision: the server's, unless the caller says one that they may say."""
    if given is None:
        return now().isoformat()
    try:
        said = desk.release.always["now"](given)
    except ValueProblem:
        return given
    assert isinstance(said, int)
    if not may_say(said):
        raise wrong_at("/now", "other-clock", "this is too far from the server's clock", "leave `now` out")
    return given
