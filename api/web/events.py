"""What happened, as callers tell it: contacts, outreach, promises kept and broken, and what packs declare."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from api.access.problems import NotForYou
from api.serving.problems import EventUnfit
from api.serving.recording import fitting
from api.web.asking import desk_of
from api.web.bodies import asked_for, json_text
from api.web.operations import answered, at_part, caller, new_id, now, operation, repeated
from api.web.service import service
from engine.memory.problems import CaseGone
from engine.problems import RequestError, error_at, wrong_at
from engine.request_json import invalid_model
from schemas.answers import EventsKept, Kept
from schemas.decision import ProblemError
from schemas.events import KINDS, Event, Happened
from schemas.frozen import made
from schemas.questions import TOLD, EventsTold, ToldEvent

bp: Final = Blueprint("events", __name__)
LATEST: Final = timedelta(days=366)
"""How long after it happened something may be told; what is older comes by `leeway record`."""
ONE: Final[TypeAdapter[Any]] = TypeAdapter(ToldEvent)
SEVERAL: Final = TypeAdapter(EventsTold)
KIND: Final = f"say a `kind` that is told: {', '.join(str(one.model_fields['kind'].default) for one in TOLD)}"
APART: Final = frozenset({"id", "kind", "at", "customer", "version"})
"""Fields of events that answers do not have among the others."""


@bp.post("/v1/events")
@operation(
    "record",
    takes=ToldEvent | EventsTold,
    gives={201: Kept | EventsKept},
    problems=(404, 409, 410),
    writes=True,
)
def record() -> Response:
    """Keep what happened: one event, or several, all or none of them."""
    asked_for()
    text = json_text()
    body = from_json(text)
    several = isinstance(body, dict) and "events" in body
    told = _read(SEVERAL, text).events if several else [_read(ONE, text)]
    events = [_event(number, one, f"/events/{number - 1}" if several else "") for number, one in enumerate(told, 1)]
    service().memory.ledger.append(events)
    kept = tuple(map(kept_of, events))
    return answered(EventsKept(events=kept) if several else kept[0], 201)


def kept_of(event: Event, *, without: frozenset[str] = frozenset()) -> Kept:
    """Return an event as callers get it; `without` some of its fields."""
    data = event.model_dump(mode="json", exclude={*APART, *without})
    return Kept(id=event.id, kind=event.kind, at=event.at, customer=event.customer, data=data)


def _read(adapter: TypeAdapter[Any], text: bytes) -> Any:
    """Return a body that tells of events; raise `RequestError` with everything that is wrong with it."""
    try:
        return adapter.validate_json(text)
    except ValidationError as problem:
        errors = tuple(map(_placed, invalid_model(problem).problem.errors))
    detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} values are not as events have them"
    raise RequestError("invalid-request", detail, errors=errors)


def _placed(error: ProblemError) -> ProblemError:
    """Return one thing that is wrong by its place in the body, without the kind, which is no step on the way there."""
    if error.code.startswith("union-tag"):
        return error_at(f"{error.pointer}/kind", "unknown-kind", KIND)
    steps = error.pointer.split("/")
    tag = 1 if KINDS.keys() & steps[1:2] else 3
    return error.model_copy(update={"pointer": "/".join(steps[:tag] + steps[tag + 1 :])})


def _event(number: int, told: Happened, place: str) -> Event:
    """Return an event as it will be kept; raise what is wrong with it, by its place in the body."""
    at_part(number)
    try:
        return _fitting(told)
    except EventUnfit as unfit:
        wrong = wrong_at("", unfit.code, str(unfit))
    except RequestError as problem:
        wrong = problem
    errors = tuple(one.model_copy(update={"pointer": place + one.pointer}) for one in wrong.problem.errors)
    wrong.problem = wrong.problem.model_copy(update={"errors": errors})
    raise wrong


def _fitting(told: Happened) -> Event:
    """Return an event as the pack records it, by whom and about whom the caller may tell."""
    who, found = caller(), service()
    desk = desk_of(found, who, told.pack)
    id_, at = _identified(told.__dict__["id"], told.__dict__["at"])
    given = {**told.__dict__, "id": id_, "at": at, "agent": who.acting(told.agent)}
    kind = KINDS[given["kind"]]
    event: Any = made(kind, **{name: given[name] for name in kind.model_fields})
    event = fitting(found.memory.ledger, desk.release, event, who.customer)
    if not who.sees(event.pack, event.customer):
        raise NotForYou("customer")
    return event  # type: ignore[no-any-return]  # the kind is one of events


def _identified(said: str | None, at: datetime | None) -> tuple[str, datetime]:
    """Return the id of an event, and when it happened: told again under its id, what was said the first time."""
    id_ = said or new_id("e")
    known = service().memory.ledger.one(id_) if said or repeated() else None
    if known is not None and known.erased:
        raise CaseGone("the event was about a customer who was erased")
    if at is not None:
        return id_, _late(at)
    return id_, now() if known is None else known.event.at


def _late(at: datetime) -> datetime:
    """Return when something happened, which is not to come, nor too long ago to be told now."""
    if at > now() + service().settings.clock_tolerance:
        raise wrong_at("/at", "other-clock", "this is still to come, by the server's clock", "leave `at` out")
    if at < now() - LATEST:
        help = "tell what is older by `leeway record`"
        raise wrong_at("/at", "too-late", f"this is more than {LATEST.days} days ago", help)
    return at
