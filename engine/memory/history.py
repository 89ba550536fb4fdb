"""What was decided for a customer before, and what became of it, from their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from pydantic import JsonValue

from engine.memory.moments import moment_at, until
from engine.program.types import ListOf, Member, Record
from engine.release import Parser, Release, value_parser
from engine.values.json import moment_json
from engine.values.parse import ValueProblem
from schemas.decision import Amount, VerdictWord
from schemas.events import ApprovalEvent, DecisionEvent, Event, OutcomeEvent

Entry: TypeAlias = dict[str, JsonValue]
"""One item of a request's `history` or `promises`."""


@dataclass(slots=True)
class Thread:
    """A decision, the ones that only honour it, and what came after, each in the order in which it happened."""

    decisions: list[DecisionEvent] = field(default_factory=list)
    outcomes: list[OutcomeEvent] = field(default_factory=list)
    approved: bool = False

    @property
    def outcome(self) -> OutcomeEvent | None:
        """The last of what became of it."""
        return self.outcomes[-1] if self.outcomes else None


def history_of(events: Iterable[Event], release: Release, now: int) -> tuple[Entry, ...]:
    """Return the customer's earlier decisions as a request's `history` has them, oldest first.

    Left out are those of other packs, and of actions that the release does not declare, for no rule of it could name
    them. What the release cannot read of an entry is absent, so unknown: an input that is of another type now, an
    amount in another currency.
    """
    header = release.policy.pack.header
    inputs = _ask_readers(release)
    made = []
    for id_, thread in threads(events, now).items():
        first = thread.decisions[0]
        if first.pack in (None, header.name) and first.action in release.policy.plans:
            at = moment_at(first.at)
            entry = _entry(thread, header.currency)
            ask = _readable(first.inputs, inputs)
            made.append((at, id_, {"id": id_, **entry, "at": moment_json(at, header.timezone), "ask": ask}))
    return tuple(entry for _, _, entry in sorted(made, key=lambda one: one[:2]))


def threads(events: Iterable[Event], now: int) -> dict[str, Thread]:
    """Return, by the id of each decision, what happened on it until a moment; one that honours another is part of it.

    The same event twice counts once. What answers a decision that is not among the events is left out.
    """
    ordered = [one for _, one in until(events, now)]
    decisions = [one for one in ordered if isinstance(one, DecisionEvent)]
    roots = {one.id: one.honours or one.id for one in decisions}
    found: dict[str, Thread] = {}
    for one in sorted(decisions, key=lambda one: one.honours is not None):
        found.setdefault(roots[one.id], Thread()).decisions.append(one)
    for event in ordered:
        if isinstance(event, OutcomeEvent | ApprovalEvent):
            _follow(found.get(roots.get(event.decision, event.decision)), event)
    return found


def _follow(thread: Thread | None, event: OutcomeEvent | ApprovalEvent) -> None:
    """Add what came after a decision to its thread."""
    if thread is None:
        return
    if isinstance(event, OutcomeEvent):
        thread.outcomes.append(event)
    else:
        thread.approved = event.approved


def _entry(thread: Thread, currency: str) -> Entry:
    """Return what an entry says of a decision: the answer in force, and what was taken of it, else offered."""
    first, outcome = thread.decisions[0], thread.outcome
    amount = first.amount if outcome is None or outcome.amount is None else outcome.amount
    entry: Entry = {
        "action": first.action,
        "verdict": in_force(thread),
        "outcome": None if outcome is None else outcome.outcome,
        **amounts(amount, first.currency in (None, currency)),
        "session": first.session,
    }
    return entry


def in_force(thread: Thread) -> VerdictWord:
    """Return the answer that counts: a yes to what was taken, or approved higher up; of an override, what was done."""
    first, outcome = thread.decisions[0], thread.outcome
    if outcome is not None and outcome.outcome == "overridden":
        return "approve" if gives(first, outcome.amount) else "decline"
    taken = outcome is not None and outcome.outcome == "accepted"
    return "approve" if taken or thread.approved else first.verdict


def gives(decision: DecisionEvent, amount: Amount | None) -> bool:
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
