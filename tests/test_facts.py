"""Facts files become types, or are reported where they are wrong."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.language.codes import CODES
from engine.language.diagnostics import Diagnostics
from engine.language.packs.facts import facts_type, inputs_type
from engine.language.reading.read import read_text
from engine.language.reading.tree import Tree
from engine.program.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Enum,
    ListOf,
    MapOf,
    Member,
    Record,
    nullable,
)
from engine.values.parse import parser


def tree(text: str) -> Tree:
    found = Diagnostics()
    read = read_text(dedent(text).encode(), "facts.yaml", found)
    assert read is not None
    assert found.sorted() == ()
    return read


def facts(text: str) -> Record:
    found = Diagnostics()
    made = facts_type(tree(text), found, 2, "UTC")
    assert found.sorted() == ()
    return made


def member(text: str) -> Member:
    """Return the only member, `x`, that is declared."""
    (one,) = facts("type: object\nproperties:\n  x:\n" + "".join(f"    {line}\n" for line in dedent(text).splitlines()))
    return one


def findings(text: str) -> list[str]:
    found = Diagnostics()
    facts_type(tree(text), found, 2, "UTC")
    assert all(one.code in CODES for one in found.sorted())
    return [str(one) for one in found.sorted()]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("type: boolean", BOOL),
        ("type: integer", INT),
        ("type: number", NUMBER),
        ("type: string", TEXT),
        ("type: [string, 'null']", nullable(TEXT)),
        ("{type: string, format: date}", DATE),
        ("{type: string, format: date-time}", TIMESTAMP),
        ("{type: string, format: duration}", DURATION),
        ("format: money", MONEY),
        ("{type: [number, 'null'], format: money}", nullable(MONEY)),
        ("enum: [a, b]", Enum(("a", "b"))),
        ("enum: [a, null]", Enum(("a",), nullable=True)),
        ("{type: [string, 'null'], enum: [a, null]}", Enum(("a",), nullable=True)),
        ("const: a", Enum(("a",))),
        ("{type: array, items: {type: integer}}", ListOf(INT)),
        ("items: {type: array, items: {enum: [a]}}", ListOf(ListOf(Enum(("a",))))),
        ("{type: object, additionalProperties: {type: integer}}", MapOf(INT)),
        ("{type: object, properties: {y: {type: integer}}}", Record((Member("y", INT),))),
        ("{type: [object, 'null'], properties: {}, additionalProperties: false}", Record((), nullable=True)),
    ],
)
def test_each_schema_is_a_type(text: str, type_: object) -> None:
    assert member(text).type == type_


def test_annotations_are_kept() -> None:
    one = member("{type: string, question: 'Who?', pii: true, title: Name, minLength: 1, pattern: '^[A-Z]'}")
    assert (one.question, one.pii, one.title) == ("Who?", True, "Name")
    assert dict(one.constraints) == {"minLength": 1, "pattern": "^[A-Z]"}


def test_a_default_is_kept_in_the_engines_own_form() -> None:
    assert member("{format: money, default: 12.5}").default == (1250,)
    assert member("{type: [string, 'null'], format: date, default: null}").default == (NULL,)
    assert member("{type: array, items: {type: integer}, default: [1]}").default == ((1,),)
    assert member("type: integer").default == ()


def test_a_reference_is_followed_and_its_annotations_may_be_overridden() -> None:
    made = facts(
        """
        $defs:
          day: {$ref: "#/$defs/date"}
          date: {type: string, format: date, question: When?, pii: true}
        type: object
        properties:
          born: {$ref: "#/$defs/day", question: When were you born?}
          joined: {$ref: "#/$defs/day"}
        """
    )
    assert [(one.type, one.question, one.pii) for one in made] == [
        (DATE, "When were you born?", True),
        (DATE, "When?", True),
    ]


def test_limits_of_items_are_kept_as_seen_from_the_list() -> None:
    one = member("{type: array, maxItems: 3, items: {type: integer, minimum: 0}}")
    assert one.constraints == (("maxItems", 3), ("items/minimum", 0))
    inner = member("{type: object, additionalProperties: {type: array, items: {type: string, maxLength: 2}}}")
    assert inner.constraints == (("additionalProperties/items/maxLength", 2),)


def test_an_optional_input_is_null_where_it_is_not_given() -> None:
    found = Diagnostics()
    made = inputs_type(
        tree("wants: {enum: [change, refund], optional: true}\nnights: {type: integer}"), found, 2, "UTC"
    )
    assert found.sorted() == ()
    assert parser(made, 2, "UTC")({}) == {"wants": NULL}
    assert parser(made, 2, "UTC")({"wants": "change", "nights": 2}) == {"wants": "change", "nights": 2}


@pytest.mark.parametrize(
    ("schema", "finding"),
    [
        ("{type: integer, default: x}", "3:31: bad-default: the default of `x`: this is not a whole number"),
        ("{type: integer, minimum: 3, default: 1}", "3:43: bad-default: the default of `x`: this is below 3"),
        ("{enum: [a], default: b}", "3:27: bad-default: the default of `x`: this is not one of `a`"),
        (
            "{$ref: '#/$defs/bga'}",
            "3:13: unknown-reference: there is no `$defs` entry `bga`; did you mean `bag`?",
        ),
        ("{$ref: '#/$defs/loop'}", "4:31: cyclic-reference: `loop` refers to itself"),
        ("{title: X}", "3:6: unknown-type: the fact has no type; add `type:`, `enum:` or `format:`"),
        ("{type: array}", "3:6: unknown-type: the list does not say what its items are; add `items:`"),
        ("{format: uri}", "3:6: unknown-type: there is no format `uri`; add `type:`, `enum:` or `format:`"),
        ("{enum: []}", "3:6: bad-enum: an enum lists texts, each once, and perhaps null"),
        ("{enum: [a, a]}", "3:6: bad-enum: an enum lists texts, each once, and perhaps null"),
        ("{enum: [1, 2]}", "3:6: bad-enum: an enum lists texts, each once, and perhaps null"),
        (
            "{type: string, pattern: '(?=a)'}",
            "3:30: bad-pattern: the pattern is not RE2; look-around and back-references are not part of it",
        ),
        (
            "{type: integer, minLength: 2}",
            "3:22: misplaced-limit: `minLength` says nothing of a value that is int; it may have "
            "`exclusiveMaximum`, `exclusiveMinimum`, `maximum`, `minimum`",
        ),
        (
            "{type: string, format: date, minimum: 2}",
            "3:35: misplaced-limit: `minimum` says nothing of a value that is date; leave it out, and decide by a rule",
        ),
        (
            "{type: integer, minimum: 3, maximum: 2}",
            "3:31: empty-range: `minimum` 3 is above `maximum` 2: no value is both",
        ),
    ],
)
def test_what_is_wrong_is_reported_where_it_stands(schema: str, finding: str) -> None:
    shared = "$defs: {bag: {type: integer}, loop: {items: {$ref: '#/$defs/loop'}}}"
    text = f"type: object\nproperties:\n  x: {schema}\n{shared}\n"
    (one,) = findings(text)
    place, rest = finding.split(": ", 1)
    assert one.split(": ", 1)[1] == rest
    if "cyclic" not in finding:
        assert one.startswith(f"facts.yaml:{place}: ")


def test_references_that_multiply_are_refused() -> None:
    doubling = [
        f"  d{step}: {{properties: {{a: {{$ref: '#/$defs/d{step + 1}'}}, b: {{$ref: '#/$defs/d{step + 1}'}}}}}}"
        for step in range(30)
    ]
    text = "\n".join(["$defs:", *doubling, "  d30: {type: integer}", "properties: {x: {$ref: '#/$defs/d0'}}"])
    assert {one.split(": ")[1] for one in findings(text)} == {"too-many-facts"}


def test_references_that_nest_deeply_are_refused() -> None:
    chain = [f"  d{step}: {{items: {{$ref: '#/$defs/d{step + 1}'}}}}" for step in range(500)]
    text = "\n".join(["$defs:", *chain, "  d500: {type: integer}", "properties: {x: {$ref: '#/$defs/d0'}}"])
    assert {one.split(": ")[1] for one in findings(text)} == {"too-many-facts"}
