"""Operations on texts; patterns are RE2."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Final

import re2

from engine.backends.failed import Failed

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
UPPER: Final = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)


def contains(text: str, part: str) -> bool:
    """Return whether the part occurs in the text."""
    return part in text


def matches(text: str, pattern: str) -> bool:
    """Return whether the RE2 pattern is found in the text."""
    try:
        return bool(_pattern(pattern).Match(text))
    except UnicodeEncodeError:
        raise Failed from None


def check_pattern(pattern: str) -> None:
    """Raise `Failed` for what is no RE2 pattern."""
    _pattern(pattern)


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re2.Set:
    """Return the compiled pattern, as a set of one, whose match is the cheapest to ask for."""
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.Set.SearchSet(options)
        found.Add(pattern)
    except (re2.error, UnicodeEncodeError):
        raise Failed from None
    found.Compile()
    return found


def lower_ascii(text: str) -> str:
    """Return the text with A to Z in lower case."""
    return text.translate(LOWER)


def upper_ascii(text: str) -> str:
    """Return the text with a to z in upper case."""
    return text.translate(UPPER)


def trim(text: str) -> str:
    """Return the text without Unicode white space at both ends."""
    return text.strip(WHITE_SPACE)
