"""Why a token does not fit where it stands, in the words of its author."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

from lark import Token

from engine.language.cel.mistakes import WORD_SIGNS, ExpressionError, bad, quoted
from engine.language.cel.render import render
from engine.language.cel.syntax import Syntax

UNITS: Final = {
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("h", "hour", "hours"), "hours"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "minutes"),
}
EQUALITY: Final = ("==", "!=")
NUMBERS: Final = frozenset({"INT", "UINT", "DOUBLE"})
SIGNS: Final = frozenset({"BINARY", "MINUS", "NOT", "QUESTION", "COLON", "COMMA"})
OPENERS: Final = {"LPAR": "RPAR", "LSQB": "RSQB"}
CLOSERS: Final = {"RPAR": ")", "RSQB": "]"}


TAKE_OUT: Final = "write it, or take the sign out"


@dataclass(frozen=True, slots=True)
class Place:
    """Where parsing stopped: the token at `index` (the end where there is none) is none of those expected."""

    text: str
    tokens: Sequence[Token]
    index: int
    expected: Set[str]

    @property
    def here(self) -> Token:
        """The token that did not fit; at the end an empty one."""
        if self.index < len(self.tokens):
            return self.tokens[self.index]
        return Token("END", "", len(self.text.rstrip()))

    @property
    def before(self) -> Token:
        """The token before it; at the beginning an empty one."""
        return self.tokens[self.index - 1] if self.index else Token("START", "", 0)

    @property
    def earlier(self) -> Token:
        """The token before that."""
        return self.tokens[self.index - 2] if self.index > 1 else Token("START", "", 0)

    @property
    def earliest(self) -> Token:
        """The token before that again."""
        return self.tokens[self.index - 3] if self.index > 2 else Token("START", "", 0)

    @property
    def offset(self) -> int:
        """Where the token that did not fit begins."""
        return position(self.here)

    @property
    def wants_value(self) -> bool:
        """Whether a value was expected."""
        return "LPAR" in self.expected and "INT" in self.expected

    def open(self) -> list[Token]:
        """Return the brackets that are open here, outermost first."""
        found: list[Token] = []
        for token in self.tokens[: self.index]:
            if token.type in OPENERS:
                found.append(token)
            elif token.type in CLOSERS:
                found.pop()
        return found


def position(token: Token) -> int:
    """Return where the token begins."""
    return token.start_pos or 0


def chained(operands: Sequence[Syntax], first: Token, second: Token) -> ExpressionError:
    """Return the error for `1 < x < 5`."""
    left, middle, right = map(render, operands)
    help = f"write `{left} {first} {middle} && {middle} {second} {right}`"
    if (first in EQUALITY) != (second in EQUALITY):
        help = "put one of the comparisons in parentheses, or join two by `&&`"
    elif len(help) > 120:
        help = f"write `a {first} b && b {second} c`"
    return ExpressionError(position(second), "chained-comparison", f"`{first}` and `{second}` are chained", help)


def of_word(place: Place) -> ExpressionError | None:
    """Return the error for a word where a sign belongs: `a and b`, `not a`, `x between 1 and 5`."""
    for token in (place.before, place.here):
        sign = WORD_SIGNS.get(str(token).lower()) if token.type == "NAME" else None
        if sign:
            return bad(position(token), f"`{token}` is not an operator", f"write {sign}")
    return None


def of_root_name(place: Place) -> ExpressionError | None:
    """Return the error for a name that begins with a dot."""
    if place.here.type != "DOT" or not place.wants_value:
        return None
    return ExpressionError(place.offset, "not-in-subset", "a name begins with `.`", "take the `.` out")


def of_number(place: Place) -> ExpressionError | None:
    """Return the error for what people add to numbers: `5 days`, `1_000`, `5.`, `5 EUR`."""
    here, before = str(place.here), place.before
    if before.type == "DOT" and place.earlier.type in NUMBERS:
        return bad(position(place.earlier), f"`{place.earlier}.` is not a number", f"write `{place.earlier}.0`")
    if before.type not in NUMBERS or place.here.type != "NAME":
        return None
    if here.lower() in UNITS:
        return bad(place.offset, f"`{here}` after a number", f"write `{UNITS[here.lower()]}({before})`")
    if re.fullmatch(r"_[0-9_]+", here):
        return bad(position(before), "`_` in a number", f"write `{before}{here.replace('_', '')}`")
    return bad(place.offset, f"{quoted(here)} after a number", "numbers are written without a unit")


def of_comma(place: Place) -> ExpressionError | None:
    """Return the error for a comma outside of calls and lists: `1,000`, `x in (1, 2)`."""
    if place.here.type != "COMMA" or place.wants_value:
        return None
    after = place.tokens[place.index + 1] if place.index + 1 < len(place.tokens) else Token("END", "")
    if place.before.type == after.type == "INT" and len(after) == 3:
        help = f"write `{place.before}{after}`: thousands have no separator"
        return bad(place.offset, "`,` in a number", help)
    return bad(
        place.offset,
        "`,` stands outside of a list or call",
        "write a list as `[a, b]`, or join conditions by `&&`",
    )


def of_percent(place: Place) -> ExpressionError | None:
    """Return the error for a per cent sign after a number: `5%`."""
    share_of = place.before == "of"
    sign, number = (place.earlier, place.earliest) if share_of else (place.before, place.earlier)
    if not (place.wants_value or share_of) or sign != "%" or number.type not in ("INT", "DOUBLE"):
        return None
    share = f"{float(number) / 100:.12g}" if number[:2] not in ("0x", "0X") else "0.05"
    return bad(position(sign), "`%` is the remainder of a division", f"write `{share} * x` for a share of x")


def of_brackets(place: Place) -> ExpressionError | None:
    """Return the error for brackets that do not pair."""
    opened, here = place.open(), place.here
    if here.type in CLOSERS:
        if not opened:
            return bad(place.offset, f"`{here}` closes nothing", "take it out")
        if OPENERS[opened[-1].type] != here.type:
            closer = CLOSERS[OPENERS[opened[-1].type]]
            return bad(place.offset, f"`{here}` stands where `{opened[-1]}` wants `{closer}`", f"write `{closer}`")
    if here.type == "END" and opened and not place.wants_value:
        closer = CLOSERS[OPENERS[opened[-1].type]]
        return bad(position(opened[-1]), f"`{opened[-1]}` is not closed", f"write `{closer}` at its end")
    return None


def of_missing_value(place: Place) -> ExpressionError | None:
    """Return the error for a sign without a value beside it: `a &&`, `* 2`, `f(, x)`, `x.`."""
    before, here = place.before, place.here
    if place.expected == {"NAME"}:
        reserved = f"`{here}` is a reserved word" if here.type in ("CONSTANT", "BINARY") and here.isalpha() else ""
        return bad(position(before), reserved or f"a name is missing after `{before}`", "write the member's name")
    if not place.wants_value:
        return None
    if before.type in SIGNS:
        between = f" and before `{here}`" if here.type in SIGNS else ""
        return bad(position(before), f"a value is missing after `{before}`{between}", TAKE_OUT)
    where = f"before `{here}`" if here else f"after {quoted(before)}"
    return bad(place.offset, f"a value is missing {where}", TAKE_OUT)


def of_ternary(place: Place) -> ExpressionError | None:
    """Return the error for `?` without `:`, or the other way round."""
    if place.here.type == "COLON":
        return bad(place.offset, "`:` has no `?` before it", "write `condition ? value : other`")
    if "COLON" in place.expected and "QUESTION" not in place.expected:
        return bad(place.offset, "`?` has no `:` after it", "write `condition ? value : other`")
    return None


def of_neighbours(place: Place) -> ExpressionError:
    """Return the error for two values side by side."""
    if place.here.startswith(".") and place.here.type == "DOUBLE":
        return bad(place.offset, f"`{place.here}` after a value", f"items are picked by `x[{place.here[1:]}]`")
    message = f"{quoted(place.before)} and {quoted(place.here)} stand side by side"
    return bad(place.offset, message, "an operator or a comma is missing between them")


EXPLANATIONS: Final = (
    of_word,
    of_root_name,
    of_percent,
    of_number,
    of_comma,
    of_brackets,
    of_missing_value,
    of_ternary,
)


def bad_token(place: Place) -> ExpressionError:
    """Return the first explanation that fits a token that does not."""
    for explain in EXPLANATIONS:
        if error := explain(place):
            return error
    return of_neighbours(place)
