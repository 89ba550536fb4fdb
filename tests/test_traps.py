"""YAML traps: an expression that YAML cut or turned is reported with the line to write instead."""

from __future__ import annotations

import pytest

from engine.language.diagnostics import Diagnostics
from engine.language.reading.read import read_text

TRAPS = [
    ("- {due: add_months(now, 12)}", "1:3", '- {due: "add_months(now, 12)"}'),
    ("needs:\n  - {reason: old, need: f(a, b) > 3}", "2:5", '- {reason: old, need: "f(a, b) > 3"}'),
    ("x: {a: b,\n  c: f(d, e)}", "1:4", 'x: {a: b, c: "f(d, e)"}'),
    ("unless: [f(a, b), c]", "1:9", 'unless: ["f(a, b)", c]'),
    ("when: !flown", "1:7", 'when: "!flown"'),
    ("when: ! flown", "1:7", 'when: "! flown"'),
    ("when: !has(a.b) && c", "1:7", 'when: "!has(a.b) && c"'),
    ("- !flown # why", "1:3", '- "!flown"'),
    ("{need: !has(x)}", "1:1", '{need: "!has(x)"}'),
    ('when: x == "a #1"', "1:7", "when: 'x == \"a #1\"'"),
    ("when: a && # so", "1:7", 'when: "a && # so"'),
    ("when: a &&\n  # so\n  b", "1:7", 'when: "a && b"'),
    ("when: f(a, # so", "1:7", 'when: "f(a, # so"'),
    ("customer: Ticket #{id} is open", "1:11", 'customer: "Ticket #{id} is open"'),
    ("customer: Call us at #5", "1:11", 'customer: "Call us at #5"'),
    ("items: {$ref: #/$defs/bag\n}", "1:15", 'items: {$ref: "#/$defs/bag"'),
    ("$ref: #/$defs/bag", "1:7", '$ref: "#/$defs/bag"'),
    ("then: a ? b : c", "1:7", 'then: "a ? b : c"'),
    ("- a ? b : c", "1:3", '- "a ? b : c"'),
    ("fee:\n  a ? b : c", "2:3", '"a ? b : c"'),
    ("{a: b ? c : d}", "1:1", '{a: "b ? c : d"}'),
    ("key: a: b", "1:6", 'key: "a: b"'),
    ("- x: y == {a: b}", "1:6", '- x: "y == {a: b}"'),
    ("x: [1, 2].exists(a, b)", "1:4", 'x: "[1, 2].exists(a, b)"'),
    ('x: "gold" in y # why', "1:4", "x: '\"gold\" in y'"),
    ("x: >= 10", "1:4", 'x: ">= 10"'),
    ("rows:\n  - {a: >= 10, b: 2}", "2:5", '- {a: ">= 10", b: 2}'),
    ("x: [10..19]", "1:4", 'x: "[10..19]"'),
    ("x: || a", "1:4", 'x: "|| a"'),
    ("customer: {name}", "1:11", 'customer: "{name}"'),
    ("customer: {name}, hello", "1:11", 'customer: "{name}, hello"'),
    ("say: {customer: Pay {amount} now}", "1:6", 'say: {customer: "Pay {amount} now"}'),
    ("say: {customer: Hello, and welcome}", "1:6", 'say: {customer: "Hello, and welcome"}'),
    ("x: @a", "1:4", 'x: "@a"'),
]


@pytest.mark.parametrize(("text", "place", "line"), TRAPS)
def test_a_trap_is_reported_with_the_line_to_write(text: str, place: str, line: str) -> None:
    found = Diagnostics()
    assert read_text(text.encode(), "f.yaml", found) is None
    (one,) = found.sorted()
    assert (one.code, str(one.mark)) == ("yaml-trap", f"f.yaml:{place}")
    assert f"write `{line}`" in one.help


@pytest.mark.parametrize(
    "line",
    [line for text, _, line in TRAPS if "# so" not in text and "$ref" not in line and "\n" not in text],
)
def test_the_line_to_write_is_read_without_a_finding(line: str) -> None:
    found = Diagnostics()
    assert read_text(line.encode(), "f.yaml", found) is not None, found.sorted()


@pytest.mark.parametrize(
    "text",
    [
        "when: a == b  # a comment",
        "customer: we don't refund  # a comment",
        'customer: "it\'s {amount}"  # a comment',
        "x: [a, b, 'f(a, b)']",
        "x: {a: 1, b: [c, d], e: {f: g}}",
        "over(bag, n): max(bag.a, n)",
        "x: a ? b",
        "x: |\n  a ? b : c # text",
        "free_bags: {inputs: {a: b.c}, rows: [{a: '>= 10'}]}",
        "text: (see below) # a comment",
        "because: [INS-0142] #why",
        "x: 50 #why",
        "a-b: {}",
        "x: {a: ~, b: }",
    ],
)
def test_well_written_yaml_is_no_trap(text: str) -> None:
    found = Diagnostics()
    assert read_text(text.encode(), "f.yaml", found) is not None, found.sorted()


def test_a_tag_that_is_no_expression_is_reported_as_a_tag() -> None:
    for text in ("x: !include more.yaml", "x: !!str 5", "x: !<tag:yaml.org,2002:str> 5", "!!map {a: b}"):
        found = Diagnostics()
        assert read_text(text.encode(), "f.yaml", found) is None
        assert [one.code for one in found.sorted()] == ["tag"]


def test_a_very_long_trap_keeps_its_message_short() -> None:
    found = Diagnostics()
    read_text(f"x: {{a: f({'b, ' * 500}c)}}".encode(), "f.yaml", found)
    assert [one.help for one in found.sorted()] == ["put the value in quotes"]
