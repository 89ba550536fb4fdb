"""The values that literals stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from engine.language.cel.mistakes import ExpressionError

INT_LIMIT: Final = 2**63
"""The first int above 64 bits; only its negative is an int."""

PLAIN_ESCAPES: Final = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    **{sign: sign for sign in "\\?\"'`"},
}
ESCAPE: Final = re.compile(
    r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.?))", re.DOTALL
)


def int_value(text: str, offset: int) -> int:
    """Return the value of an int or uint literal, decimal or hexadecimal."""
    unsigned = text[-1] in "uU"
    digits = text[:-1] if unsigned else text
    if digits[0] == "0" and digits.isdigit() and len(digits) > 1:
        raise ExpressionError(offset, "bad-literal", f"number `{text}` begins with 0", leading_zero_help(digits))
    value = int(digits, 16 if digits[1:2] in ("x", "X") else 10)
    if value >= (2 * INT_LIMIT if unsigned else INT_LIMIT + 1):
        raise too_large(text, offset)
    return value


def leading_zero_help(digits: str) -> str:
    """Return what to write instead of a number that begins with 0."""
    return f'write `{int(digits)}`; thousands have no separator, and dates are written `date("2026-03-01")`'


def too_large(text: str, offset: int) -> ExpressionError:
    """Return the error for a number that its type cannot hold."""
    shown = text if len(text) <= 30 else text[:30] + "..."
    return ExpressionError(offset, "bad-literal", f"number `{shown}` is too large", "ints have 64 bits")


def double_value(text: str, offset: int) -> float:
    """Return the value of a double literal."""
    value = float(text)
    if not math.isfinite(value):
        raise too_large(text, offset)
    return value


def text_value(text: str, offset: int) -> str:
    """Return the value of a text literal: quotes, prefix and escapes undone."""
    raw = text[0] in "rR"
    quoted = text[1:] if raw else text
    quotes = 3 if len(quoted) >= 6 and quoted[:3] in ('"""', "'''") else 1
    body = quoted[quotes:-quotes]
    if raw or "\\" not in body:
        return body
    return ESCAPE.sub(lambda match: character(match, offset + quotes), body)


def character(match: re.Match[str], offset: int) -> str:
    """Return the character that an escape stands for."""
    plain = match[5]
    if plain is not None:
        if plain not in PLAIN_ESCAPES:
            raise bad_escape(match[0], offset + match.start())
        return PLAIN_ESCAPES[plain]
    octal, hexadecimal = match[4], match[1] or match[2] or match[3]
    code = int(octal, 8) if octal else int(hexadecimal, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise bad_escape(match[0], offset + match.start())
    return chr(code)


def bad_escape(escape: str, offset: int) -> ExpressionError:
    """Return the error for a backslash that begins no escape."""
    help = r'write `\\` for a backslash, or r"..." for a raw text'
    return ExpressionError(offset, "bad-literal", f"`{escape.strip()}` is not an escape", help)


def bytes_value(text: str, offset: int) -> bytes:
    r"""Return the value of a bytes literal, in UTF-8; `\x` and octal escapes stand for single bytes."""
    raw = text[1] in "rR"
    quotes = 3 if text[raw + 1 :][:3] in ('"""', "'''") and len(text) >= raw + 7 else 1
    body, pieces, at = text[raw + quotes + 1 : -quotes], list[bytes](), 0
    for match in () if raw else ESCAPE.finditer(body):
        one = character(match, offset + quotes + 1)
        pieces += (
            body[at : match.start()].encode(),
            bytes([ord(one)]) if match[1] or match[4] else one.encode(),
        )
        at = match.end()
    return b"".join(pieces) + body[at:].encode(errors="replace")


Constant: TypeAlias = "tuple[str, bool | int | float | str | bytes | None]"

CONSTANTS: Final[dict[str, Constant]] = {
    "true": ("bool", True),
    "false": ("bool", False),
    "null": ("null", None),
}

LITERALS: Final[dict[str, Callable[[str, int], Constant]]] = {
    "CONSTANT": lambda text, _: CONSTANTS[text],
    "INT": lambda text, offset: ("int", int_value(text, offset)),
    "UINT": lambda text, offset: ("uint", int_value(text, offset)),
    "DOUBLE": lambda text, offset: ("double", double_value(text, offset)),
    "TEXT": lambda text, offset: ("string", text_value(text, offset)),
    "BYTES": lambda text, offset: ("bytes", bytes_value(text, offset)),
}
"""The kind and value of each literal token, given its text and offset."""
