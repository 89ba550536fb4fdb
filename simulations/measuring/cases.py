"""Asks that are answered differently, opened: each as a request, with what both policies decide on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from pydantic import JsonValue

from engine.decide import decide
from engine.language.packs.inputs import ASKED, RUNG
from engine.program.nodes import Field, Input, Node
from engine.program.plan import Policy
from engine.program.types import NULL, Record
from engine.program.walk import postorder
from engine.release import Release
from engine.values.json import to_json
from schemas.decision import Decision
from schemas.request import DecisionRequest
from schemas.study import ChangedCase, Position, Seen
from simulations.measuring.job import Job
from simulations.measuring.sums import Listed, Tally

CONTEXT = ("now", "as_of", "channel", "history", "granted", "signals", "promises")
"""What a request says beside facts, agent and ask."""


def cases_of(job: Job, tally: Tally, candidate: int) -> tuple[ChangedCase, ...]:
    """Return the changed asks that are listed for a candidate, by its place among the job's releases."""
    before, after = job.releases[0], job.releases[candidate]
    return tuple(_opened(before, after, job.population.fixed, case) for case in tally.pairs[candidate - 1].cases)


def _opened(before: Release, after: Release, fixed: Mapping[str, object], case: Listed) -> ChangedCase:
    inputs = {**fixed, **case.inputs}
    inputs["granted"] = lately_read(inputs.get("granted"), before.policy, after.policy)
    request = {"id": case.id, **request_json(before.policy, case.action, inputs)}
    parsed = DecisionRequest.model_validate(request)
    return ChangedCase(
        id=case.id,
        customer=case.customer,
        segment=case.segment,
        action=case.action,
        kind=case.move.kind,
        before=_seen(before, parsed),
        after=_seen(after, parsed),
        request=request,
    )


def lately_read(granted: object, *policies: Policy) -> object:
    """Return what was granted lately as far as one of the policies reads it; null where none reads anything of it."""
    made: dict[str, dict[str, dict[str, object]]] = {}
    for whose, action, span in sorted(set().union(*map(reads_of_granted, policies))):
        amount = granted
        for step in (whose, action, span):
            amount = amount.get(step) if isinstance(amount, dict) else None
        if amount is not None:
            made.setdefault(whose, {}).setdefault(action, {})[span] = amount
    return made or NULL


@lru_cache(maxsize=16)
def reads_of_granted(policy: Policy) -> frozenset[tuple[str, str, str]]:
    """Return which figures of what was granted lately a policy reads: whose, of which action, in which span."""
    nodes = postorder(node for _, stages in policy.program.actions for stage in stages for _, node in stage.outputs)
    return frozenset(path for node in nodes if (path := _figure(node)) is not None)


def _figure(node: Node) -> tuple[str, str, str] | None:
    match node:
        case Field(of=Field(of=Field(of=Input(name="granted"), name=whose), name=action), name=span):
            return whose, action, span
        case _:
            return None


def request_json(policy: Policy, action: str, inputs: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return the request that has these inputs (engine values)."""
    facts = {name: inputs[name] for name in _names(policy.pack.facts) if name in inputs}
    return {
        "facts": _json(policy, facts, policy.pack.facts),
        "agent": _agent(policy, inputs),
        "ask": _ask(policy, action, inputs),
        **dict(_context(policy, inputs)),
    }


def _context(policy: Policy, inputs: Mapping[str, object]) -> Iterator[tuple[str, JsonValue]]:
    for member in policy.inputs:
        if member.name in CONTEXT and member.name in inputs and inputs[member.name] is not NULL:
            conventions = policy.conventions
            yield member.name, to_json(inputs[member.name], member.type, conventions.digits, conventions.zone)


def _agent(policy: Policy, inputs: Mapping[str, object]) -> JsonValue:
    """Return who asks, by name where that is known."""
    given = inputs.get("agent")
    named = {name: value for name, value in given.items() if value is not NULL} if isinstance(given, dict) else {}
    rung = inputs[RUNG]
    assert isinstance(rung, int)
    role = {"role": policy.pack.header.ladder[rung - 1]} if rung else {}
    return {**named, **role}


def _ask(policy: Policy, action: str, inputs: Mapping[str, object]) -> JsonValue:
    plan, given = policy.plans[action], inputs["ask"]
    assert isinstance(given, dict)
    own = {name: value for name, value in given.items() if name in _names(plan.action.inputs)}
    said = _json(policy, own, plan.action.inputs)
    amount = inputs[ASKED]
    conventions = policy.conventions
    asked = {"amount": to_json(amount, plan.amount_type, conventions.digits, conventions.zone)} if amount else {}
    return {"action": action, **asked, **said}


def _names(record: Record) -> list[str]:
    return [member.name for member in record]


def _json(policy: Policy, values: Mapping[str, object], type_: Record) -> dict[str, JsonValue]:
    made = to_json(dict(values), type_, policy.conventions.digits, policy.conventions.zone)
    assert isinstance(made, dict)
    return made


def _seen(release: Release, request: DecisionRequest) -> Seen:
    """Return what a policy decides on a case."""
    decision = decide(release, request)
    assert isinstance(decision, Decision)
    return Seen(
        position=_position(decision),
        rung=decision.rung,
        desk=decision.desk,
        amount=None if decision.offer is None else decision.offer.amount,
        terms={} if decision.offer is None else decision.offer.terms,
        reasons=decision.reasons,
    )


def _position(decision: Decision) -> Position:
    if decision.undecided:
        return "undecided"
    return "refer" if decision.desk else decision.verdict
