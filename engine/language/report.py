"""Findings as people, programs, GitHub and code scanners read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

from engine.language.codes import CODES
from engine.language.diagnostics import Diagnostic, Severity
from engine.language.excerpt import excerpt

SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"
URI_SAFE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


class Format(StrEnum):
    """How findings are written; `pretty` shows the line with a caret, `json` and `sarif` are documents."""

    PRETTY = "pretty"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def render(diagnostics: Iterable[Diagnostic], format: Format | str = Format.PRETTY) -> str:
    """Return findings in a format, in the order given, without a line break at the end."""
    return _RENDER[Format(format)](tuple(diagnostics))


def _pretty(diagnostics: tuple[Diagnostic, ...]) -> str:
    return "\n\n".join((*map(_block, diagnostics), summary(diagnostics)))


def _block(one: Diagnostic) -> str:
    level = " (warning)" if one.severity is Severity.WARNING else ""
    lines = [f"{one.mark}: {one.code}{level}: {one.message}", *excerpt(one.mark)]
    return "\n".join([*lines, f"  {one.help}"] if one.help else lines)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Return how many errors and warnings there are."""
    kinds = [one.severity for one in diagnostics]
    counts = [(kinds.count(severity), severity.value) for severity in Severity]
    words = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    return ", ".join(words) or "no problems"


def _json(diagnostics: tuple[Diagnostic, ...]) -> str:
    return json.dumps([as_json(one) for one in diagnostics], ensure_ascii=False, indent=2)


def as_json(one: Diagnostic) -> dict[str, str | int]:
    """Return a finding as JSON holds it."""
    return {
        "file": one.mark.file,
        "line": one.mark.line,
        "column": one.mark.column,
        "severity": one.severity.value,
        "code": one.code,
        "message": one.message,
        "help": one.help,
    }


def _github(diagnostics: tuple[Diagnostic, ...]) -> str:
    return "\n".join(map(_command, diagnostics))


def _command(one: Diagnostic) -> str:
    """Return the workflow command that marks the line in a pull request."""
    place = {"file": one.mark.file, "line": one.mark.line, "col": one.mark.column, "title": one.code}
    properties = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in place.items())
    return f"::{one.severity.value} {properties}::{_escaped(_sentence(one))}"


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(char):02X}" if char in f"%\r\n{more}" else char for char in text)


def _sentence(one: Diagnostic) -> str:
    return f"{one.message}; {one.help}" if one.help else one.message


def _sarif(diagnostics: tuple[Diagnostic, ...]) -> str:
    codes = sorted({one.code for one in diagnostics})
    rules = [{"id": code, "shortDescription": {"text": CODES[code]}} for code in codes if code in CODES]
    run = {
        "tool": {"driver": {"name": "leeway", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one) for one in diagnostics],
    }
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _result(one: Diagnostic) -> Mapping[str, object]:
    region = {"startLine": one.mark.line, "startColumn": one.mark.column}
    place = {"artifactLocation": {"uri": _uri(one.mark.file)}, "region": region}
    return {
        "ruleId": one.code,
        "level": one.severity.value,
        "message": {"text": _sentence(one)},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    """Return a path as a URI reference; one from the root is a `file:` URI."""
    path = "".join(chr(byte) if chr(byte) in URI_SAFE else f"%{byte:02X}" for byte in file.encode(errors="replace"))
    return f"file://{path}" if path.startswith("/") else path


_RENDER: Final[dict[Format, Callable[[tuple[Diagnostic, ...]], str]]] = {
    Format.PRETTY: _pretty,
    Format.JSON: _json,
    Format.GITHUB: _github,
    Format.SARIF: _sarif,
}
