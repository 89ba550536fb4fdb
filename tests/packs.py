"""Tiny packs, written to a folder for one test."""

from __future__ import annotations

from pathlib import Path

from engine.language.codes import CODES, WARNINGS
from engine.language.diagnostics import Diagnostic, PolicyError, Severity
from engine.release import load_release

HEADER = """\
pack: tiny
ladder: [ai, agent, boss]
"""
FACTS = """\
type: object
properties:
  order:
    type: object
    properties:
      days: {type: integer, minimum: 0}
      level: {enum: [gold, silver]}
      total: {format: money, type: string}
"""


def write_pack(folder: Path, text: str, **files: str) -> Path:
    """Write a pack of one file (the first two lines are its header) and facts, and further files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {"facts": FACTS, "pack": HEADER + text, **files}
    for name, content in written.items():
        (folder / f"{name.replace('_', '.')}.yaml").write_text(content, encoding="utf-8")
    return folder


def findings(folder: Path) -> tuple[Diagnostic, ...]:
    """Return all that loading a pack finds, warnings included."""
    try:
        found = load_release(folder).warnings
    except PolicyError as error:
        found = error.diagnostics
    assert {one.code for one in found} <= CODES.keys()
    assert {one.code for one in found if one.severity is Severity.WARNING} <= WARNINGS
    return found


def lines(folder: Path, *codes: str) -> list[str]:
    """Return what loading a pack finds as lines from the folder on; of these codes alone, where some are given."""
    return [
        str(one).removeprefix(f"{folder.as_posix()}/") for one in findings(folder) if not codes or one.code in codes
    ]
