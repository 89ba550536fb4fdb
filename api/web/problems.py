"""Why a request is not answered, as RFC 9457 problems that echo nothing of it."""

from __future__ import annotations

import logging
from traceback import format_tb
from typing import Final

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from api.access.problems import AccessProblem, IssuerUnavailable, NotForYou, Unauthenticated
from api.ledger.problems import EventConflict, EventRefused, LedgerProblem, LedgerUnavailable
from api.refusals import problem_of
from api.serving.problems import EventUnfit, IdTaken, NoLongerGranted, ServingProblem, UnknownDecision
from engine.memory.problems import CaseGone, OutcomeProblem
from engine.problems import RequestError
from schemas.decision import Decision, Problem

LOG: Final = logging.getLogger(__name__)
MEDIA: Final = "application/problem+json"
SAID: Final = {
    400: ("malformed-request", "The request is malformed"),
    404: ("not-found", "There is no such thing"),
    410: ("customer-erased", "The customer was erased"),
    405: ("method-not-allowed", "This cannot be done here"),
    408: ("too-slow", "The request came too slowly"),
    413: ("too-large", "The request is too large"),
    409: ("conflict", "This cannot be done as it is"),
    415: ("unsupported-media-type", "The body is of another type"),
    422: ("unfit", "The request does not fit"),
    429: ("too-many-requests", "There were too many requests"),
    500: ("internal", "Something went wrong here"),
    503: ("overloaded", "There is too much to do now"),
}
"""The problems of HTTP itself: their type and title."""


WORDS: Final = {
    400: "the request cannot be read",
    404: "there is nothing at this address",
    405: "this address does not answer this method; `Allow` says which it does",
    413: "the body is longer than the server takes",
}
UNSAID: Final = {
    IdTaken: "this id is another request's; give each request an id of its own",
    EventConflict: "this id is another event's; give each event an id of its own",
    EventRefused: "a text or a number in it cannot be stored",
}
"""What is said in place of what names an id that was sent."""


class Withdrawn(Problem):
    """An offer that may not be granted any more, with what the answer would be now."""

    decision: Decision


class Refusal(Exception):
    """A request that is refused for how it is sent."""

    def __init__(
        self, status: int, detail: str, help: str = "", kind: str | None = None, retry_after: int | None = None
    ) -> None:
        """Keep the status, one of `SAID`, and say why and what to do; `kind` names it closer.

        `retry_after`: seconds after which it is worth trying again.
        """
        super().__init__(detail)
        self.problem = of_status(status, detail, help, kind)
        self.retry_after = retry_after


EXPECTED: Final = (RequestError, AccessProblem, OutcomeProblem, CaseGone, LedgerProblem, ServingProblem, Refusal)
"""What goes wrong for what was sent, or for how things stand."""


def answer_of(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return a problem as response."""
    return Response(problem.model_dump_json(), problem.status, headers, content_type=MEDIA)


def of_status(status: int, detail: str, help: str = "", kind: str | None = None) -> Problem:
    """Return a problem of HTTP itself."""
    named, title = SAID.get(status, (f"http-{status}", "The request is not answered"))
    return Problem(type=f"/problems/{kind or named}", title=title, status=status, detail=detail, help=help)


def register(app: Flask) -> None:
    """Have an application answer everything that goes wrong with a problem."""
    for kind in (*EXPECTED, HTTPException, Exception):
        app.register_error_handler(kind, _answered)


def problem_with(error: Exception) -> Problem:
    """Return the problem that an error is told as."""
    match error:
        case RequestError() | Refusal():
            return error.problem
        case AccessProblem():
            kind = f"/problems/{error.code}"
            return Problem(type=kind, title=error.title, status=error.status, detail=str(error), help=error.help)
        case UnknownDecision():
            return problem_with(NotForYou("decision"))
        case EventUnfit() | OutcomeProblem():
            return of_status(422, str(error), kind=error.code)
        case CaseGone():
            return of_status(410, "what was decided cannot be read any more: the customer was erased")
        case NoLongerGranted():
            return Withdrawn(**problem_of(error).model_dump(), decision=error.decision)
        case LedgerProblem() | ServingProblem():
            problem = problem_of(error)
            return problem.model_copy(update={"detail": UNSAID.get(type(error), problem.detail)})
        case HTTPException(code=int(code)):
            return of_status(code, WORDS.get(code, ""))
        case _:
            return of_status(500, "the request was not answered; the log says why")


def noted(error: Exception) -> Problem:
    """Return the problem that an error is told as; what went wrong here goes into the log, and is not told."""
    problem = problem_with(error)
    if problem.status == 500:
        LOG.error("a request failed: %s", _traced(error))
    return problem


def _answered(error: Exception) -> Response:
    return answer_of(noted(error), _headers(error))


def _traced(error: BaseException | None) -> str:
    """Return where an error was raised, and those that led to it; not their messages, which may hold what was sent."""
    if error is None:
        return ""
    before = _traced(error.__cause__ or error.__context__)
    return f"{before}{''.join(format_tb(error.__traceback__))}{type(error).__name__}\n"


def _headers(error: Exception) -> dict[str, str]:
    match error:
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case LedgerUnavailable() | IssuerUnavailable() | Refusal(retry_after=int()):
            return {"Retry-After": str(error.retry_after)}
        case HTTPException():
            return {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        case _:
            return {}
