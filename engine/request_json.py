"""One JSON text to a request: strict, bounded, and refused in words that echo nothing of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from math import isinf
from typing import Any

import orjson
from pydantic import ValidationError

from engine.problems import RequestError, error_at
from engine.values.parse import escaped
from schemas.decision import ProblemError
from schemas.request import DecisionRequest

LONGEST = 2**20
"""Bytes of one request at most."""
DEEPEST = 64
"""Lists and objects in one another at most."""
OPENING = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def request_of(text: bytes) -> DecisionRequest:
    """Return the request that a JSON text writes; raise `RequestError` with why it is none."""
    check_json(text)
    try:
        return DecisionRequest.model_validate_json(text)
    except ValidationError as problem:
        raise invalid_model(problem) from None


def invalid_model(problem: ValidationError) -> RequestError:
    """Return the error that names all that is wrong with a request, by JSON Pointer."""
    errors = tuple(_error(one) for one in problem.errors(include_url=False, include_input=False))
    detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} values are not as requests have them"
    return RequestError("invalid-request", detail, errors=errors)


def check_json(text: bytes, longest: int = LONGEST) -> None:
    """Raise `RequestError` where a text is not JSON, or where readers would differ about it."""
    _check_size(text, longest)
    if not _plain(text):
        _json(text)


def checked_json(text: bytes, longest: int = LONGEST) -> object:
    """Return the value that a JSON text writes; raise `RequestError` where readers would differ about it."""
    _check_size(text, longest)
    return _json(text)


def _check_size(text: bytes, longest: int) -> None:
    if len(text) > longest:
        raise _refused(f"the request is longer than {longest:,} bytes", "send only the facts that the pack declares")
    depth = deepest = 0
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return
    for sign in OPENING.findall(text):
        if sign in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif sign in (b"]", b"}"):
            depth -= 1
    if deepest > DEEPEST:
        raise _refused(f"the request is nested deeper than {DEEPEST}", "send only the facts that the pack declares")


def _plain(text: bytes) -> bool:
    """Return whether a text is JSON that all readers take alike, by a look that is quick, and doubts what is unusual.

    orjson reads strict JSON alone: UTF-8, no NaN, no number beyond all bounds, no lone surrogate. Of the same key twice
    it keeps one, so that fewer strings are written again than were read.
    """
    try:
        again = orjson.dumps(orjson.loads(text))
    except ValueError:
        return False
    quotes = _quotes(text)
    return quotes is not None and quotes == _quotes(again)


def _quotes(text: bytes) -> int | None:
    """Return how many quotes begin or end a string of a JSON text; None where that is hard to say.

    A quote after one backslash is part of a string; after two it may end it.
    """
    quotes = text.count(b'"')
    if b"\\" not in text:
        return quotes
    return None if b"\\\\" in text else quotes - text.count(b'\\"')


def _json(text: bytes) -> object:
    """Return the value of a JSON text; raise `RequestError` for what is not JSON, or what readers differ about."""
    try:
        said = text.decode()
        value: object = json.loads(said, object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_constant)
        if SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except json.JSONDecodeError as problem:
        raise _refused(f"the request is not JSON: {problem.msg.lower()} at character {problem.pos + 1}") from None
    except UnicodeError:
        raise _refused("the request is not JSON: it is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise _refused("the request is not JSON: a number in it cannot be held") from None


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    listed = list(pairs)
    made = dict(listed)
    if len(made) != len(listed):
        raise _refused("an object in the request has the same key twice", "keep one")
    return made


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


def _no_constant(_: str) -> float:
    raise _refused(
        "the request is not JSON: NaN and Infinity are no numbers there", "leave the value out if it is unknown"
    )


def _error(one: Any) -> ProblemError:
    pointer = "".join(f"/{escaped(step)}" for step in one["loc"])
    message = one["msg"].removeprefix("Value error, ")
    return error_at(pointer, one["type"].replace("_", "-"), message[:1].lower() + message[1:])


def _refused(detail: str, help: str = "") -> RequestError:
    return RequestError("invalid-request", detail, help)
