"""Texts as columns of strings; letters are changed in ASCII alone."""

from __future__ import annotations

import string
from typing import Final

import polars as pl

from engine.backends.texts import WHITE_SPACE

UPPER: Final = list(string.ascii_uppercase)
LOWER: Final = list(string.ascii_lowercase)


def size(text: pl.Expr) -> pl.Expr:
    """Return the number of code points."""
    return text.str.len_chars().cast(pl.Int64)


def contains(text: pl.Expr, part: pl.Expr) -> pl.Expr:
    """Return whether the part occurs in the text."""
    return text.str.contains(part, literal=True)


def starts_with(text: pl.Expr, prefix: pl.Expr) -> pl.Expr:
    """Return whether the text begins with the prefix."""
    return text.str.starts_with(prefix)


def ends_with(text: pl.Expr, suffix: pl.Expr) -> pl.Expr:
    """Return whether the text ends with the suffix."""
    return text.str.ends_with(suffix)


def lower_ascii(text: pl.Expr) -> pl.Expr:
    """Return the text with A to Z in lower case."""
    return text.str.replace_many(UPPER, LOWER)


def upper_ascii(text: pl.Expr) -> pl.Expr:
    """Return the text with a to z in upper case."""
    return text.str.replace_many(LOWER, UPPER)


def trim(text: pl.Expr) -> pl.Expr:
    """Return the text without Unicode white space at both ends."""
    return text.str.strip_chars(WHITE_SPACE)
