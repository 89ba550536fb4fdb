"""The problems that endpoints answer with: each status once, for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from api.access.problems import AccessProblem, Unauthenticated
from api.openapi.endpoints import Endpoint
from api.openapi.models import Json, Schemas, Way
from api.web.kinds import KINDS
from api.web.operations import Operation
from api.web.problems import MEDIA, SAID, Withdrawn
from schemas.decision import Problem

CONFLICT: Final = Withdrawn | Problem
PROBLEMS: Final[tuple[tuple[Any, Way], ...]] = ((Problem, "serialization"), (CONFLICT, "serialization"))
NAMED: Final = {
    **SAID,
    401: (Unauthenticated.code, Unauthenticated.title),
    403: ("forbidden", AccessProblem.title),
}
SECONDS: Final = {"type": "integer", "minimum": 0}
HEADERS: Final[dict[int, Json]] = {
    401: {
        "WWW-Authenticate": {"description": "How to say who calls.", "required": True, "schema": {"const": "Bearer"}}
    },
    429: {"Retry-After": {"description": "Seconds after which it is worth trying again.", "schema": SECONDS}},
    503: {"Retry-After": {"description": "Seconds after which it is worth trying again.", "schema": SECONDS}},
}


def name_of(status: int) -> str:
    """Return what the problem of a status is called among the components."""
    return "".join(word.capitalize() for word in NAMED[status][0].split("-"))


def shared(statuses: set[int], schemas: Schemas) -> Json:
    """Return the problems of these statuses, by name."""
    return {name_of(status): _problem(status, schemas) for status in sorted(statuses)}


def _problem(status: int, schemas: Schemas) -> Json:
    model = CONFLICT if status == 409 else Problem
    kinds = ", ".join(f"`{code}`" for code, kind in KINDS.items() if kind.status == status)
    made = {
        "description": f"{NAMED[status][1]}: {kinds}.",
        "content": {MEDIA: {"schema": schemas.of(model, "serialization")}},
    }
    return {**made, "headers": HEADERS[status]} if status in HEADERS else made


def problems_of(endpoint: Endpoint) -> set[int]:
    """Return the statuses of the problems that an endpoint can answer with."""
    told = endpoint.told
    return {status for status in (*_any(told), *_by_address(endpoint), *told.problems) if status not in told.gives}


def _any(told: Operation) -> Iterator[int]:
    """Yield the statuses that follow from what an endpoint takes and needs."""
    yield from (500, 503)
    if told.scopes:
        yield from (401, 403)
    if told.scopes or told.limited:
        yield 429
    if told.takes is not None:
        yield from (400, 413, 415, 422)
    if told.query:
        yield 422
    if told.writes:
        yield from (400, 409, 422)


def _by_address(endpoint: Endpoint) -> Iterator[int]:
    if endpoint.variables:
        yield 404
