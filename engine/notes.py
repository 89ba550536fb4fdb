"""What comes with an answer: requirements, expectations, follow-ups, promises, the rules that fired."""

from __future__ import annotations

from engine.alternatives import considered
from engine.answer import HEAD, Answer
from engine.case import Case
from engine.language.packs.pack import FollowUp, Tell
from engine.program.plan import RulePlan
from engine.program.types import Type
from engine.release import Release
from engine.values.json import to_json
from schemas.decision import Alternative, Expectation, FiredRule, PromiseMade, RequirementState
from schemas.decision import FollowUp as FollowUpMade
from schemas.frozen import made

Values = tuple[object, ...]


def requirements(release: Release, case: Case, answer: Answer, notes: Values) -> tuple[RequirementState, ...]:
    """Return what must be done first; an offer to make first is decided and attached."""
    if answer.verdict == "decline":
        return ()
    found = []
    for plan in answer.plan.requirements:
        if not notes[plan.index]:
            continue
        offer: Alternative | None = None
        if plan.offer is not None:
            candidate = considered(release, case, plan.offer.action, {}, 0)
            if candidate is None:
                continue
            offer = candidate.alternative
        found.append(
            made(
                RequirementState,
                rule=plan.rule.id,
                kind=plan.requirement.kind,
                what=plan.requirement.what,
                met=notes[plan.index + 1],
                offer=offer,
            )
        )
    return tuple(found)


def tells(answer: Answer, notes: Values) -> tuple[Expectation, ...]:
    """Return the expectations to set."""
    found = []
    for plan in answer.plan.notes:
        if isinstance(plan.rule.effect, Tell) and notes[plan.index]:
            due = due_json(answer, plan, notes)
            found.append(made(Expectation, rule=plan.rule.id, about=plan.rule.effect.about, due=due, say=""))
    return tuple(found)


def follow_ups(answer: Answer, notes: Values) -> tuple[FollowUpMade, ...]:
    """Return the work for others."""
    return tuple(
        made(
            FollowUpMade,
            rule=plan.rule.id,
            to=plan.rule.effect.to,
            what=plan.rule.effect.what,
            due=due_json(answer, plan, notes),
            reason=plan.rule.reason,
        )
        for plan in answer.plan.notes
        if isinstance(plan.rule.effect, FollowUp) and notes[plan.index]
    )


def due_json(answer: Answer, plan: RulePlan, notes: Values) -> str | None:
    """Return by when, where the rule says and it is known."""
    return None if plan.due is None else _json(answer, notes[plan.index + 1], plan.due.type)


def _json(answer: Answer, value: object, type_: Type) -> str | None:
    conventions = answer.release.policy.conventions
    found = to_json(value, type_, conventions.digits, conventions.zone)
    return None if found is None else str(found)


def promises(answer: Answer, notes: Values) -> tuple[PromiseMade, ...]:
    """Return the promises that granting makes."""
    return tuple(
        made(PromiseMade, id=plan.id, due=_json(answer, notes[plan.index], plan.due.type), say="")
        for plan in answer.plan.promises
    )


def fired(answer: Answer, notes: Values) -> tuple[FiredRule, ...]:
    """Return the rules that apply, those that decide first."""
    named, hits = answer.release.fired, answer.decided
    decided = [named[rule.rule.id] for rule in answer.plan.rules if hits[HEAD + rule.index] is True]
    return (*decided, *(named[rule.rule.id] for rule in answer.plan.notes if notes[rule.index]))
