"""What an endpoint takes, gives and needs: said once beside it, for the wrapper and for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from secrets import token_hex
from typing import Any, Final, ParamSpec

from flask import Response, g, request
from pydantic import BaseModel

from api.access.caller import Caller, Scope
from api.access.problems import Unauthenticated
from api.web.limits import count_address, count_caller, count_failure
from api.web.service import Service, service
from engine.backends.times import MICROSECOND
from engine.memory.moments import moment_at

Params = ParamSpec("Params")
View = Callable[Params, Response]
OPERATION: Final = "__operation__"
KEY: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter."""

    name: str
    means: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What is told of an endpoint."""

    scopes: tuple[Scope, ...]
    """One of them is needed; none: anybody may call."""
    takes: Any = None
    """The model of its body."""
    gives: Mapping[int, Any] = field(default_factory=dict)
    """By status: the model of what is answered, or the media type of what is none."""
    query: tuple[Parameter, ...] = ()
    problems: tuple[int, ...] = ()
    """The statuses of problems beside those that every endpoint may answer with."""
    writes: bool = False
    """Whether it writes, and so takes an `Idempotency-Key`."""
    limited: bool = True
    """Whether calls without a credential are limited; those of probes are not."""


def operation(*scopes: Scope, **told: Any) -> Callable[[View[Params]], View[Params]]:
    """Hold an endpoint to what is told of it: who may call, and that a write sent again is done once."""
    said = Operation(scopes, **told)

    def decorate(view: View[Params]) -> View[Params]:
        @wraps(view)
        def held(*args: Params.args, **kwargs: Params.kwargs) -> Response:
            found = service()
            g.now = found.clock()
            if not said.scopes:
                if said.limited:
                    count_address(g.now)
                return view(*args, **kwargs)
            g.caller = _let_in(found)
            g.caller.must(*said.scopes)
            if said.writes and (key := request.headers.get(KEY)) is not None:
                return found.requests.once(key, lambda: view(*args, **kwargs))
            return view(*args, **kwargs)

        setattr(held, OPERATION, said)
        return held

    return decorate


def _let_in(found: Service) -> Caller:
    """Return who calls; raise an `AccessProblem` where nobody knows, or `Refusal` where they call too often."""
    try:
        who = found.caller_of(request)
    except Unauthenticated:
        count_failure(g.now)
        raise
    count_caller(who.id, g.now)
    return who


def caller() -> Caller:
    """Return who calls."""
    found = g.caller
    assert isinstance(found, Caller)
    return found


def now() -> datetime:
    """Return the moment of the request; sent again with its `Idempotency-Key`, that of the first time."""
    found = g.now
    assert isinstance(found, datetime)
    return found


def may_say(moment: int) -> bool:
    """Return whether the caller may say that something is at a moment: at about now, or at any for `admin`."""
    near = abs(moment - moment_at(now())) <= service().settings.clock_tolerance / MICROSECOND
    return near or "admin" in caller().scopes


def new_id(prefix: str) -> str:
    """Return a new id; of a request that is sent again with its `Idempotency-Key`, the same again."""
    if "seed" not in g:
        return f"{prefix}-{token_hex(16)}"
    g.made = g.get("made", 0) + 1
    return f"{prefix}-{g.seed}-{g.made}"


def at_part(number: int) -> None:
    """Have the next id be that of a part of the request, from 1, however many the parts before it needed."""
    g.made = number - 1


def repeated() -> bool:
    """Return whether the request was sent before with its `Idempotency-Key`, and so may have been done."""
    return bool(g.get("repeated", False))


def answered(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a model as response."""
    return Response(model.model_dump_json(), status, headers, content_type="application/json")
