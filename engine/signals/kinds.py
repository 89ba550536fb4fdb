"""The kinds of events that are there in every pack, with the fields that signals may read of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import JsonValue

from engine.program.types import BOOL, DATE, INT, MONEY, TEXT, Enum, Kind, Member, Record, Type, kind_of
from schemas.decision import VerdictWord
from schemas.events import CustomerEvent, DecisionEvent, GrantEvent, Happened, OutcomeWord, PromiseMadeEvent

OF_EVERY: Final = ("kind", "at", "id")
"""What every event has beside its fields."""


def _fields(**types: Type) -> Record:
    return Record(tuple(Member(name, type_) for name, type_ in types.items()))


ALWAYS: Final[Mapping[str, Record]] = MappingProxyType(
    {
        "contact": _fields(topic=TEXT, resolved=BOOL, asked_why=BOOL, channel=TEXT),
        "outreach": _fields(about=TEXT, reason=TEXT),
        "decision": _fields(action=TEXT, verdict=Enum(get_args(VerdictWord)), reason=TEXT),
        "outcome": _fields(decision=TEXT, outcome=Enum(get_args(OutcomeWord))),
        "grant": _fields(action=TEXT, amount=MONEY, units=INT, decision=TEXT),
        "promise_made": _fields(promise=TEXT, action=TEXT, name=TEXT, due=DATE),
        "promise_kept": _fields(promise=TEXT),
        "promise_broken": _fields(promise=TEXT),
        "approval": _fields(decision=TEXT, approved=BOOL),
        "feedback": _fields(rule=TEXT, helps=BOOL),
    }
)
"""By kind: its fields. The `promise` of a promise that was made is its own id, by which it is kept or broken."""


def kinds_of(declared: Mapping[str, Record]) -> Mapping[str, Record]:
    """Return the fields of every kind of event: those that are always there, and those that a pack declares."""
    return {**declared, **ALWAYS}


def comparable(type_: Type) -> bool:
    """Return whether values of a type can be told to be the same: texts, whole numbers, money, times and truths."""
    return kind_of(type_) not in (None, Kind.NUMBER, Kind.NULL)


def given_of(event: Happened) -> dict[str, JsonValue] | None:
    """Return an event of the ledger as a request gives it; None for a kind that no signal is about."""
    kind, fields = _read(event)
    if not kind:
        return None
    said = {name: value for name, value in fields.items() if value is not None}
    return {"kind": kind, "id": event.id, "at": event.at.isoformat(), **said}


def _read(event: Happened) -> tuple[str, dict[str, Any]]:
    """Return what kind of event it is for signals, and its fields, None where it has no value."""
    match event:
        case CustomerEvent(name=name, data=data):
            return name, dict(data)
        case DecisionEvent(action=action, verdict=verdict, reasons=reasons):
            return event.kind, {"action": action, "verdict": verdict, "reason": next(iter(reasons), None)}
        case GrantEvent(action=action, amount=amount, decision=decision):
            units = {"units" if isinstance(amount, int) else "amount": amount}
            return event.kind, {"action": action, "decision": decision, **units}
        case PromiseMadeEvent(action=action, promise=name, due=due):
            return event.kind, {"promise": event.id, "action": action, "name": name, "due": due}
        case _:
            kind = str(getattr(event, "kind", ""))
            fields = ALWAYS.get(kind)
            return ("", {}) if fields is None else (kind, {one.name: getattr(event, one.name) for one in fields})
