"""Decisions as the Authorization API gives them: yes or no, and all that stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from api.authzen.mapping import Asked, request_for
from api.authzen.problems import told
from api.serving.deciding import decided, explained
from api.web.answers import answer_of
from api.web.operations import repeated
from api.web.service import service
from schemas.answers import DecisionAnswer
from schemas.authzen import DecisionContext, ErrorContext, Evaluated, EvaluationError
from schemas.decision import Decision

Item = TypeVar("Item")
YES, NO = "200", "403"
"""By what reasons are keyed: a yes, a no."""
PERMIT: Final = "approve"
"""The one verdict that is a yes."""


def evaluated(asked: Asked, id_: str | None = None) -> Evaluated:
    """Return the decision on a question, once it is in the ledger."""
    plain = service().settings.authzen_context == "none"
    desk, request = request_for(asked, id_)
    found = (decided if plain else explained)(desk, request, fresh=not repeated())
    assert isinstance(found, Decision)
    answer = answer_of(found)
    return Evaluated(decision=answer.verdict == PERMIT, context=None if plain else _context(answer))


def failed(error: Exception) -> Evaluated:
    """Return the no of an evaluation that could not be decided, with why."""
    problem = told(error)
    why = EvaluationError(status=problem.status, message=problem.detail, help=problem.help, errors=problem.errors)
    return Evaluated(decision=False, context=ErrorContext(error=why))


def _context(answer: DecisionAnswer) -> DecisionContext:
    code, counter = (YES if answer.verdict == PERMIT else NO), answer.verdict == "counter"
    return DecisionContext(
        id=answer.id,
        pack=answer.pack,
        release=answer.release,
        now=answer.now,
        verdict=answer.verdict,
        final=answer.final,
        ready=answer.ready,
        reasons=answer.reasons,
        reason_user={code: answer.texts["agent"]},
        reason_admin={code: answer.texts["auditor"]},
        say=answer.texts["customer"],
        offer=None if counter else answer.offer,
        counter_offer=answer.offer if counter else None,
        within_authority=answer.within_authority,
        obligations=_some(answer.requirements),
        tell=_some(answer.tell),
        promises=_some(answer.promises),
        alternatives=_some(answer.alternatives),
        questions=_some(answer.questions),
        desk=answer.desk,
        access_request=answer.approval,
    )


def _some(items: Sequence[Item]) -> tuple[Item, ...] | None:
    """Return items, or None where there are none."""
    return tuple(items) or None
