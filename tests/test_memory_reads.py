"""What of a request a policy reads, however an expression gets at it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packs import write_pack
from random_packs import places, without
from test_memory_replay import check_replay, events_of, parsed

from engine.memory.cutting import cut_of, kept_of
from engine.memory.reads import read_paths
from engine.program.types import INT, TEXT, ListOf, MapOf, Member, Record
from engine.release import Release, load_release

FACTS = """\
type: object
properties:
  limit: {type: integer}
  spare: {type: integer}
  boxes:
    type: array
    items:
      type: object
      properties:
        open: {type: boolean}
        size: {type: integer, default: 2}
        note: {type: string}
        tags: {type: array, items: {type: string}}
        parts:
          type: array
          items:
            type: object
            properties: {weight: {type: integer}, name: {type: string}}
  home: {$ref: '#/$defs/place'}
  away: {$ref: '#/$defs/place'}
  plans:
    type: object
    additionalProperties:
      type: object
      properties: {price: {type: integer}, name: {type: string}}
  seats:
    type: array
    uniqueItems: true
    items: {type: object, properties: {row: {type: integer}, by: {type: string}}}
  trip:
    type: object
    properties:
      left:
        type: [object, "null"]
        properties: {at: {type: string, format: date}, why: {type: string}}
$defs:
  place:
    type: object
    properties: {city: {type: string}, street: {type: string}, plan: {type: string, default: basic}}
"""
CONDITIONS = {
    "boxes.exists(b, b.open)": {"boxes[].open"},
    "boxes.filter(b, b.open).all(c, c.size > 1)": {"boxes[].open", "boxes[].size"},
    "boxes.find(b, b.open).size > limit": {"boxes[].open", "boxes[].size", "limit"},
    "sum(boxes.map(b, b.size)) > 4": {"boxes[].size"},
    "size(boxes) > 1": {"boxes[]"},
    '"red" in boxes[0].tags': {"boxes[].tags[]"},
    "boxes.exists(b, b.parts.exists(p, p.weight > b.size))": {"boxes[].parts[].weight", "boxes[].size"},
    "boxes.map(b, b.parts).exists(q, size(q) > 1)": {"boxes[].parts[].weight", "boxes[].parts[].name"},
    "boxes.exists(b, boxes.exists(c, c.size > b.size && c.open))": {"boxes[].open", "boxes[].size"},
    "(limit > 3 ? home : away).city == 'Bonn'": {"limit", "home.city", "away.city"},
    "home.plan == 'basic'": {"home.plan"},
    "plans['gold'].price > 3": {"plans{}.price"},
    "plans.exists(k, plans[k].price > 3)": {"plans{}.price"},
    "'gold' in plans": {"plans{}"},
    "seats.exists(s, s.row == 1)": {"seats[].row", "seats[].by"},
    "has(trip.left)": {"trip.left"},
    "!has(trip.left) || trip.left.at > date('2026-01-01')": {"trip.left.at"},
    "top(boxes.map(b, b.size), 2).exists(n, n > limit)": {"boxes[].size", "limit"},
    "heavy(boxes)": {"boxes[].parts[].weight"},
}
"""Conditions, each with the plain facts that are kept for it; `{}` is the value at any key of a map."""
EMPTY = {"boxes", "boxes[].parts", "boxes[].tags", "seats", "trip.left", "plans"}
"""Where a list or map may be empty, or a record none."""
PACK = """\
define:
  heavy(some): some.exists(b, b.parts.count(p, p.weight > 2) > 0)
actions:
  call: {{title: Call}}
  other: {{title: Other}}
rules:
  - id: call-some
    action: call
    when: {condition}
    allow: true
    source: made up
  - id: other-some
    action: other
    when: spare > 1
    allow: true
    source: made up
"""


def whole(draw: random.Random) -> dict[str, Any]:
    """Return facts of which all are known."""

    def some(make: Callable[[], Any]) -> list[Any]:
        return [make() for _ in range(draw.randint(0, 3))]

    def place() -> dict[str, Any]:
        return {"city": draw.choice(["Bonn", "Ulm"]), "street": "s", "plan": draw.choice(["basic", "gold"])}

    def box() -> dict[str, Any]:
        parts = some(lambda: {"weight": draw.randint(0, 5), "name": "n"})
        tags = some(lambda: draw.choice(["red", "blue"]))
        return {"open": draw.random() < 0.5, "size": draw.randint(0, 5), "note": "n", "tags": tags, "parts": parts}

    return {
        "limit": draw.randint(0, 6),
        "spare": draw.randint(0, 3),
        "boxes": some(box),
        "home": place(),
        "away": place(),
        "plans": {name: {"price": draw.randint(0, 6), "name": "x"} for name in ("gold", "basic")[: draw.randint(0, 2)]},
        "seats": [{"row": draw.randint(0, 2), "by": str(number)} for number in range(draw.randint(0, 3))],
        "trip": {"left": draw.choice([None, {"at": "2026-02-01", "why": "w"}])},
    }


def knocked(draw: random.Random, facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts of which some are left out; not who sits where, for seats must differ."""
    for path in reversed(places(facts)):
        if path[-1] != "by" and draw.random() < 0.08:
            facts = without(facts, path)
    return facts


def kept_names(value: Any, path: str = "") -> set[str]:
    """Return the places of the plain facts in a JSON value, and of empty records and lists in it."""
    match value:
        case dict() if value:
            steps = ((one, "{}" if path == "plans" else f".{name}") for name, one in value.items())
            return set().union(*(kept_names(one, f"{path}{step}".removeprefix(".")) for one, step in steps))
        case list() if value:
            return set().union(*(kept_names(one, f"{path}[]") for one in value))
        case _:
            return {path}


@pytest.mark.property
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_decision_is_the_same_from_what_its_condition_reads(condition: str, tmp_path: Path) -> None:
    written = PACK.format(condition=json.dumps(condition))
    release = load_release(write_pack(tmp_path, written, facts=FACTS))
    draw = random.Random(condition)
    full: set[str] = set()
    for number in range(14):
        facts = whole(draw) if number % 2 else knocked(draw, whole(draw))
        said = {"id": "d", "now": "2026-06-15T12:00:00Z", "agent": {"role": "boss"}, "facts": facts}
        (event,) = check_replay(release, parsed({**said, "ask": {"action": "call"}}))
        if event.verdict == "approve" and number % 2:
            full |= kept_names(event.case["facts"])
    assert full - EMPTY <= CONDITIONS[condition]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Release:
    written = PACK.format(condition="limit > 1")
    return load_release(write_pack(tmp_path_factory.mktemp("two"), written, facts=FACTS))


def test_what_another_action_reads_is_kept_where_it_is_an_alternative(two: Release) -> None:
    facts = {"limit": 9, "spare": 9, "boxes": []}
    said = {"id": "d", "now": "2026-06-15T12:00:00Z", "agent": {"role": "boss"}, "ask": {"action": "call"}}
    ((_, yes),) = events_of(two, parsed({**said, "facts": facts}))
    ((_, no),) = events_of(two, parsed({**said, "facts": {**facts, "limit": 0}}))
    assert (yes.verdict, yes.case["facts"]) == ("approve", {"limit": 9})
    assert (no.verdict, no.case["facts"]) == ("decline", {"limit": 0, "spare": 9})


def test_the_paths_of_two_actions_are_told_apart(two: Release) -> None:
    assert ("limit",) in read_paths(two, "call", others=False)
    assert ("spare",) not in read_paths(two, "call", others=False)
    assert ("spare",) in read_paths(two, "call", others=True)


def test_cutting_keeps_nulls_items_and_keys() -> None:
    row = Record((Member("a", INT), Member("b", TEXT)))
    type_ = Record((Member("rows", ListOf(row)), Member("by", MapOf(row)), Member("none", row), Member("gone", INT)))
    cut = cut_of(type_, kept_of([("rows", "[]", "a"), ("by",), ("none", "b")]))
    value = {"rows": [{"a": 1, "b": "x"}, {"b": "y"}], "by": {"k": {"a": 1}}, "none": None, "gone": 4}
    assert cut(value) == {"rows": [{"a": 1}, {}], "by": {"k": {}}, "none": None}


def test_a_list_whose_items_differ_stays_whole() -> None:
    row = Record((Member("a", INT), Member("b", TEXT)))
    distinct = Member("rows", ListOf(row), constraints=(("uniqueItems", True),))
    value = {"rows": [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]}
    assert cut_of(Record((distinct,)), kept_of([("rows", "[]", "a")]))(value) == value
