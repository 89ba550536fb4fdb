"""Why a request is not decided: what is wrong with it, by place, never echoing what was sent."""

from __future__ import annotations

from schemas.decision import Problem, ProblemError

TITLES = {
    "invalid-request": "The request is not valid",
    "unknown-pack": "The pack does not answer here",
    "unknown-action": "There is no such action",
    "missing-now": "The moment of the decision is missing",
}


class RequestError(Exception):
    """A request that cannot be decided; `problem` says why, as RFC 9457 details."""

    def __init__(self, kind: str, detail: str, help: str = "", errors: tuple[ProblemError, ...] = ()) -> None:
        """Keep what is wrong; `kind` is one of `TITLES`."""
        super().__init__(detail)
        self.problem = Problem(
            type=f"/problems/{kind}", title=TITLES[kind], status=422, detail=detail, help=help, errors=errors
        )


def error_at(pointer: str, code: str, detail: str, help: str = "") -> ProblemError:
    """Return one thing that is wrong with a request."""
    return ProblemError(pointer=pointer, code=code, detail=detail, help=help)


def wrong_at(pointer: str, code: str, detail: str, help: str = "") -> RequestError:
    """Return the error of a request in which one thing is wrong."""
    return RequestError("invalid-request", detail, help, (error_at(pointer, code, detail, help),))
