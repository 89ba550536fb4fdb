"""One case to its decision."""

from __future__ import annotations

import hashlib

from engine.alternatives import alternatives
from engine.answer import Answer, answer_of
from engine.assumed import assumed
from engine.case import Asked, Case, asked_of, case_of
from engine.grants import granted
from engine.notes import fired, follow_ups, promises, requirements, tells
from engine.offer import amount_json, economics, offer_of, outputs_of
from engine.problems import RequestError
from engine.questions import questions
from engine.release import Release
from engine.values.json import day_json, moment_json
from schemas.decision import Decision, Decisions
from schemas.frozen import made
from schemas.request import DecisionRequest

WORST = ("approve", "counter", "escalate", "ask", "decline")
"""Verdicts from best to worst."""
LATER = ("events", "granted")
"""What requests could not say once: the ids of those that do not say it stay as they were."""


def decide(release: Release, request: DecisionRequest) -> Decision | Decisions:
    """Return the decision on a request, or the decisions on its asks in order.

    Raises `RequestError` when the request is malformed. The same release and request give the same bytes.
    """
    return decide_case(release, request, case_of(release, request, request.id or request_id(release, request)))


def decide_case(release: Release, request: DecisionRequest, case: Case) -> Decision | Decisions:
    """Return the decision on the ask of a request, or the decisions on its asks, whose case was made before."""
    if request.asks is not None:
        return _several(release, request, case)
    if request.ask is None:
        raise RequestError("invalid-request", "there is no `ask`", "name an action, or ask what may be offered")
    return decision_of(release, case, asked_of(release, case, request.ask))


def request_id(release: Release, request: DecisionRequest) -> str:
    """Return an id made from the release and the content of a request."""
    untold = {name for name in LATER if getattr(request, name) is None}
    content = release.policy.release + request.model_dump_json(exclude=untold)
    return "d-" + hashlib.sha256(content.encode()).hexdigest()[:20]


def _several(release: Release, request: DecisionRequest, case: Case) -> Decisions:
    """Decide asks in order, each seeing the earlier approved ones as granted."""
    decisions = []
    for index, ask in enumerate(request.asks or ()):
        one = asked_of(release, case, ask, f"/asks/{index}")
        answer = answer_of(release, case, one)
        decisions.append(_written(release, case, one, answer, f"{case.id}.{index + 1}"))
        if answer.verdict == "approve":
            case = granted(release, case, one, answer, f"{case.id}.{index + 1}")
    worst = max((one.verdict for one in decisions), key=WORST.index)
    return Decisions(id=case.id, verdict=worst if request.all_or_nothing else None, decisions=tuple(decisions))


def decision_of(release: Release, case: Case, asked: Asked) -> Decision:
    """Return the decision on one ask of a case."""
    return _written(release, case, asked, answer_of(release, case, asked), case.id)


def _written(release: Release, case: Case, asked: Asked, answer: Answer, id_: str) -> Decision:
    policy, plan = release.policy, asked.plan
    reasons = answer.reasons()
    notes = answer.stage("notes")
    required = requirements(release, case, answer, notes)
    outputs, unknown = outputs_of(answer)
    positive = answer.verdict == "approve"
    as_of = case.inputs.get("as_of")
    return made(
        Decision,
        id=id_,
        pack=policy.pack.header.name,
        release=policy.release,
        action=plan.action.name,
        verdict=answer.verdict,
        final=answer.final,
        undecided=answer.undecided,
        reason=reasons[0] if reasons else None,
        reasons=reasons,
        rung=answer.escalated_to,
        desk=answer.desk or None,
        currency=policy.pack.header.currency,
        now=moment_json(case.now, policy.conventions.zone),
        as_of=day_json(as_of) if isinstance(as_of, int) else None,
        within_authority=amount_json(answer, answer.within),
        offer=offer_of(answer),
        economics=economics(answer),
        outputs=outputs,
        unknown_outputs=unknown,
        alternatives=() if positive else alternatives(release, case, answer),
        questions=questions(release, case, answer) if answer.verdict == "ask" else (),
        requirements=required,
        ready=all(one.met for one in required),
        tell=tells(answer, notes),
        follow_ups=follow_ups(answer, notes),
        promises=promises(answer, notes) if positive else (),
        waived=answer.waived(),
        assumed=assumed(policy.pack, case, asked),
        rules=fired(answer, notes),
        why_not=(),
        yes_from=None,
        honours=None,
        texts={},
    )
