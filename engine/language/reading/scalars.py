"""What a plain scalar means in YAML 1.2: null, true, false, an integer, a decimal, or text."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

PlainValue: TypeAlias = "bool | int | float | str | None"

NULL = frozenset(("", "~", "null"))
INTEGER = re.compile(r"[-+]?[0-9]+")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
DIGITS_64 = 19
NUMBER_START = frozenset("+-.0123456789")


class OutOfRange(ValueError):
    """A number that does not fit 64 bits or is not finite."""


def plain_value(text: str) -> PlainValue:
    """Return the value of a plain scalar; raises `OutOfRange` for a number that cannot be held."""
    if text in NULL:
        return None
    if text in ("true", "false"):
        return text == "true"
    return _number(text) if text[0] in NUMBER_START else text


def _number(text: str) -> int | float | str:
    """Return the number that the text is, or the text."""
    if INTEGER.fullmatch(text):
        return _integer(text)
    if NOT_FINITE.fullmatch(text):
        raise OutOfRange("is not finite")
    if not DECIMAL.fullmatch(text):
        return text
    value = float(text)
    if math.isinf(value):
        raise OutOfRange("is too large")
    return value


def _integer(text: str) -> int:
    """Return the integer, when it fits 64 bits."""
    if len(text.lstrip("+-")) > DIGITS_64 or not -(2**63) <= int(text) < 2**63:
        raise OutOfRange("does not fit 64 bits")
    return int(text)
