"""What happened to a customer as far as what is decided later depends on it: no case of a decision, no note of a visit.

Moments are microseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from pydantic import JsonValue

from engine.memory.moments import datetime_of, moment_at
from schemas.decision import Amount, VerdictWord
from schemas.events import Event, OutcomeWord, PromiseMadeEvent
from schemas.frozen import made
from schemas.request import Agent


class Decided(NamedTuple):
    """A decision was given."""

    id: str
    at: int
    pack: str | None
    session: str | None
    action: str
    verdict: VerdictWord
    amount: Amount | None
    currency: str | None
    honours: str | None
    reasons: tuple[str, ...]
    inputs: Mapping[str, JsonValue]


class Answered(NamedTuple):
    """An outcome: what became of an offer."""

    id: str
    at: int
    decision: str
    outcome: OutcomeWord
    amount: Amount | None


class Approved(NamedTuple):
    """Somebody higher up answered."""

    id: str
    at: int
    decision: str
    approved: bool


class Promised(NamedTuple):
    """A promise was made."""

    id: str
    at: int
    event: PromiseMadeEvent


class WordKept(NamedTuple):
    """A promise was kept."""

    id: str
    at: int
    promise: str


class WordBroken(NamedTuple):
    """A promise was not kept."""

    id: str
    at: int
    promise: str


class Told(NamedTuple):
    """Anything else that signals are about, by the kind, or the name that its pack gives it, and what has a value."""

    id: str
    at: int
    kind: str
    fields: Mapping[str, JsonValue]


Past: TypeAlias = Decided | Answered | Approved | Promised | WordKept | WordBroken | Told

TELLING: Final = ("contact", "outreach", "feedback")
"""Kinds of events of which signals know the fields by the names that the events have for them."""
FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "decision": (
            "pack", "session", "action", "verdict", "amount", "currency", "honours", "reasons", "inputs",
        ),
        "outcome": ("decision", "outcome", "amount"),
        "approval": ("decision", "approved"),
        "promise_made": (
            "pack", "agent", "channel", "session", "promise", "action", "decision", "release", "as_of", "due",
            "amount", "currency", "owner", "segment", "inputs",
        ),
        "promise_kept": ("promise",),
        "promise_broken": ("promise",),
        "grant": ("action", "decision", "amount"),
        "customer": ("name", "data"),
        "contact": ("topic", "resolved", "asked_why", "channel"),
        "outreach": ("about", "reason"),
        "feedback": ("rule", "helps"),
    }
)  # fmt: skip
"""By kind of event, what of it later decisions depend on, beside its id and its moment; what is personal last.

Ledgers keep these values in this order: with other fields their gists are of another form.
"""
OTHERS: Final = {
    name: field.get_default(call_default_factory=True)
    for name, field in PromiseMadeEvent.model_fields.items()
    if name not in (*FIELDS["promise_made"], "id", "at", "customer")
}
"""What every promise that was made says, or what nothing depends on."""


def past_of(event: Event) -> Past | None:
    """Return what later decisions depend on of an event; None where they do not."""
    at = moment_at(event.at)
    if isinstance(event, PromiseMadeEvent):
        return Promised(event.id, at, event)
    return MADE[event.kind](event.id, at, _values(event.kind)(vars(event))) if event.kind in MADE else None


def promised(customer: str, id_: str, at: int, values: Sequence[Any]) -> Promised:
    """Return a promise that was made to a customer, by the values of its `FIELDS` as JSON has them."""
    said: dict[str, Any] = dict(zip(FIELDS["promise_made"], values, strict=True))
    agent = said["agent"]
    said["agent"] = _agent(agent["role"], agent["id"], agent["team"])
    said["id"], said["at"], said["customer"] = id_, datetime_of(at), customer
    said.update(OTHERS)
    return Promised(id_, at, made(PromiseMadeEvent, **said))


@lru_cache(maxsize=1024)
def _agent(role: str | None, id_: str | None, team: str | None) -> Agent:
    """Return an agent; very many promises are made by few of them."""
    return made(Agent, role=role, id=id_, team=team)


@cache
def _values(kind: str) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """Return what gives the values of the fields of a kind."""
    names = FIELDS[kind]
    return itemgetter(*names) if len(names) > 1 else lambda fields: (fields[names[0]],)


def _decided(id_: str, at: int, values: Sequence[Any]) -> Decided:
    pack, session, action, verdict, amount, currency, honours, reasons, inputs = values
    return Decided(id_, at, pack, session, action, verdict, amount, currency, honours, tuple(reasons), inputs)


def _grant(id_: str, at: int, values: Sequence[Any]) -> Told:
    action, decision, amount = values
    units = "units" if isinstance(amount, int) else "amount"
    return Told(id_, at, "grant", _known((("action", action), ("decision", decision), (units, amount))))


def _own(id_: str, at: int, values: Sequence[Any]) -> Told:
    name, data = values
    return Told(id_, at, name, _known(data.items()))


def _telling(kind: str) -> Callable[[str, int, Sequence[Any]], Told]:
    """Return what makes events of a kind of which signals know the fields by the same names."""
    names = FIELDS[kind]

    def tell(id_: str, at: int, values: Sequence[Any]) -> Told:
        return Told(id_, at, kind, _known(zip(names, values, strict=True)))

    return tell


def _known(fields: Iterable[tuple[str, Any]]) -> dict[str, JsonValue]:
    return {name: value for name, value in fields if value is not None}


Make: TypeAlias = Callable[[str, int, Sequence[Any]], Past]
"""Makes what happened from an id, a moment, and values."""
MADE: Final[Mapping[str, Make]] = MappingProxyType(
    {
        "decision": _decided,
        "outcome": lambda id_, at, values: Answered(id_, at, *values),
        "approval": lambda id_, at, values: Approved(id_, at, *values),
        "promise_kept": lambda id_, at, values: WordKept(id_, at, *values),
        "promise_broken": lambda id_, at, values: WordBroken(id_, at, *values),
        "grant": _grant,
        "customer": _own,
        **{kind: _telling(kind) for kind in TELLING},
    }
)
"""By kind of event, what makes it from the values of its `FIELDS`, as events or as JSON have them; but promises."""


KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {
        Decided: "decision",
        Answered: "outcome",
        Approved: "approval",
        Promised: "promise_made",
        WordKept: "promise_kept",
        WordBroken: "promise_broken",
    }
)


def kind_of(past: Past) -> str:
    """Return what kind of event signals call it."""
    return past.kind if isinstance(past, Told) else KINDS[type(past)]


def told_of(past: Past) -> Told:
    """Return an event as signals know it."""
    match past:
        case Told():
            return past
        case Decided(reasons=reasons):
            return _told(past, action=past.action, verdict=past.verdict, reason=reasons[0] if reasons else None)
        case Answered():
            return _told(past, decision=past.decision, outcome=past.outcome)
        case Approved():
            return _told(past, decision=past.decision, approved=past.approved)
        case Promised(event=event):
            return _told(past, promise=past.id, action=event.action, name=event.promise, due=event.due)
        case WordKept() | WordBroken():
            return _told(past, promise=past.promise)
        case _ as never:
            assert_never(never)


def _told(past: Past, **fields: JsonValue) -> Told:
    return Told(past.id, past.at, kind_of(past), _known(fields.items()))


def until(events: Iterable[Event | Past], now: int) -> list[Past]:
    """Return what happened until a moment, each event once by its id, in the order in which they happened."""
    return in_order((one for one in map(_past, events) if one is not None), now)


def _past(one: Event | Past) -> Past | None:
    return one if isinstance(one, tuple) else past_of(one)


def in_order(past: Iterable[Past], now: int) -> list[Past]:
    """Return what happened until a moment, each event once by its id, in the order in which they happened."""
    known = {one.id: one for one in past}
    return sorted((one for one in known.values() if one.at <= now), key=itemgetter(1, 0))
