"""Facts as JSON values: laid over one another, and taken out by path."""

from __future__ import annotations

import re

from pydantic import JsonValue

from simulations.scenarios.scenario import Json

STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\[[0-9]*\]")


def merged(below: Json, above: Json) -> Json:
    """Return the facts of `above` over those of `below`: records member by member, anything else as a whole."""
    made = dict(below)
    for name, value in above.items():
        old = made.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        made[name] = merged(old, value) if both else value  # type: ignore[arg-type]  # both are records
    return made


def without(facts: Json, path: str) -> Json | None:
    """Return the facts without the one at a path (`a[0].b`; `a[].b` of every item), or None where nothing is there."""
    made, found = _without(facts, STEP.findall(path))
    return made if found and isinstance(made, dict) else None


def _without(whole: JsonValue, path: list[str]) -> tuple[JsonValue, bool]:
    head, rest = path[0], path[1:]
    if isinstance(whole, list) and head.startswith("["):
        return _without_items(whole, head[1:-1], rest)
    if not isinstance(whole, dict) or head not in whole:
        return whole, False
    if not rest:
        return {name: value for name, value in whole.items() if name != head}, True
    inner, found = _without(whole[head], rest)
    return {**whole, head: inner}, found


def _without_items(items: list[JsonValue], place: str, rest: list[str]) -> tuple[JsonValue, bool]:
    chosen = {int(place)} if place else set(range(len(items)))
    if not rest:
        return [item for index, item in enumerate(items) if index not in chosen], bool(chosen)
    made = [_without(item, rest) if index in chosen else (item, False) for index, item in enumerate(items)]
    return [item for item, _ in made], any(found for _, found in made)
