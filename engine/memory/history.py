"""What was decided for a customer before, and what became of it, from their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final, TypeAlias

from pydantic import JsonValue

from engine.language.packs.pack import Header
from engine.memory.past import Answered, Approved, Decided, Past, until
from engine.program.types import ListOf, Member, Record
from engine.release import Parser, Release, value_parser
from engine.values.json import moment_json
from engine.values.parse import ValueProblem
from schemas.decision import Amount, VerdictWord
from schemas.events import DecisionEvent, Event

ANSWERS: Final = (Answered, Approved)
Entry: TypeAlias = dict[str, JsonValue]
"""One item of a request's `history` or `promises`."""


@dataclass(slots=True)
class Thread:
    """A decision, or the first of those that only honour one, and what came after."""

    decision: Decided
    answered: Answered | None = None
    """The last of what became of it."""
    approved: bool = False


def history_of(events: Iterable[Event | Past], release: Release, now: int) -> tuple[Entry, ...]:
    """Return the customer's earlier decisions as a request's `history` has them, oldest first.

    Left out are those of other packs, and of actions that the release does not declare, for no rule of it could name
    them. What the release cannot read of an entry is absent, so unknown: an input that is of another type now, an
    amount in another currency.
    """
    return history_in(until(events, now), release)


def history_in(past: Sequence[Past], release: Release) -> tuple[Entry, ...]:
    """Return `history_of` what happened until now, in order."""
    header, actions, inputs = release.policy.pack.header, release.policy.plans, _ask_readers(release)
    told = [
        (thread.decision.at, id_, thread)
        for id_, thread in threads(past).items()
        if thread.decision.pack in (None, header.name) and thread.decision.action in actions
    ]
    told.sort(key=itemgetter(0, 1))
    return tuple(_entry(id_, thread, inputs, header) for _, id_, thread in told)


def threads(past: Sequence[Past]) -> dict[str, Thread]:
    """Return, by the id of each decision, what happened on it, in order; one that honours another is part of it.

    What answers a decision that is not among them is left out.
    """
    decided = [one for one in past if isinstance(one, Decided)]
    found = {one.id: Thread(one) for one in decided if one.honours is None}
    roots: dict[str, str] = {}
    for one in decided:
        if one.honours is not None:
            roots[one.id] = one.honours
            found.setdefault(one.honours, Thread(one))
    for event in past:
        if isinstance(event, ANSWERS):
            _follow(found.get(roots.get(event.decision, event.decision)), event)
    return found


def _follow(thread: Thread | None, event: Answered | Approved) -> None:
    """Add what came after a decision to its thread."""
    if thread is None:
        return
    if isinstance(event, Answered):
        thread.answered = event
    else:
        thread.approved = event.approved


def _entry(id_: str, thread: Thread, inputs: Mapping[str, Parser], header: Header) -> Entry:
    """Return what an entry says of a decision: the answer in force, and what was taken of it, else offered."""
    first, answered = thread.decision, thread.answered
    amount = first.amount if answered is None or answered.amount is None else answered.amount
    entry: Entry = {
        "id": id_,
        "action": first.action,
        "verdict": in_force(thread),
        "outcome": None if answered is None else answered.outcome,
        **amounts(amount, first.currency in (None, header.currency)),
        "session": first.session,
        "at": moment_json(first.at, header.timezone),
        "ask": _readable(first.inputs, inputs),
    }
    return entry


def in_force(thread: Thread) -> VerdictWord:
    """Return the answer that counts: a yes to what was taken, or approved higher up; of an override, what was done."""
    first, answered = thread.decision, thread.answered
    if answered is not None and answered.outcome == "overridden":
        return "approve" if gives(first, answered.amount) else "decline"
    taken = answered is not None and answered.outcome == "accepted"
    return "approve" if taken or thread.approved else first.verdict


def gives(decision: Decided | DecisionEvent, amount: Amount | None) -> bool:
    """Return whether an override gives something: an amount; without one, where the answer was no yes."""
    return decision.verdict != "approve" if amount is None else float(amount) > 0


def amounts(amount: Amount | None, same_currency: bool) -> Entry:
    """Return an amount as entries have it: money and units apart; money of another currency is unknown."""
    units: Entry = {"units": amount if isinstance(amount, int) else None}
    if isinstance(amount, str):
        return {"amount": amount, **units} if same_currency else units
    return {"amount": None, **units}


@lru_cache(maxsize=64)
def _ask_readers(release: Release) -> Mapping[str, Parser]:
    """Return, by name, what reads the inputs of an ask in the history."""
    history = release.policy.inputs.find("history")
    assert history is not None
    assert isinstance(history.type, ListOf)
    assert isinstance(history.type.item, Record)
    ask = history.type.item.find("ask")
    assert isinstance(ask, Member)
    assert isinstance(ask.type, Record)
    return {member.name: value_parser(release.policy, member.type) for member in ask.type}


def _readable(inputs: Mapping[str, JsonValue], readers: Mapping[str, Parser]) -> Entry:
    """Return the inputs that are declared still, and whose values are of their types."""
    return {name: value for name, value in inputs.items() if name in readers and _reads(readers[name], value)}


def _reads(read: Parser, value: JsonValue) -> bool:
    try:
        read(value)
    except ValueProblem:
        return False
    return True
