"""Several evaluations of one request: what is the same in them said once, and when to stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from api.authzen.answering import evaluated, failed
from api.authzen.mapping import Asked
from api.ledger.problems import LedgerUnavailable
from api.web.operations import new_id
from api.web.problems import EXPECTED
from engine.problems import wrong_at
from engine.request_json import invalid_model
from schemas.authzen import Context, Evaluated, EvaluationRequest, EvaluationsRequest, Semantic

NEEDED: Final = {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id"), "context": ()}
"""By member: what of a default stands where an evaluation has the member without it."""
LAST: Final[dict[Semantic, bool | None]] = {
    "execute_all": None,
    "deny_on_first_deny": False,
    "permit_on_first_permit": True,
}
"""The decision after which no more are evaluated."""


def evaluated_each(given: EvaluationsRequest) -> tuple[Evaluated, ...]:
    """Return the decisions on several evaluations in order, up to the one that settles it."""
    last = LAST["execute_all" if given.options is None else given.options.evaluations_semantic]
    found: list[Evaluated] = []
    for one in _each(given):
        found.append(one)
        if one.decision is last:
            break
    return tuple(found)


def _each(given: EvaluationsRequest) -> Iterator[Evaluated]:
    defaults = {name: _default(getattr(given, name)) for name in NEEDED}
    base = new_id("d")
    for place, item in enumerate(given.evaluations or (), 1):
        try:
            yield evaluated(asked_of(_whole(item, defaults)), f"{base}.{place}")
        except LedgerUnavailable:
            raise
        except EXPECTED as problem:
            yield failed(problem)


def asked_of(given: EvaluationRequest) -> Asked:
    """Return what an evaluation asks."""
    return Asked(given.subject, given.resource, given.context or Context(), given.action)


def _default(value: BaseModel | dict[str, Any] | None) -> dict[str, Any] | None:
    return value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value


def _whole(item: Any, defaults: dict[str, dict[str, Any] | None]) -> EvaluationRequest:
    """Return an evaluation with the defaults that it does not override; else raise `RequestError`."""
    if not isinstance(item, dict):
        raise wrong_at("", "model-type", "an evaluation is an object")
    members = {name: _member(item.get(name), default, NEEDED[name]) for name, default in defaults.items()}
    try:
        return EvaluationRequest.model_validate({name: one for name, one in members.items() if one is not None})
    except ValidationError as problem:
        raise invalid_model(problem) from None


def _member(own: Any, default: dict[str, Any] | None, needed: tuple[str, ...]) -> Any:
    """Return what an evaluation has of a member: its own, else the default, never what is told of another entity."""
    if own is None or default is None:
        return default if own is None else own
    if not isinstance(own, dict):
        return own
    return {**{name: default[name] for name in needed if name in default}, **own}
