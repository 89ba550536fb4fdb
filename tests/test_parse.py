"""What texts are expressions, what they mean, and what is said of those that are none."""

import string
from collections.abc import Callable
from dataclasses import fields
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.language.cel.parse import ExpressionError, Placeholder, parse, parse_template, render
from engine.language.cel.syntax import (
    Apply,
    Binary,
    ListOf,
    Literal,
    Logic,
    Name,
    Select,
    Subscript,
    Syntax,
    Ternary,
    Unary,
)
from engine.language.codes import CODES

T = TypeVar("T")


def shape(node: object) -> object:
    """The tree without offsets, and literals by value rather than spelling."""
    match node:
        case Literal(kind=kind, value=value):
            return (kind, repr(value))
        case tuple():
            return tuple(map(shape, node))
        case str() | None:
            return node
        case _:
            names = [field.name for field in fields(node) if field.name not in ("start", "end")]  # type: ignore[arg-type]
            return (type(node).__name__, *(shape(getattr(node, name)) for name in names))


def literal(text: str) -> object:
    """The value of a text that is one literal."""
    node = parse(text)
    assert isinstance(node, Literal)
    return node.value


# what binds how


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a * b + c", "(a * b) + c"),
        ("a - b - c", "(a - b) - c"),
        ("a - b * c % d + e", "(a - ((b * c) % d)) + e"),
        ("a / b / c", "(a / b) / c"),
        ("a + b < c * d", "(a + b) < (c * d)"),
        ("a in b && c", "(a in b) && c"),
        ("a || b && c", "a || (b && c)"),
        ("a && b || c && d", "(a && b) || (c && d)"),
        ("a == b || c != d && e", "(a == b) || ((c != d) && e)"),
        ("!a && b", "(!a) && b"),
        ("!a.b", "!(a.b)"),
        ("-a * b", "(-a) * b"),
        ("-a.b(c)[d]", "-(a.b(c)[d])"),
        ("a || b ? c : d ? e : f", "(a || b) ? c : (d ? e : f)"),
        ("a ? b : c || d", "a ? b : (c || d)"),
    ],
)
def test_operators_bind_as_in_cel(text: str, grouped: str) -> None:
    assert shape(parse(text)) == shape(parse(grouped))
    assert render(parse(grouped)) == text


def test_a_row_of_conditions_is_one_node() -> None:
    node = parse("a && b && c && d")
    assert isinstance(node, Logic)
    assert [render(item) for item in node.items] == ["a", "b", "c", "d"]


def test_conditions_in_parentheses_stay_apart() -> None:
    assert render(parse("(a && b) && c")) == "(a && b) && c"


def test_calls_members_and_indexes_follow_each_other() -> None:
    assert shape(parse("a.b(c, d)[e].f")) == shape(
        Select(Subscript(Apply("b", n("a"), (n("c"), n("d")), 0, 0), n("e"), 0, 0), "f", 0, 0)
    )


def n(name: str) -> Name:
    return Name(name, 0, 0)


def test_a_list_may_end_in_a_comma_but_a_call_may_not() -> None:
    assert render(parse("[1, 2,]")) == "[1, 2]"
    assert render(parse("[]")) == "[]"
    with pytest.raises(ExpressionError):
        parse("max(1, 2,)")


def test_comments_and_line_breaks_are_space() -> None:
    assert render(parse("a // the first\n  &&\tb // the second")) == "a && b"


def test_a_member_may_have_a_reserved_name() -> None:
    assert render(parse("parcel.package.loop")) == "parcel.package.loop"


def test_a_name_may_hold_a_keyword() -> None:
    assert render(parse("insured && nullable || truest")) == "insured && nullable || truest"


# literals


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("true", True),
        ("0", 0),
        ("42", 42),
        ("-42", -42),
        ("0x1F", 31),
        ("-0xff", -255),
        ("7u", 7),
        ("0xFFFFFFFFFFFFFFFFU", 2**64 - 1),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-2.5E-1", -0.25),
        ('""', ""),
        ("''", ""),
        ('"it\'s"', "it's"),
        ("'say \"x\"'", 'say "x"'),
        (r'"\a\b\f\n\r\t\v\\\?\"\'\`"', "\a\b\f\n\r\t\v\\?\"'`"),
        (r'"\x41\X42\u00e9\U0001F600\101\377"', "ABé\U0001f600Aÿ"),
        (r'r"\d+\\"', r"\d+\\"),
        ("R'a\\b'", "a\\b"),
        ('"""one "quoted"\nline"""', 'one "quoted"\nline'),
        ("'''x''x'''", "x''x"),
        (r'''r"""\n"""''', r"\n"),
        ('"é — 😀"', "é — 😀"),
        ('b"abc"', b"abc"),
        ('b"ÿ"', b"\xc3\xbf"),
        (r'b"\303\277\xff\u00ff"', b"\xc3\xbf\xff\xc3\xbf"),
        (r'bR"\x"', rb"\x"),
        ("b''", b""),
    ],
)
def test_literals_have_the_value_cel_gives_them(text: str, value: object) -> None:
    assert literal(text) == value
    assert type(literal(text)) is type(value)


def test_a_number_keeps_its_spelling() -> None:
    node = parse("-12.50")
    assert isinstance(node, Literal)
    assert (node.text, node.start, node.end) == ("-12.50", 0, 6)


def test_a_minus_before_parentheses_is_an_operation() -> None:
    assert isinstance(parse("-(5)"), Unary)
    assert isinstance(parse("-(-9223372036854775808)"), Unary)


def test_offsets_include_the_parentheses_of_the_author() -> None:
    text = "x && (a + b) * c"
    node = parse(text)
    assert isinstance(node, Logic)
    product = node.items[1]
    assert isinstance(product, Binary)
    assert text[product.start : product.end] == "(a + b) * c"
    assert text[product.left.start : product.left.end] == "(a + b)"


# mistakes


MISTAKES = r"""
a = b
  ^ bad-expression: `=` is not part of an expression; write `==` to compare

a === b
  ^ bad-expression: `===` is not part of an expression; write `==`

a <> b
  ^ bad-expression: `<>` is not part of an expression; write `!=`

a =< b
  ^ bad-expression: `=<` is not part of an expression; write `<=`

a & b
  ^ bad-expression: `&` is not part of an expression; write `&&`

a | b
  ^ bad-expression: `|` is not part of an expression; write `||`

a and b
  ^ bad-expression: `and` is not an operator; write `&&`

a or b
  ^ bad-expression: `or` is not an operator; write `||`

not a
^ bad-expression: `not` is not an operator; write `!`

not(a)
^ bad-expression: `not` is not an operator; write `!`

x not in y
  ^ bad-expression: `not` is not an operator; write `!`

x is null
  ^ bad-expression: `is` is not an operator; write `==`

a &&
  ^ bad-expression: a value is missing after `&&`; write it, or take the sign out

* b
^ bad-expression: a value is missing before `*`; write it, or take the sign out

a + * b
  ^ bad-expression: a value is missing after `+` and before `*`; write it, or take the sign out

(a
^ bad-expression: `(` is not closed; write `)` at its end

f([a, b)
       ^ bad-expression: `)` stands where `[` wants `]`; write `]`

a)
 ^ bad-expression: `)` closes nothing; take it out

a == "x
     ^ bad-expression: the text that begins with " has no closing "; write " at its end

a == “x”
     ^ bad-expression: `“` is not part of an expression; write `"`

a ≥ 5
  ^ bad-expression: `≥` is not part of an expression; write `>=`

5%
 ^ bad-expression: `%` is the remainder of a division; write `0.05 * x` for a share of x

1,000
 ^ bad-expression: `,` in a number; write `1000`: thousands have no separator

1_000
^ bad-expression: `_` in a number; write `1000`

x in (1, 2)
       ^ bad-expression: `,` stands outside of a list or call; write a list as `[a, b]`, or join
         conditions by `&&`

$5
^ bad-expression: `$` is not part of an expression; amounts are plain numbers: write `5`

5 days
  ^ bad-expression: `days` after a number; write `days(5)`

24h
  ^ bad-expression: `h` after a number; write `hours(24)`

5 EUR
  ^ bad-expression: `EUR` after a number; numbers are written without a unit

5.
^ bad-expression: `5.` is not a number; write `5.0`

a.0
 ^ bad-expression: `.0` after a value; items are picked by `x[0]`

a.
 ^ bad-expression: a name is missing after `.`; write the member's name

a.true
 ^ bad-expression: `true` is a reserved word; write the member's name

a ? b
     ^ bad-expression: `?` has no `:` after it; write `condition ? value : other`

a : b
  ^ bad-expression: `:` has no `?` before it; write `condition ? value : other`

a b
  ^ bad-expression: `a` and `b` stand side by side; an operator or a comma is missing between them

if a
^ reserved-word: `if` is a reserved word; write `condition ? value : other`

package
^ reserved-word: `package` is a reserved word; use another name

1 < x < 5
      ^ chained-comparison: `<` and `<` are chained; write `1 < x && x < 5`

a == b == c && d
       ^ chained-comparison: `==` and `==` are chained; write `a == b && b == c`

{a: 1}
^ not-in-subset: maps and messages are not part of the language; name the values in a table, or
  declare them as facts

M{a: 1}
 ^ not-in-subset: maps and messages are not part of the language; name the values in a table, or
   declare them as facts

.a
^ not-in-subset: a name begins with `.`; take the `.` out

9223372036854775808
^ bad-literal: number `9223372036854775808` is too large; ints have 64 bits

1e999
^ bad-literal: number `1e999` is too large; ints have 64 bits

x == "\d"
      ^ bad-literal: `\d` is not an escape; write `\\` for a backslash, or r"..." for a raw text

"\ud800"
 ^ bad-literal: `\ud800` is not an escape; write `\\` for a backslash, or r"..." for a raw text

007
^ bad-literal: number `007` begins with 0; write `7`; thousands have no separator, and dates are
  written `date("2026-03-01")`
"""
"""Each: a text, a caret under the place that is meant, and what is said there."""


@pytest.mark.parametrize("case", MISTAKES.strip().split("\n\n"))
def test_a_frequent_mistake_is_named_with_what_to_write(case: str) -> None:
    text, said = case.split("\n", 1)
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert str(caught.value) == " ".join(said.split()).removeprefix("^ ")
    assert caught.value.offset == said.index("^")


def test_a_space_that_only_looks_like_one_is_named() -> None:
    with pytest.raises(ExpressionError, match=r"the character U\+00A0 is not .*; write a plain space"):
        parse("a\u00a0< b")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "// nothing"])
def test_an_empty_expression_is_named(text: str) -> None:
    with pytest.raises(ExpressionError, match="empty-expression: the expression is empty; write a condition"):
        parse(text)


def test_a_comparison_of_comparisons_is_fine_in_parentheses() -> None:
    assert render(parse("(a < b) == (c < d)")) == "(a < b) == (c < d)"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 4001,
        "+".join(["a"] * 70),
        "!" * 3000 + "a",
        ".".join(["a"] * 1000),
        "a ? b : " * 100 + "c",
        "f(" * 1000 + ")" * 1000,
    ],
)
def test_what_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="expression-too-large"):
        parse(text)


@pytest.mark.parametrize("text", ["(" * 1900 + "a" + ")" * 1900, " && ".join(["a"] * 500), "[" + "1," * 1900 + "]"])
def test_what_is_long_but_flat_is_fine(text: str) -> None:
    parse(text)


# texts with placeholders


def test_a_template_holds_texts_and_expressions() -> None:
    found = parse_template("Your {amount} arrives {{by}} {f(\"}\", '{')}.")
    shown = [part if isinstance(part, str) else (part.text, part.start) for part in found]
    assert shown == ["Your ", ("amount", 6), " arrives {by} ", ("f(\"}\", '{')", 30), "."]


def test_a_text_without_placeholders_is_itself() -> None:
    assert parse_template("It's 5% off; don't miss it.") == ("It's 5% off; don't miss it.",)
    assert parse_template("") == ()


@pytest.mark.parametrize(
    ("text", "offset", "code"),
    [
        ("a {b", 2, "bad-placeholder"),
        ("a b}", 3, "bad-placeholder"),
        ("a {} b", 2, "bad-placeholder"),
        ("a { } b", 2, "bad-placeholder"),
        ("a {b +} c", 5, "bad-expression"),
        ("a {'b} c", 2, "bad-placeholder"),
    ],
)
def test_a_bad_placeholder_is_placed_in_its_text(text: str, offset: int, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    assert (caught.value.offset, caught.value.code) == (offset, code)


# properties

NAMES = st.sampled_from(["a", "b", "order", "_x9", "insured", "size"])
LITERALS = st.one_of(
    st.sampled_from([("null", None), ("bool", True), ("bool", False)]).map(
        lambda pair: Literal(pair[0], pair[1], str(pair[1]).lower().replace("none", "null"), 0, 0)
    ),
    st.integers(-(2**63), 2**63 - 1).map(lambda value: Literal("int", value, str(value), 0, 0)),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Literal("double", value, repr(value), 0, 0)),
    st.text().map(lambda value: Literal("string", value, quote(value), 0, 0)),
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in"])


def quote(value: str) -> str:
    """The value as a CEL text literal."""
    escaped = "".join(one if one in string.ascii_letters + " é😀'" else f"\\U{ord(one):08x}" for one in value)
    return f'"{escaped}"'


def grown(inner: st.SearchStrategy[Syntax]) -> st.SearchStrategy[Syntax]:
    """Every kind of node over the given ones."""
    some = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Select, inner, NAMES, st.just(0), st.just(0)),
        st.builds(Subscript, inner, inner, st.just(0), st.just(0)),
        st.builds(Apply, NAMES, st.none() | inner, some, st.just(0), st.just(0)),
        st.builds(Unary, st.sampled_from("!-"), inner, st.just(0), st.just(0)),
        st.builds(Binary, OPERATORS, inner, inner, st.just(0), st.just(0)),
        st.builds(Ternary, inner, inner, inner, st.just(0), st.just(0)),
        st.builds(ListOf, some, st.just(0), st.just(0)),
        st.builds(
            Logic,
            st.sampled_from(["&&", "||"]),
            st.lists(inner, min_size=2, max_size=4).map(tuple),
            st.just(0),
            st.just(0),
        ),
    )


SYNTAX: st.SearchStrategy[Syntax] = st.recursive(
    LITERALS | st.builds(Name, NAMES, st.just(0), st.just(0)), grown, max_leaves=20
)
PIECES = st.sampled_from(
    [
        *"()[]{}.,:?!-+*/%<>=&|$#@;'\"\\`~^ \n0159aeruxbE_\u00a0“😀\x00\ud800",
        *("&&", "||", "==", " in ", "true", "null", "if", "and", "not ", " of ", "max(", "'''", "//"),
        *("r'", 'b"', "0x", "1e", ".5", "{{", "}}"),
    ]
)


def attempt(read: Callable[[str], T], text: str) -> T | ExpressionError:
    """What reading gives, an error included."""
    try:
        return read(text)
    except ExpressionError as error:
        return error


@pytest.mark.property
@settings(max_examples=1500)
@given(SYNTAX)
def test_an_expression_written_out_reads_as_itself(syntax: Syntax) -> None:
    text = render(syntax)
    again = attempt(parse, text)
    if isinstance(again, ExpressionError):
        assert again.code == "expression-too-large"
        return
    assert shape(again) == shape(syntax)
    assert render(again) == text


@pytest.mark.property
@settings(max_examples=2000)
@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_no_text_does_more_than_raise_an_expression_error(text: str) -> None:
    for read in (parse, parse_template):
        error = attempt(read, text)
        if isinstance(error, ExpressionError):
            assert 0 <= error.offset <= len(text)
            assert "\n" not in str(error)
            assert error.code in CODES


@pytest.mark.property
@given(SYNTAX)
def test_every_node_stands_at_its_own_text(syntax: Syntax) -> None:
    text = render(syntax)
    if len(text) > 1000:
        return
    whole = attempt(parse, f"f({text})")
    if not isinstance(whole, Apply):
        return
    node = whole.args[0]
    assert shape(parse(f"f({text})"[node.start : node.end])) == shape(node)


@pytest.mark.property
@given(st.text())
def test_a_text_with_doubled_braces_reads_as_itself(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert "".join(str(part) for part in parse_template(doubled)) == text


def test_placeholders_are_values_apart_from_texts() -> None:
    (only,) = parse_template("{a.b}")
    assert isinstance(only, Placeholder)
    assert isinstance(only.syntax, Select)
