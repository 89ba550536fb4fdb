"""The gates of a simulation: a measure, a comparison and a limit, as text."""

from __future__ import annotations

import re
from typing import Final, Literal, cast

from engine.language.packs.building import as_scalar
from engine.language.reading.tree import Mapping, Scalar
from simulations.specs.simulation import GateSpec
from simulations.specs.subjects import Subjects

GATE: Final = re.compile(
    r"""
    \s* (?P<measure>[A-Za-z_]\w*)
    (?: \s+ in \s+ (?P<segment>"[^"]+"|'[^']+'|[\w-]+) )?
    \s* (?P<op>>=|<=|>|<)
    \s* (?P<sign>[+-]?) (?P<number>[0-9]+(?:\.[0-9]+)?) (?P<percent>%?)
    \s*
    """,
    re.VERBOSE,
)
FORMS: Final = "write `net < 1000` (its value), `net < -1000` (its change), or `net in premier < -5%`"


def gate_of(tree: Mapping, subjects: Subjects) -> GateSpec | None:
    """Return the gate that an item of `gates` writes; None, and a finding, where it is none."""
    key, value = tree.entries[0]
    scalar = as_scalar(value)
    match = GATE.fullmatch(scalar.text)
    if match is None:
        subjects.found.error(scalar.mark, "bad-gate", f"`{key.text}` does not hold a measure against a limit", FORMS)
        return None
    _check(scalar, match, subjects)
    number = float(match["number"])
    return GateSpec(
        level=cast(Literal["fail", "warn"], key.text),
        text=scalar.text.strip(),
        measure=match["measure"],
        segment=_segment(match),
        op=cast(Literal[">", ">=", "<", "<="], match["op"]),
        limit=-number if match["sign"] == "-" else number,
        kind="percent" if match["percent"] else "change" if match["sign"] else "value",
        mark=scalar.mark,
    )


def _segment(match: re.Match[str]) -> str | None:
    return None if match["segment"] is None else match["segment"].strip("\"'")


def _check(scalar: Scalar, match: re.Match[str], subjects: Subjects) -> None:
    """Report names that mean nothing, and a percentage that does not say of what."""
    subjects.check_measure(match["measure"], scalar.mark_at(match.start("measure")))
    if (segment := _segment(match)) is not None:
        subjects.check_segment(segment, scalar.mark_at(match.start("segment")))
    if match["percent"] and not match["sign"]:
        mark = scalar.mark_at(match.start("number"))
        help = f"write `+{match['number']}%` or `-{match['number']}%`"
        subjects.found.error(mark, "bad-gate", "a percentage is a change against the baseline, up or down", help)
