"""What else this agent may do for this customer now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from pydantic import JsonValue

from engine.answer import Answer
from engine.case import Case
from engine.language.packs.inputs import ASKED, RUNG
from engine.offer import UNKNOWN, amount_text, economics_values, named_values
from engine.program.plan import DECIDE, OFFER, SETTLE, ActionPlan, Prefer
from engine.release import Release
from engine.values.json import to_json
from schemas.decision import Alternative
from schemas.frozen import made

MOST: Final = 20
"""How many alternatives an answer lists."""
UNRANKED: Final = 10**6
"""The place of an alternative that the policy does not name."""
WORTHLESS: Final = -(10**18)
"""The rank of an alternative whose worth is unknown."""


class Candidate(NamedTuple):
    """An alternative with what orders it: preferred ones first, then by joint surplus (largest first), then by name."""

    place: int
    cost: int
    name: str
    alternative: Alternative


def alternatives(release: Release, case: Case, answer: Answer) -> tuple[Alternative, ...]:
    """Return the other actions that this agent may grant, or could once their own inputs are known, best first."""
    preferred = list(dict.fromkeys(preferences(answer)))
    named = {answer.plan.action.name, *(prefer.action for prefer in preferred)}
    wanted = [(prefer.action, dict(prefer.inputs), place) for place, prefer in enumerate(preferred)]
    wanted += [(name, {}, UNRANKED) for name in release.policy.plans if name not in named]
    seen = [considered(release, case, *one) for one in wanted]
    found = sorted((one for one in seen if one is not None), key=_order)
    return tuple([one.alternative for one in found[:MOST]])


def _order(candidate: Candidate) -> tuple[int, int, str]:
    return candidate[:3]


def preferences(answer: Answer) -> Iterator[Prefer]:
    """Yield what the policy prefers instead: of each deny that holds, then of the action."""
    for deny in answer.denying():
        yield from deny.prefer
    yield from answer.plan.prefer


def considered(release: Release, case: Case, name: str, inputs: Mapping[str, object], place: int) -> Candidate | None:
    """Return an action as an alternative, or None where this agent may not grant it."""
    plan = release.policy.plans[name]
    if not plan.action.proactive:
        return None
    given = {**case.inputs, "ask": {"action": name, **inputs}, ASKED: 0, RUNG: case.rung}
    decided = release.compiled.stage(name, DECIDE)(given)
    if decided[0] == "approve":
        values = release.compiled.stage(name, OFFER)(given, decided)
        return _candidate(release, plan, inputs, place, (decided[4], values))
    if decided[0] != "ask" or decided[1] != case.rung or release.compiled.stage(name, SETTLE)(given, decided)[1]:
        return None
    return _candidate(release, plan, inputs, place, None)


def _candidate(
    release: Release,
    plan: ActionPlan,
    inputs: Mapping[str, object],
    place: int,
    offered: tuple[object, tuple[object, ...]] | None,
) -> Candidate:
    """Return an alternative: with what is granted and its offer stage, or None where its inputs must be known first."""
    action, conventions = plan.action, release.policy.conventions
    granted, values = (None, ()) if offered is None else offered
    terms, unknown = named_values(plan.terms, values, conventions)
    economics, rank = (UNKNOWN, None) if offered is None else economics_values(plan, values, conventions.digits)
    alternative = made(
        Alternative,
        action=action.name,
        title=action.title,
        inputs=_inputs_json(release, plan, inputs) if inputs else {},
        amount=amount_text(plan, granted, conventions.digits),
        unit=action.unit,
        terms=terms,
        unknown_terms=() if offered is None else unknown,
        needs=() if offered is not None else tuple(one for one in plan.reads if one not in (*inputs, *NOT_INPUTS)),
        preferred=place != UNRANKED,
        economics=economics,
    )
    return Candidate(place, -WORTHLESS if rank is None else -rank, action.name, alternative)


NOT_INPUTS: Final = ("action", "amount")
"""Members of an ask that are not the action's own."""


def _inputs_json(release: Release, plan: ActionPlan, inputs: Mapping[str, object]) -> dict[str, JsonValue]:
    conventions = release.policy.conventions
    types = {member.name: member.type for member in plan.action.inputs}
    return {name: to_json(value, types[name], conventions.digits, conventions.zone) for name, value in inputs.items()}
