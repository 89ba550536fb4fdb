"""The case of a decision as it is kept: the request as far as the policy read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from pydantic import JsonValue

from engine.case import Case
from engine.memory.cutting import NOTHING, Cut, Kept, cut_of, kept_of, narrowed
from engine.memory.reads import ITEM, read_paths
from engine.program.types import Type
from engine.release import Release
from engine.values.json import to_json
from schemas.decision import Decision
from schemas.request import Ask, DecisionRequest

GIVEN: Final = ("granted", "history", "promises")
"""What requests know beside the facts."""
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
        **dict(_around(request, case, cuts)),
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


def _around(request: DecisionRequest, case: Case, cuts: Mapping[str, Cut]) -> Iterator[tuple[str, JsonValue]]:
    """Yield what is known beside the facts, as far as it is read; signals as they were seen, not what made them."""
    for name in GIVEN:
        given = getattr(request, name)
        if given is not None and name in cuts:
            yield name, cuts[name](given)
    if "signals" in cuts and (seen := case.inputs.get("signals")) is not None:
        yield "signals", cuts["signals"](seen)


def seen_in(release: Release, case: Case) -> dict[str, Any] | None:
    """Return the signals of a case as a request gives them; None where nothing is known of any."""
    seen = case.inputs.get("signals")
    if seen is None:
        return None
    conventions = release.policy.conventions
    said = to_json(seen, _type(release, "signals"), conventions.digits, conventions.zone)
    assert isinstance(said, dict)
    return said


@lru_cache(maxsize=4096)
def cuts_for(release: Release, actions: tuple[str, ...], others: bool) -> Mapping[str, Cut]:
    """Return what cuts down each part of a request that asks for actions; a part that is not read has none.

    It takes each as the request has it, signals as the case has them.
    """
    kept = kept_of(path for action in actions for path in read_paths(release, action, others))
    cuts = {"facts": cut_of(release.policy.pack.facts, kept)}
    for name in GIVEN:
        if name in kept.below:
            told = kept_of((ITEM, member) for member in ALWAYS.get(name, ()))
            cuts[name] = cut_of(_type(release, name), _both(kept.below[name], told))
    if "signals" in kept.below:
        # Cut down before they are written, for little of them is read.
        of, conventions = narrowed(_type(release, "signals"), kept.below["signals"]), release.policy.conventions
        cuts["signals"] = partial(to_json, type_=of, digits=conventions.digits, zone=conventions.zone)
    return cuts


def _both(one: Kept, other: Kept) -> Kept:
    """Return what is kept where either is."""
    names = (*one.below, *(name for name in other.below if name not in one.below))
    return Kept(one.whole or other.whole, {name: _both(_below(one, name), _below(other, name)) for name in names})


def _below(kept: Kept, name: str) -> Kept:
    return kept.below.get(name, NOTHING)


def _type(release: Release, name: str) -> Type:
    member = release.policy.inputs.find(name)
    assert member is not None
    return member.type
