"""How a single value is written: plain where that is safe, else in quotes or as a block."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, Final

import yaml

from engine.language.reading.scalars import OutOfRange, plain_value
from engine.language.reading.tree import Scalar

LONGEST: Final = 80
"""The length up to which a value that was written over several lines is put on one."""

UNSAFE_START: Final = re.compile(r"""[\s!&*?|>@%`"'#,\[\]{}:=<~]|-[^\w.(]|-$|---|\.\.\.""")
UNSAFE: Final = re.compile(r":\s|\s#|:$|\s$|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
LIKE_ENTRY: Final = re.compile(r"[^\s:]+:[^\s:]+")
RESOLVER: Final[Any] = yaml.SafeLoader("")
UNSAFE_IN_FLOW: Final = re.compile(r"[,\[\]{}]|\.\.")
SIMPLE_KEY: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
ESCAPES: Final = {"\n": r"\n", "\t": r"\t", "\r": r"\r", '"': r"\"", "\\": r"\\"}


def inline(scalar: Scalar, flow: bool, beside_comment: bool = False) -> str:
    """Return the value on one line; quotes of the author stay where a comment or an older YAML would misread it."""
    if scalar.style == "plain" and (not flow or not UNSAFE_IN_FLOW.search(scalar.text)):
        return scalar.text
    if beside_comment or needs_quotes(scalar.text, flow):
        return quoted(scalar.text)
    return scalar.text


def key_text(key: Scalar) -> str:
    """Return a key: without quotes where it is a plain word, else as its author chose."""
    if key.style == "plain":
        return key.text
    simple = SIMPLE_KEY.fullmatch(key.text) and not needs_quotes(key.text, flow=False)
    return key.text if simple else quoted(key.text)


def needs_quotes(text: str, flow: bool) -> bool:
    """Return whether the text, without quotes, would be something else than this text."""
    if not text or UNSAFE_START.match(text) or UNSAFE.search(text) or (flow and UNSAFE_IN_FLOW.search(text)):
        return True
    try:
        return plain_value(text) != text or not _text_of_old(text) or bool(LIKE_ENTRY.fullmatch(text))
    except OutOfRange:
        return True


def _text_of_old(text: str) -> bool:
    """Return whether YAML 1.1 takes it for text too, as it does not `yes`, `2026-03-01` and `1:30`."""
    tag: str = RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return tag == "tag:yaml.org,2002:str"


def quoted(text: str) -> str:
    """Return the text in double quotes, or in single ones where it holds double quotes or backslashes."""
    if not CONTROL.search(text):
        if '"' not in text and "\\" not in text:
            return f'"{text}"'
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(one) for one in text) + '"'


def _escaped(one: str) -> str:
    """Return a character as it stands in double quotes."""
    if one in ESCAPES:
        return ESCAPES[one]
    if not CONTROL.match(one):
        return one
    return f"\\x{ord(one):02x}" if ord(one) < 256 else f"\\u{ord(one):04x}"


def block(scalar: Scalar) -> tuple[str, list[str]] | None:
    """Return the value as a block, its sign and its lines, or None where it is better on one line."""
    text = scalar.text
    body = text[:-1] if text.endswith("\n") else text
    if not body.strip() or body.endswith("\n") or CONTROL.search(body.replace("\n", "").replace("\t", "")):
        return None
    chomp = "" if text.endswith("\n") else "-"
    if scalar.style in ("literal", "folded") or len(text) > LONGEST:
        lines = _lines(scalar)
        if scalar.style != "literal" and len(lines) > 1 - (scalar.style == "folded") and " ".join(lines) == body:
            return f">{chomp}", lines
    if scalar.style in ("literal", "folded") and _literal(body):
        return f"|{chomp}", body.split("\n")
    return None


def _literal(body: str) -> bool:
    """Return whether a text can stand as a literal block without an indentation sign."""
    lines = body.split("\n")
    return not body.startswith((" ", "\n", "\t")) and all(line.strip() or not line for line in lines)


def _lines(scalar: Scalar) -> list[str]:
    """Return the text as its author broke it into lines."""
    if not scalar.offsets:
        return [scalar.text]
    places = zip(scalar.text, scalar.offsets, strict=False)
    lines = ("".join(one for one, _ in group).strip() for _, group in groupby(places, lambda pair: pair[1][0]))
    return [line for line in lines if line]
