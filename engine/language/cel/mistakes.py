"""What is wrong with the text of an expression, in the words of its author."""

from __future__ import annotations

import re
from typing import Final


class ExpressionError(Exception):
    """An expression that cannot be read: what is wrong at `offset` of its text, and what to write instead."""

    def __init__(self, offset: int, code: str, message: str, help: str = "") -> None:
        """Keep the place, the code, the message and the help."""
        super().__init__(f"{code}: {message}" + (f"; {help}" if help else ""))
        self.offset = offset
        self.code = code
        self.message = message
        self.help = help


INSTEAD: Final = {
    "=": "write `==` to compare",
    "===": "write `==`",
    "!==": "write `!=`",
    "<>": "write `!=`",
    "=<": "write `<=`",
    "=>": "write `>=`",
    "&": "write `&&`",
    "|": "write `||`",
    "**": "write the product out",
    "++": "write `+ 1`",
    "$": "amounts are plain numbers in the pack's currency",
    "€": "amounts are plain numbers in the pack's currency",
    "£": "amounts are plain numbers in the pack's currency",
    ";": "an expression is one value; write `&&` to join conditions",
    "#": 'put a text that holds it in quotes: `"..."`',
    "\\": 'a backslash stands only inside a text: `"..."`',
    "“": 'write `"`',
    "”": 'write `"`',
    "„": 'write `"`',
    "«": 'write `"`',
    "»": 'write `"`',
    "‘": "write `'`",
    "’": "write `'`",
    "≥": "write `>=`",
    "≤": "write `<=`",
    "≠": "write `!=`",
    "×": "write `*`",
    "÷": "write `/`",
    "−": "write `-`",
    "–": "write `-`",
    "…": "write the values out",
    "\N{NO-BREAK SPACE}": "write a plain space",
}
"""What to write in place of a sign that expressions do not know."""

OUTSIDE: Final = {
    "{": (
        "maps and messages are not part of the language",
        "name the values in a table, or declare them as facts",
    ),
    "}": ("`}` closes nothing", "take it out"),
    "`": ("quoted names are not part of the language", 'write `x["a-b"]` for a key that is no name'),
}

WORD_SIGNS: Final = {
    "and": "`&&`",
    "or": "`||`",
    "not": "`!`",
    "is": "`==`",
    "isnt": "`!=`",
    "equals": "`==`",
    "between": "`x >= 1 && x <= 5`",
    "then": "`condition ? value : other`",
    "where": "`list.filter(x, condition)`",
    "contains": '`text.contains("part")` or `item in list`',
    "like": '`text.matches("pattern")`',
}
"""What to write in place of a word that other languages use."""


def bad(offset: int, message: str, help: str = "") -> ExpressionError:
    """Return an error of the general kind."""
    return ExpressionError(offset, "bad-expression", message, help)


def quoted(text: str) -> str:
    """Return the text in back-ticks, on one line and not too long."""
    line = " ".join(text.replace("`", "'").split())
    return f"`{line}`" if len(line) <= 40 else f"`{line[:37]}...`"


def bad_character(text: str, offset: int, sign: str) -> ExpressionError:
    """Return the error for a sign that no expression holds."""
    if sign in "\"'":
        return bad(offset, f"the text that begins with {sign} has no closing {sign}", f"write {sign} at its end")
    if sign in OUTSIDE:
        return ExpressionError(offset, "not-in-subset", *OUTSIDE[sign])
    if sign == "$" and (amount := re.match(r"\$\s*([0-9][0-9.]*)", text[offset:])):
        return bad(offset, "`$` is not part of an expression", f"amounts are plain numbers: write `{amount[1]}`")
    shown = f"`{sign}`" if sign.isprintable() and not sign.isspace() else f"the character U+{ord(sign[0]):04X}"
    return bad(offset, f"{shown} is not part of an expression", INSTEAD.get(sign, "take it out, or put it in quotes"))
