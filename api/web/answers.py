"""Decisions as callers get them: with their words where they are wanted, and with how to escalate them."""

from __future__ import annotations

from api.serving.deciding import decided, explained
from api.web import logs
from api.web.asking import asking
from api.web.metrics import DECISIONS
from api.web.operations import caller, now, repeated
from api.web.service import service
from schemas.answers import ApprovalTemplate, DecisionAnswer, DecisionAnswers
from schemas.decision import Decision
from schemas.frozen import made
from schemas.request import DecisionRequest


def decision_on(given: DecisionRequest, in_words: bool) -> DecisionAnswer | DecisionAnswers:
    """Return the decision on a request, or the decisions on its asks, once they are in the ledger."""
    desk, request = asking(given)
    found = (explained if in_words else decided)(desk, request, fresh=given.id is None and not repeated())
    if isinstance(found, Decision):
        return answer_of(found)
    each = tuple(answer_of(decision) for decision in found.decisions)
    return made(DecisionAnswers, id=found.id, verdict=found.verdict, decisions=each)


def answer_of(decision: Decision) -> DecisionAnswer:
    """Return a decision with how to ask for its approval; it is counted, and named in the log."""
    logs.told(decision)
    DECISIONS.labels(decision.pack, decision.action, decision.verdict).inc()
    template: ApprovalTemplate | None = service().approvals.template(decision, caller().id, now())
    return made(DecisionAnswer, **decision.__dict__, approval=template)
