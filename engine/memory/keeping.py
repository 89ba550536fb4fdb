"""The case of a decision as it is kept: the request as far as the policy read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from pydantic import JsonValue

from engine.case import Case
from engine.memory.beside import type_of
from engine.memory.cutting import NOTHING, Cut, Kept, cut_of, kept_of, narrowed
from engine.memory.reads import ITEM, read_paths
from engine.release import Release
from engine.values.json import json_writer
from schemas.decision import Decision
from schemas.request import Ask, DecisionRequest

GIVEN: Final = ("granted", "history", "promises", "signals")
"""What is known beside the facts."""
ALWAYS: Final = {"history": ("id", "action", "verdict", "outcome", "at"), "promises": ("id", "status")}
"""Of entries that are read at all: what they are told apart by, and whether they count."""


def kept_case(release: Release, request: DecisionRequest, case: Case, decision: Decision) -> dict[str, JsonValue]:
    """Return what of a request must be kept to decide it again; of several asks, those up to the decision's."""
    asks, id_ = _asks(request, decision)
    cuts = cuts_for(release, tuple(ask.action for ask in asks), decision.verdict != "approve")
    asked = [_asked(ask) for ask in asks]
    found: dict[str, JsonValue] = {
        "id": id_,
        "agent": request.agent.model_dump(mode="json", exclude_none=True),
        "channel": request.channel,
        "session": request.session,
        "now": request.now,
        "as_of": request.as_of,
        "facts": cuts["facts"](request.facts),
        **({"ask": asked[0]} if request.asks is None else {"asks": list(asked)}),
        **dict(_around(case, cuts)),
    }
    return {name: value for name, value in found.items() if value is not None}


def _asked(ask: Ask) -> dict[str, JsonValue]:
    """Return an ask as it was given; a null input stays."""
    amount: dict[str, JsonValue] = {} if ask.amount is None else {"amount": ask.amount}
    return {"action": ask.action, **amount, **ask.__pydantic_extra__}


def _asks(request: DecisionRequest, decision: Decision) -> tuple[tuple[Ask, ...], str]:
    """Return the asks that a decision follows from, the last its own, and the id of the whole request."""
    if request.asks is None:
        assert request.ask is not None
        return (request.ask,), decision.id
    base, _, number = decision.id.rpartition(".")
    return request.asks[: int(number)], base


def _around(case: Case, cuts: Mapping[str, Cut]) -> Iterator[tuple[str, JsonValue]]:
    """Yield what is known beside the facts, as far as it is read; signals as they were seen, not what made them."""
    for name in GIVEN:
        known = case.inputs.get(name)
        if known is not None and name in cuts:
            yield name, cuts[name](known)


@lru_cache(maxsize=4096)
def cuts_for(release: Release, actions: tuple[str, ...], others: bool) -> Mapping[str, Cut]:
    """Return what cuts down each part of a request that asks for actions; a part that is not read has none.

    It takes the facts as the request has them, all else as the case does: little of it is read, and written as JSON.
    """
    kept = kept_of(path for action in actions for path in read_paths(release, action, others))
    cuts = {"facts": cut_of(release.policy.pack.facts, kept)}
    conventions = release.policy.conventions
    for name in GIVEN:
        if name in kept.below:
            told = kept_of((ITEM, member) for member in ALWAYS.get(name, ()))
            of = narrowed(type_of(release, name), _both(kept.below[name], told))
            cuts[name] = json_writer(of, conventions.digits, conventions.zone)
    return cuts


def _both(one: Kept, other: Kept) -> Kept:
    """Return what is kept where either is."""
    names = (*one.below, *(name for name in other.below if name not in one.below))
    return Kept(one.whole or other.whole, {name: _both(_below(one, name), _below(other, name)) for name in names})


def _below(kept: Kept, name: str) -> Kept:
    return kept.below.get(name, NOTHING)
