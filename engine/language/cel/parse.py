"""The text of an expression to its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from lark import Lark, Token, UnexpectedToken
from lark.lexer import Lexer

from engine.language.cel.build import Builder
from engine.language.cel.literals import INT_LIMIT, too_large
from engine.language.cel.mistakes import ExpressionError
from engine.language.cel.render import render
from engine.language.cel.syntax import (
    Literal,
    Syntax,
    parts,
)
from engine.language.cel.tokens import tokens
from engine.language.cel.unexpected import Place, bad_token

__all__ = ["ExpressionError", "Placeholder", "parse", "parse_template", "render"]

MAX_LENGTH: Final = 4_000
MAX_DEPTH: Final = 64
LONG_INT: Final = re.compile(r"[0-9]{19}|0[xX]0*8")
"""What may be the int above 64 bits that is an int only after a minus."""


def parse(text: str) -> Syntax:
    """Return the syntax tree of an expression; raise `ExpressionError` where it is none."""
    if len(text) > MAX_LENGTH:
        help = "split it into named parts under `define`"
        raise ExpressionError(0, "expression-too-large", f"an expression has at most {MAX_LENGTH:,} characters", help)
    found = tokens(text)
    if not found:
        raise ExpressionError(0, "empty-expression", "the expression is empty", "write a condition or a value")
    try:
        syntax = cast(Syntax, parser().parse(cast(str, found)))
    except UnexpectedToken as problem:
        index = next((i for i, token in enumerate(found) if token is problem.token), len(found))
        raise bad_token(Place(text, found, index, problem.expected)) from None
    if len(found) > MAX_DEPTH or LONG_INT.search(text):
        check(syntax)
    return syntax


class Ready(Lexer):
    """Hands the parser tokens that are already there."""

    __future_interface__ = 2

    def __init__(self, conf: object) -> None:
        """Need nothing of the grammar."""

    def lex(self, lexer_state: Any, parser_state: object) -> Iterator[Token]:
        """Return the tokens that were given in place of a text."""
        return iter(lexer_state.text)


@cache
def parser() -> Lark:
    """Return the parser, built once from `cel.lark`."""
    grammar = Path(__file__).with_name("cel.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=Ready, transformer=Builder())


def check(syntax: Syntax) -> None:
    """Raise `ExpressionError` where a tree is nested too deep, or an int is above 64 bits."""
    open_: list[tuple[Syntax, int]] = [(syntax, 1)]
    while open_:
        node, depth = open_.pop()
        if depth > MAX_DEPTH:
            help = "name inner parts under `define`; add many values with `sum([...])`"
            message = f"an expression is nested at most {MAX_DEPTH} deep"
            raise ExpressionError(node.start, "expression-too-large", message, help)
        if isinstance(node, Literal) and node.kind == "int" and node.value == INT_LIMIT:
            raise too_large(node.text, node.start)
        open_ += [(part, depth + 1) for part in parts(node)]


@dataclass(frozen=True, eq=False, slots=True)
class Placeholder:
    """An expression in the braces of a text; `start` is where its text begins there."""

    text: str
    syntax: Syntax
    start: int


BRACES: Final = re.compile(
    r"""
    (?P<brace>\{\{|\}\})
    | \{(?P<expression>(?: "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [^{}"'] )*)\}
    | (?P<lone>[{}])
    """,
    re.VERBOSE,
)


def parse_template(text: str) -> tuple[str | Placeholder, ...]:
    """Return a text's literal parts and placeholders in order; `{{` and `}}` are braces."""
    found: list[str | Placeholder] = []
    literal, at = "", 0
    for match in BRACES.finditer(text):
        literal, at = literal + text[at : match.start()], match.end()
        match match.lastgroup:
            case "brace":
                literal += match[0][0]
            case "expression":
                found += [literal, placeholder(match["expression"], match.start("expression"))]
                literal = ""
            case _:
                raise lone_brace(match[0], match.start())
    return tuple(part for part in (*found, literal + text[at:]) if part != "")


def placeholder(text: str, start: int) -> Placeholder:
    """Return the placeholder of an expression; an error's offset counts in the whole text."""
    if not text.strip():
        raise ExpressionError(start - 1, "bad-placeholder", "`{}` holds no expression", "write `{{}}` for braces")
    try:
        return Placeholder(text, parse(text), start)
    except ExpressionError as error:
        raise ExpressionError(start + error.offset, error.code, error.message, error.help) from None


def lone_brace(brace: str, offset: int) -> ExpressionError:
    """Return the error for a brace that does not pair."""
    other = "{" if brace == "}" else "}"
    return ExpressionError(
        offset, "bad-placeholder", f"`{brace}` has no `{other}`", f"write `{brace * 2}` for a brace in a text"
    )
