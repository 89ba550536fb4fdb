"""What goes wrong with a question, in the terms and with the statuses of the Authorization API."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

from flask import Response

from api.access.problems import AgentNotYours, RungNotYours
from api.authzen.mapping import UNKNOWN
from api.ledger.problems import LedgerUnavailable
from api.web.problems import EXPECTED, Refusal, problem_with
from engine.problems import RequestError
from schemas.decision import Problem, ProblemError

Params = ParamSpec("Params")
STATUS: Final = {404: 403, 409: 400, 410: 400, 415: 400, 422: 400}
"""The Authorization API knows 400, 401, 403 and 500; a decision of no is 200."""
PLACES: Final = (
    ("/facts/subject", "/subject"),
    ("/facts/resource", "/resource"),
    ("/facts", "/resource/properties"),
    ("/ask/action", "/action/name"),
    ("/ask", "/action/properties"),
    ("/agent/id", "/subject/id"),
    ("/agent", "/subject/properties"),
    ("/now", "/context/now"),
    ("/pack", "/context/pack"),
    ("/channel", "/context/channel"),
    ("/session", "/context/session"),
)
"""Where in a question the parts of a request stand."""
SAID: Final[dict[type[Exception], tuple[str, str]]] = {
    RungNotYours: ("the credential does not have the rung that the subject claims", "claim none, or one that it has"),
    AgentNotYours: ("the credential is another subject's or team's", "name the one that it belongs to"),
}
"""What is said in place of what names the parts of a native request."""
ENTITIES: Final = ("/subject/type", "/subject/id", "/resource/type", "/resource/id", "/action/name")
NAMELESS: Final = (UNKNOWN, "value-not-in-enum", "unknown-action")


class Refused(Refusal):
    """A question that is not answered."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem."""
        Exception.__init__(self, problem.detail)
        self.problem = problem


def plainly(view: Callable[Params, Response]) -> Callable[Params, Response]:
    """Have a view refuse in the terms of the Authorization API."""

    @wraps(view)
    def held(*args: Params.args, **kwargs: Params.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except LedgerUnavailable:
            raise
        except EXPECTED as error:
            raise Refused(told(error)) from error

    return held


def told(error: Exception) -> Problem:
    """Return the problem with a question."""
    problem = problem_with(error)
    update: dict[str, object] = {
        "status": STATUS.get(problem.status, problem.status),
        "errors": tuple(map(_placed, problem.errors)),
    }
    if type(error) in SAID:
        update |= dict(zip(("detail", "help"), SAID[type(error)], strict=True))
    return problem.model_copy(update=update)


def names_nobody(error: RequestError) -> bool:
    """Return whether all that is wrong is that the pack knows no such subject, resource or action."""
    errors = tuple(map(_placed, error.problem.errors))
    return bool(errors) and all(one.pointer in ENTITIES and one.code in NAMELESS for one in errors)


def _placed(one: ProblemError) -> ProblemError:
    for ours, theirs in PLACES:
        if one.pointer == ours or one.pointer.startswith(f"{ours}/"):
            return one.model_copy(update={"pointer": theirs + one.pointer.removeprefix(ours)})
    return one
