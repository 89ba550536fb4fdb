"""A kept decision decided again, and what tells whether it came out the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from engine.answer import Answer, answer_of
from engine.case import asked_of, case_of
from engine.decide import decide
from engine.explain import answers
from engine.memory.honouring import Word, honouring
from engine.memory.moments import moment_at
from engine.memory.problems import CaseGone
from engine.release import Release
from engine.values.json import CANONICAL
from schemas.decision import Decision, Decisions
from schemas.events import DecisionEvent
from schemas.request import DecisionRequest

UNTOLD: Final[Mapping[str, bool | Mapping[str, Mapping[str, bool]]]] = {
    "why_not": True,
    "yes_from": True,
    "texts": True,
    "tell": {"__all__": {"say": True}},
    "promises": {"__all__": {"say": True}},
}
"""What of a decision is its explanation, to be left out; pydantic takes of any mapping but a `dict` the keys alone."""


def decided_again(release: Release, event: DecisionEvent) -> Decision:
    """Return the decision that an event keeps, decided again from its case; `release` is the one that it names.

    Raises `CaseGone` where the case was erased.
    """
    decision = last_decision(release, request_of(event.case))
    if event.honours is None:
        return decision
    return honouring(decision, Word(event.id, moment_at(event.at), event.amount, event.promises))


def request_of(case: Mapping[str, JsonValue]) -> DecisionRequest:
    """Return the request that a kept case is; raises `CaseGone` where there is none."""
    if not case:
        raise CaseGone("the case of this decision is gone")
    return DecisionRequest.model_validate_json(json.dumps(case))


def last_decision(release: Release, request: DecisionRequest) -> Decision:
    """Return the decision on a request's ask, of several on the last."""
    found = decide(release, request)
    return found.decisions[-1] if isinstance(found, Decisions) else found


def last_answer(release: Release, request: DecisionRequest) -> Answer:
    """Return the answer to a request's ask, of several to the last, those before it granted as far as approved."""
    case = case_of(release, request, request.id or "")
    if request.ask is not None:
        return answer_of(release, case, asked_of(release, case, request.ask))
    *_, last = answers(release, case, request)
    return last


def decision_bytes(decision: Decision) -> bytes:
    """Return what a decision decides as canonical JSON: without its explanation, which is made when asked for.

    Members that have their default are left out, so that a decision of today has the bytes that it will have when
    decisions say more.
    """
    content = decision.model_dump(mode="json", exclude=UNTOLD, exclude_defaults=True)
    return CANONICAL.encode(content).encode()


def digest(decision: Decision) -> str:
    """Return `sha256:...` of what a decision decides."""
    return f"sha256:{hashlib.sha256(decision_bytes(decision)).hexdigest()}"
