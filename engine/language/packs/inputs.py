"""The facts that are always there beside a pack's own: the clock, the agent, the ask, what was granted and promised."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.language.cel.convert import Mismatch, common
from engine.language.diagnostics import Diagnostics
from engine.language.packs.pack import SPANS, Action, Pack
from engine.language.packs.signals import DeclaredSignal
from engine.program.types import (
    BOOL,
    DATE,
    INT,
    MONEY,
    TEXT,
    TIMESTAMP,
    Enum,
    ListOf,
    Member,
    Record,
    Type,
    nullable,
)

VERDICTS: Final = ("approve", "counter", "escalate", "decline", "ask")
OUTCOMES: Final = ("accepted", "declined", "postponed", "overridden")
PROMISE_STATES: Final = ("open", "kept", "broken")
RUNG: Final = "@rung"
"""The asking agent's place on the ladder: 0 for no role, 1 for the lowest rung."""
ASKED: Final = "@amount"
"""The amount asked for; 0 when none was named."""
RESERVED: Final = ("now", "as_of", "agent", "channel", "ask", "history", "granted", "signals", "promises")


def inputs_of(pack: Pack, found: Diagnostics) -> Record:
    """Return every top-level input of a pack's expressions."""
    for member in pack.facts:
        if member.name in (*RESERVED, "params", "tables", "amount"):
            found.error(
                pack.places.get(member.name, pack.header.mark),
                "name-clash",
                f"fact `{member.name}` is always there",
                "choose another name",
            )
    return Record((*pack.facts.members, *_always(pack, found)))


def _always(pack: Pack, found: Diagnostics) -> tuple[Member, ...]:
    ask = _any_ask(pack, found)
    agent = Record((Member("role", nullable(TEXT)), Member("id", nullable(TEXT)), Member("team", nullable(TEXT))))
    return (
        Member("now", TIMESTAMP),
        Member("as_of", DATE),
        Member("agent", agent),
        Member("channel", nullable(TEXT)),
        Member("ask", ask),
        Member("history", ListOf(history_entry(pack, ask))),
        Member("granted", granted_record(pack)),
        Member("signals", signals_record(pack)),
        Member("promises", ListOf(promise_entry(pack))),
        Member(RUNG, INT),
        Member(ASKED, INT),
    )


def history_entry(pack: Pack, ask: Record) -> Record:
    """Return the type of one earlier decision; `amount` is for money actions, `units` for int ones."""
    return Record(
        (
            Member("id", TEXT),
            Member("action", _actions(pack)),
            Member("verdict", Enum(VERDICTS)),
            Member("outcome", Enum(OUTCOMES, nullable=True)),
            Member("amount", nullable(MONEY)),
            Member("units", nullable(INT)),
            Member("at", TIMESTAMP),
            Member("session", nullable(TEXT)),
            Member("ask", Record(tuple(one for one in ask if one.name not in ("action", "amount")))),
        )
    )


def granted_record(pack: Pack) -> Record:
    """Return the type of what the agent, and their team, granted of each action in the present day, week and month."""
    actions = Record(tuple(Member(action.name, _granted_of(action)) for action in pack.actions))
    return Record((Member("agent", actions), Member("team", actions)))


def _granted_of(action: Action) -> Record:
    """Return how much was granted of an action, in its amounts, or how often where it has none."""
    type_ = MONEY if action.amount == "money" else INT
    return Record(tuple(Member(span, type_, constraints=(("minimum", 0),)) for span in SPANS))


def promise_entry(pack: Pack) -> Record:
    """Return the type of one promise made to the customer; `late`: kept, but after its day."""
    return Record(
        (
            Member("id", TEXT),
            Member("action", _actions(pack)),
            Member("promise", TEXT),
            Member("status", Enum(PROMISE_STATES)),
            Member("late", BOOL),
            Member("made", TIMESTAMP),
            Member("due", DATE),
            Member("amount", nullable(MONEY)),
            Member("units", nullable(INT)),
            Member("decision", nullable(TEXT)),
        )
    )


def signals_record(pack: Pack) -> Record:
    """Return the type of what is seen of a customer: a member for each signal of the pack."""
    personal = {(kind.name, one.name) for kind in pack.events for one in kind.fields if one.pii}
    return Record(tuple(Member(one.name, _signal(one, personal), title=one.title) for one in pack.signals))


def _signal(signal: DeclaredSignal, personal: set[tuple[str, str]]) -> Record:
    """Return the type of one signal; what its events share is personal where a field of theirs is."""
    kinds = [name for chosen in signal.chosen for name, _ in chosen.kinds]
    pii = any((kind, field) in personal for kind in kinds for field, _ in signal.same)
    return Record(
        (
            Member("active", BOOL, question=signal.question),
            Member("count", INT),
            Member("since", nullable(TIMESTAMP)),
            Member("last", nullable(TIMESTAMP)),
            Member("about", nullable(TEXT), pii=pii),
            Member("events", ListOf(TEXT)),
        )
    )


def _actions(pack: Pack) -> Type:
    return Enum(tuple(action.name for action in pack.actions))


def _any_ask(pack: Pack, found: Diagnostics) -> Record:
    """Return the record of every input that some action has."""
    members: dict[str, Member] = {}
    for action in pack.actions:
        for member in action.inputs:
            members[member.name] = _widened(members.get(member.name), member, action, found)
    return Record((Member("action", _actions(pack)), Member("amount", MONEY), *members.values()))


def _widened(before: Member | None, member: Member, action: Action, found: Diagnostics) -> Member:
    plain = replace(member, constraints=(), default=())
    if before is None:
        return plain
    try:
        return replace(plain, type=common([before.type, plain.type]))
    except Mismatch as problem:
        found.error(
            action.mark,
            "input-type-clash",
            f"input `{member.name}` of `{action.name}` has another type in another action: {problem}",
            "give one of them another name",
        )
        return before


def ask_of(actions: tuple[Action, ...]) -> Record:
    """Return the members of `ask` that a rule over these actions may read: what all of them declare."""
    names = Enum(tuple(action.name for action in actions))
    amounts: dict[str, Type] = {action.amount: MONEY if action.amount == "money" else INT for action in actions}
    amount = (Member("amount", next(iter(amounts.values()))),) if len(amounts) == 1 and "none" not in amounts else ()
    return Record((Member("action", names), *amount, *_shared_inputs(actions)))


def _shared_inputs(actions: tuple[Action, ...]) -> tuple[Member, ...]:
    if not actions:
        return ()
    shared = []
    for member in actions[0].inputs:
        others = [found for action in actions[1:] if (found := action.inputs.find(member.name)) is not None]
        if len(others) == len(actions) - 1:
            try:
                shared.append(replace(member, type=common([member.type, *(one.type for one in others)])))
            except Mismatch:
                continue
    return tuple(shared)
