"""Events made again from fields that were checked before they were written, several times as fast as checking anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache, partial
from operator import itemgetter
from types import NoneType
from typing import Any, Final, NamedTuple, TypeAlias, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, JsonValue
from pydantic_core import to_json

from schemas.events import EVENT, Event, Happened
from schemas.frozen import made
from schemas.request import Agent

Remake: TypeAlias = Callable[[Any], Any]
"""Gives the value of a field for what JSON has."""

AGENT: Final = frozenset(Agent.model_fields)
AS_IN_JSON: Final = (str, int, float, bool, NoneType, JsonValue)
"""Types whose values are in JSON what they are here."""
_set = object.__setattr__


class Form(NamedTuple):
    """The fields of a kind of event, in order and as a set, and those that JSON has another type for."""

    names: tuple[str, ...]
    fields: set[str]
    values: Callable[[dict[str, Any]], tuple[Any, ...]]
    """Gives the values of all fields, in order."""
    remade: tuple[tuple[str, Remake], ...]
    known: bool
    """Whether there are no others."""


def rebuilt(kind: type[Happened], fields: dict[str, Any]) -> Event:
    """Return the event of these fields, as JSON has them; they are checked where they are not the kind's own."""
    if not fits(kind, fields):
        return EVENT.validate_json(to_json(fields))
    form = _form(kind)
    for name, remake in form.remade:
        fields[name] = remake(fields[name])
    event: Any = kind.__new__(kind)
    # What `made` does, without handing so many fields on by their names.
    _set(event, "__dict__", dict(zip(form.names, form.values(fields), strict=True)))
    _set(event, "__pydantic_fields_set__", form.fields)
    _set(event, "__pydantic_extra__", None)
    _set(event, "__pydantic_private__", None)
    return event  # type: ignore[no-any-return]  # `kind` is one of the events


def fits(kind: type[Happened], fields: dict[str, Any]) -> bool:
    """Return whether fields are those of a kind of event as it is written today."""
    form, agent = _form(kind), fields.get("agent")
    return form.known and fields.keys() == form.fields and isinstance(agent, dict) and agent.keys() == AGENT


@cache
def _form(kind: type[Happened]) -> Form:
    types = {name: field.annotation for name, field in kind.model_fields.items()}
    remade = {name: remake for name, type in types.items() if (remake := _remake(type)) is not None}
    known = all(_as_in_json(type) for name, type in types.items() if name not in remade)
    return Form(tuple(types), set(types), itemgetter(*types), tuple(remade.items()), known)


def _remake(type_: Any) -> Remake | None:
    """Return what remakes the values of a type; None where they need not be, or nothing is known that does."""
    if type_ is Agent:
        return _agent
    if type_ in (datetime, AwareDatetime):
        return datetime.fromisoformat
    if get_origin(type_) is not tuple:
        return None
    item = get_args(type_)[0]
    if isinstance(item, type) and issubclass(item, BaseModel):
        return partial(_models, item)
    return tuple if _as_in_json(item) else None


def _agent(fields: dict[str, Any]) -> Agent:
    return _agent_of(fields["role"], fields["id"], fields["team"])


@lru_cache(maxsize=1024)
def _agent_of(role: str | None, id: str | None, team: str | None) -> Agent:
    """Return an agent; very many events are by few of them."""
    return made(Agent, role=role, id=id, team=team)


def _models(item: type[BaseModel], fields: list[Any]) -> tuple[BaseModel, ...]:
    """Return the items of a tuple."""
    return tuple(map(item.model_validate, fields))


def _as_in_json(type_: Any) -> bool:
    """Return whether all values of a type, or of a literal, are in JSON what they are here."""
    parts = get_args(type_)
    if not parts:
        return type_ in AS_IN_JSON or isinstance(type_, str | int)
    return get_origin(type_) is not tuple and all(_as_in_json(part) for part in parts)
