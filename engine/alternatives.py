"""What else this agent may do for this customer now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.answer import Answer, answer_of
from engine.case import Case, asked
from engine.json_values import to_json
from engine.offer import amount_json, economics_of, rank_of, terms_of
from engine.program.plan import Prefer
from engine.release import Release
from schemas.decision import Alternative, Economics
from schemas.frozen import made

MOST = 20
"""How many alternatives an answer lists."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An alternative with what ranks it: place among the preferred, surplus, name."""

    place: int
    rank: int
    alternative: Alternative

    @property
    def order(self) -> tuple[int, int, str]:
        """Preferred ones first, in their order; then by surplus, largest first; then by name."""
        return self.place, -self.rank, self.alternative.action


UNRANKED = 10**6


def alternatives(release: Release, case: Case, answer: Answer) -> tuple[Alternative, ...]:
    """Return the other actions that this agent may grant, or could once their own inputs are known, best first."""
    preferred = list(dict.fromkeys(preferences(answer)))
    found = [
        candidate
        for place, prefer in enumerate(preferred)
        if (candidate := considered(release, case, prefer.action, dict(prefer.inputs), place)) is not None
    ]
    named = {prefer.action for prefer in preferred}
    for name in release.policy.plans:
        if name not in named and name != answer.plan.action.name:
            candidate = considered(release, case, name, {}, UNRANKED)
            if candidate is not None:
                found.append(candidate)
    return tuple(one.alternative for one in sorted(found, key=lambda one: one.order)[:MOST])


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
    answer = answer_of(release, case, asked(plan, case, 0, inputs))
    if answer.verdict == "approve":
        return _grantable(answer, inputs, place)
    if answer.verdict == "ask" and answer.rung == case.rung and not answer.stage("settle")[1]:
        return _conditional(answer, inputs, place)
    return None


def _grantable(answer: Answer, inputs: Mapping[str, object], place: int) -> Candidate:
    terms, unknown = terms_of(answer)
    rank = rank_of(answer)
    alternative = made(
        Alternative,
        action=answer.plan.action.name,
        title=answer.plan.action.title,
        inputs=_inputs_json(answer, inputs),
        amount=amount_json(answer, answer.granted),
        unit=answer.plan.action.unit,
        terms=terms,
        unknown_terms=unknown,
        needs=(),
        preferred=place != UNRANKED,
        economics=economics_of(answer),
    )
    return Candidate(place, -(10**18) if rank is None else rank, alternative)


def _conditional(answer: Answer, inputs: Mapping[str, object], place: int) -> Candidate:
    alternative = made(
        Alternative,
        action=answer.plan.action.name,
        title=answer.plan.action.title,
        inputs=_inputs_json(answer, inputs),
        amount=None,
        unit=answer.plan.action.unit,
        terms={},
        unknown_terms=(),
        needs=tuple(name for name in answer.plan.reads if name not in inputs and name not in ("action", "amount")),
        preferred=place != UNRANKED,
        economics=Economics(),
    )
    return Candidate(place, -(10**18) - 1, alternative)


def _inputs_json(answer: Answer, inputs: Mapping[str, object]) -> dict[str, object]:
    conventions = answer.release.policy.conventions
    types = {member.name: member.type for member in answer.plan.action.inputs}
    return {name: to_json(value, types[name], conventions.digits, conventions.zone) for name, value in inputs.items()}
