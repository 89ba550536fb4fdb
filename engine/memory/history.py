"""What was decided for a customer before, and what became of it, from their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final

from pydantic import JsonValue

from engine.memory.beside import Entry, GivenEntry, as_given, or_null, type_of
from engine.memory.past import Answered, Approved, Decided, Past, until
from engine.program.types import MONEY, NULL, ListOf, Member, Record
from engine.release import Parser, Release, value_parser
from engine.values.parse import ValueProblem
from schemas.decision import Amount, VerdictWord
from schemas.events import DecisionEvent, Event

ANSWERS: Final = (Answered, Approved)


@dataclass(slots=True)
class Thread:
    """A decision, or the first of those that only honour one, and what came after."""

    decision: Decided
    answered: Answered | None = None
    """The last of what became of it."""
    approved: bool = False


def history_of(events: Iterable[Event | Past], release: Release, now: int) -> tuple[GivenEntry, ...]:
    """Return the customer's earlier decisions as a request's `history` has them, oldest first.

    Left out are those of other packs, and of actions that the release does not declare, for no rule of it could name
    them. What the release cannot read of an entry is absent, so unknown: an input that is of another type now, an
    amount in another currency.
    """
    found: tuple[GivenEntry, ...] = tuple(as_given(release, "history", history_in(until(events, now), release)))
    return found


def history_in(past: Sequence[Past], release: Release) -> tuple[Entry, ...]:
    """Return `history_of` what happened until now, in order, as a case has it."""
    header, actions, readers = release.policy.pack.header, release.policy.plans, readers_of(release)
    told = [
        (thread.decision.at, id_, thread)
        for id_, thread in threads(past).items()
        if thread.decision.pack in (None, header.name) and thread.decision.action in actions
    ]
    told.sort(key=itemgetter(0, 1))
    return tuple(_entry(id_, thread, readers) for _, id_, thread in told)


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


def _entry(id_: str, thread: Thread, readers: Readers) -> Entry:
    """Return what an entry says of a decision: the answer in force, and what was taken of it, else offered."""
    first, answered = thread.decision, thread.answered
    amount = first.amount if answered is None or answered.amount is None else answered.amount
    entry = readers.amounts(amount, first.currency)
    entry["id"] = id_
    entry["action"] = first.action
    entry["verdict"] = in_force(thread)
    entry["outcome"] = NULL if answered is None else answered.outcome
    entry["session"] = or_null(first.session)
    entry["at"] = first.at
    entry["ask"] = readers.asked(first.inputs)
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


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads what events keep, as far as the release knows it still; the rest is absent, so unknown."""

    currency: str
    money: Parser
    ask: Mapping[str, Parser]
    """By name, what reads the inputs of an ask."""

    def amounts(self, amount: Amount | None, currency: str | None) -> Entry:
        """Return an amount as entries have it: money and units apart; money of another currency is unknown."""
        if not isinstance(amount, str):
            return {"amount": NULL, "units": or_null(amount)}
        minor = _read(self.money, amount) if currency in (None, self.currency) else None
        return {"units": NULL} if minor is None else {"amount": minor, "units": NULL}

    def asked(self, inputs: Mapping[str, JsonValue]) -> Entry:
        """Return the inputs that are declared still, and whose values are of their types."""
        known: Entry = {}
        for name, value in inputs.items():
            if name in self.ask and (read := _read(self.ask[name], value)) is not None:
                known[name] = read
        return known


def _read(read: Parser, value: JsonValue) -> object:
    """Return a value as the engine has it; None where it is of another type now."""
    try:
        return read(value)
    except ValueProblem:
        return None


@lru_cache(maxsize=64)
def readers_of(release: Release) -> Readers:
    """Return what reads the events that a release knows."""
    history = type_of(release, "history")
    assert isinstance(history, ListOf)
    assert isinstance(history.item, Record)
    ask = history.item.find("ask")
    assert isinstance(ask, Member)
    assert isinstance(ask.type, Record)
    inputs = {member.name: value_parser(release.policy, member.type) for member in ask.type}
    return Readers(release.policy.pack.header.currency, value_parser(release.policy, MONEY), inputs)
