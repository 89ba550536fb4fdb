"""`leeway fmt` changes the layout of a policy file, never its values or comments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.language.diagnostics import Diagnostics, PolicyError
from engine.language.formatting import format as formatter
from engine.language.formatting.comments import extras
from engine.language.formatting.format import format_text
from engine.language.reading.read import read_text
from engine.language.reading.source import source_of
from engine.language.reading.tree import Plain, plain

RULES = Path(__file__).parent.parent / "rules"
SCHEMA = "# yaml-language-server: $schema=../../schemas/pack.schema.json"


def values(text: str) -> Plain:
    """What the text holds."""
    found = Diagnostics()
    tree = read_text(text.encode(), "pack.yaml", found)
    assert tree is not None, found.sorted()
    return plain(tree)


def comments(text: str) -> Counter[str]:
    """The comments of the text, each as often as it stands there."""
    return Counter(one.text for one in extras(source_of(text, "")).comments if one.text)


# how a file looks afterwards

TIDY = """
# the schema comes first, then the header's keys
| # about this file
| # yaml-language-server: $schema=x
|
| rules: []
| title: A desk
| # the id
| pack: desk
---
| # yaml-language-server: $schema=x
| # about this file
|
| # the id
| pack: desk
| title: A desk
| rules: []

# a rule's keys have one order, whatever belongs to a key stays with it
| rules:
| - say: {customer: "Yes, of course."}
|   when:   a == 1   # only then
|   # what is given
|   allow: {up_to: 10}
|   id: one
|
|
| - id: two
---
| rules:
|   - id: one
|     when: a == 1     # only then
|     # what is given
|     allow:
|       up_to: 10
|     say:
|       customer: Yes, of course.
|
|   - id: two

# quotes stay only where they are needed
| a: "plain words"
| b: 'a == "x"'
| c: "!flown"
| d: 'a ? b : c'
| e: "yes"
| f: yes
| g: 'x # y'
| h: "2026-03-01"
| i: 2026-03-01
| j: "true"
| k: "12"
| l: ""
| m: '[1, 2].exists(x, x > 1)'
| n: "kind:credit"
| o: 'it''s'
| p: "it's \\"so\\""
| "q r": 1
| "s": ~
---
| a: plain words
| b: a == "x"
| c: "!flown"
| d: "a ? b : c"
| e: "yes"
| f: yes
| g: "x # y"
| h: "2026-03-01"
| i: 2026-03-01
| j: "true"
| k: "12"
| l: ""
| m: "[1, 2].exists(x, x > 1)"
| n: "kind:credit"
| o: it's
| p: it's "so"
| "q r": 1
| s: ~

# lists of words and the rows of tables stay on one line, all else becomes blocks
| ladder: [ai_agent,  agent]
| when: [a == 1, "f(b, c)"]
| tables:
|     free:
|         rows: [{a: gold, b: [x, y], c: ">= 10"}, {a: silver, b: z}]
|         outputs: {bags: int}
---
| ladder: [ai_agent, agent]
| when:
|   - a == 1
|   - f(b, c)
| tables:
|   free:
|     outputs:
|       bags: int
|     rows:
|       - {a: gold, b: [x, y], c: ">= 10"}
|       - {a: silver, b: z}

# texts over several lines keep their lines
| a: >-
|     one
|     two
| b: |
|     one
|       two
|
|     three
| c: one
|   two
---
| a: >-
|   one
|   two
| b: |
|   one
|     two
|
|   three
| c: one two

# comments stay where they are
| a:   # of a
|   # of b
|   b: 1
|   # of b's end
|     # of c
| c:
|   # of x
|   - x  # at x
|
|   -
|     # of y
|     y: |  # of the text
|       words
|   # - z
| # of the end
---
| a:   # of a
|   # of b
|   b: 1
|   # of b's end
|   # of c
| c:
|   # of x
|   - x  # at x
|
|   # of y
|   - y: |  # of the text
|       words
|   # - z
| # of the end

# a comment inside brackets takes them apart
| ladder: [
|   a,  # the first
|   # the second
|   b
| ]  # done
---
| ladder:  # done
|   - a  # the first
|   # the second
|   - b
"""


def tidy_cases() -> list[Any]:
    """Each case of TIDY: its name, before, after."""
    cases = []
    for case in TIDY.strip().split("\n\n"):
        name, *lines = case.splitlines()
        cut = lines.index("---")
        before, after = ("\n".join(line[2:] for line in part) + "\n" for part in (lines[:cut], lines[cut + 1 :]))
        cases.append(pytest.param(before, after, id=name.removeprefix("# ")))
    return cases


@pytest.mark.parametrize(("before", "after"), tidy_cases())
def test_a_file_is_tidied(before: str, after: str) -> None:
    assert format_text(before) == after
    assert format_text(after) == after
    assert comments(after) == comments(before)


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(PolicyError):
        format_text("a: [b")


def test_a_file_of_comments_alone_is_refused() -> None:
    with pytest.raises(PolicyError):
        format_text("# nothing\n")


@pytest.mark.parametrize("text", ["a", "- a", "'a: b'", "[]", "{}", "|\n  a\n  b\n", "# c\n'a'  # d\n# e\n"])
def test_a_file_without_keys_keeps_its_value(text: str) -> None:
    assert values(format_text(text)) == values(text)
    assert comments(format_text(text)) == comments(text)
    assert format_text(format_text(text)) == format_text(text)


@pytest.mark.parametrize("path", sorted(RULES.rglob("*.yaml")), ids=lambda path: str(path.relative_to(RULES)))
def test_our_packs_keep_their_values_and_comments(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(path.read_text(encoding="utf-8"), monkeypatch)


def check(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Format the text without the net that returns it as it was."""
    monkeypatch.setattr(formatter, "_same", lambda one, other: True)
    formatted = format_text(text)
    assert dumped(formatted) == dumped(text)
    assert comments(formatted) == comments(text)
    assert format_text(formatted) == formatted


def dumped(text: str) -> str:
    """The values of a text up to the order of keys; `True` is not 1 here."""
    return json.dumps(values(text), sort_keys=True)


# any file

TEXTS = [
    *(
        "!flown",
        "a: b",
        "x # y",
        "#c",
        "yes",
        "on",
        "null",
        "~",
        "true",
        "1.0",
        "012",
        "0x1F",
        "1e3",
        "+1",
        ".5",
        "1:30",
    ),
    *("2024-01-01", "a ? b : c", "it's", '"q"', "[a", "[a, b]", "{b}", "- x", "-x", "?x", ": x", "%", "@a", "`a`", "*"),
    *(
        "&a",
        "",
        " ",
        "trailing ",
        " lead",
        "a\nb",
        "a\nb\n",
        "a\n\n",
        "\na",
        "a\n  b\n\nc",
        "  a\nb",
        "tab\there",
        "é😀",
    ),
    *(
        "a\u00a0b",
        "kind:credit",
        "<<",
        "=",
        "---",
        "...",
        "a..b",
        "x:",
        "\\",
        "a\\nb",
        "x, y",
        "x]",
        "1_000",
        "f(a, b)",
    ),
    *("a" * 90, "word " * 30 + "end", "a\x07b", "\u2028", "\x85", "a #", "Hello (", "x &&", "'", "''", "|", "> 3", "!"),
]
KEYS = st.sampled_from(
    [
        *("id", "title", "when", "say", "rules", "tables", "actions", "define", "rows", "params", "pack", "key one"),
        *("*", "yes", "a.b", "2024-01-01", "over(bag)", "x: y", "#k", "1", "true", "source", "checks", "needs", "é"),
    ]
)
SCALARS = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS),
    st.text(max_size=12),
    st.integers(-99, 10**6),
    st.booleans(),
    st.none(),
    st.sampled_from([0.5, 1e20, -3.25]),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=14,
)


class Scribbler:
    """Writes data as YAML in any style, with comments anywhere."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.count = 0

    def chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(0, of - 1)) == of - 1)

    def comment(self) -> str:
        self.count += 1
        return f"# {self.count}{self.draw(st.sampled_from(['', ': x', ' - y', ' # z', ' {']))}"

    def above(self, indent: int) -> list[str]:
        """Comments and blank lines before a line."""
        lines = [""] if self.chance(6) else []
        if self.chance(5):
            lines.append(" " * self.draw(st.sampled_from([0, indent, indent, indent + 2, indent + 5])) + self.comment())
        return lines + ([""] if self.chance(8) else [])

    def after(self) -> str:
        return f"{' ' * self.draw(st.integers(1, 5))}{self.comment()}" if self.chance(5) else ""

    def scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        clean = value.isprintable() and value == value.strip()
        if clean and value.replace(" ", "").isalpha() and value not in ("null", "true", "false") and self.chance(2):
            return value
        if value.isprintable() and self.chance(2):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value)

    def flow(self, value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(self.flow, value))}]"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{json.dumps(key)}: {self.flow(of)}' for key, of in value.items())}}}"
        return self.scalar(value)

    def literal(self, value: Any) -> list[str] | None:
        """The lines of a literal block, where the value can be one."""
        if not isinstance(value, str) or not self.chance(2):
            return None
        body = value.removesuffix("\n")
        lines = body.split("\n")
        if not all(line and line.isprintable() and line == line.strip() for line in lines):
            return None
        folded = len(lines) == 1 and " " in body and self.chance(2)
        sign = (">" if folded else "|") + ("" if value.endswith("\n") else "-")
        return [sign, *(body.split(" ") if folded and "  " not in body else lines)]

    def lines(self, value: Any, indent: int) -> list[str]:
        """The block lines of a list or mapping."""
        out: list[str] = []
        entries = [("-", one) for one in value] if isinstance(value, list) else list(value.items())
        for key, of in entries:
            head = "-" if isinstance(value, list) else f"{self.scalar(key)}:"
            out += self.above(indent) + self.entry(head, of, indent)
        return out + (self.above(indent) if self.chance(4) else [])

    def entry(self, head: str, value: Any, indent: int) -> list[str]:
        pad = " " * indent
        if isinstance(value, list | dict) and value and not self.chance(4):
            deeper = indent + self.draw(st.integers(1, 4))
            return [pad + head + self.after(), *self.lines(value, deeper)]
        if found := self.literal(value):
            inner = " " * (indent + self.draw(st.integers(1, 4)))
            return [f"{pad}{head} {found[0]}{self.after()}", *(inner + line for line in found[1:])]
        return [f"{pad}{head} {self.flow(value)}{self.after()}"]


@st.composite
def files(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """A policy file, hardly one that anybody would write."""
    data = draw(DATA)
    scribbler = Scribbler(draw)
    if isinstance(data, list | dict) and data:
        return "\n".join(scribbler.lines(data, 0)) + "\n"
    return scribbler.flow(data) + "\n"


@pytest.mark.property
@settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(files())
def test_formatting_changes_no_value_and_loses_no_comment(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    found = Diagnostics()
    assume(read_text(text.encode("utf-8", "surrogatepass"), "", found) is not None)
    check(text, monkeypatch)
