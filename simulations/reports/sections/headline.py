"""Whether to ship a candidate, and which gates say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.study import Comparison, Gate
from simulations.reports.document import Card, Cell, Column, Note, Section, Table, Tone
from simulations.reports.formats import plural
from simulations.reports.readings import reading
from simulations.reports.subject import KEY, Subject, title_of
from simulations.reports.titles import short

MOST_FIGURES: Final = 4


def card(subject: Subject, comparison: Comparison) -> Card:
    """Return what to do about a candidate, and why."""
    return Card(title_of(comparison), comparison.advice, tuple(_reasons(comparison)), _figures(subject, comparison))


def _reasons(comparison: Comparison) -> Iterator[Note]:
    """Yield the gates that decided, what is unsure, and how many gates hold."""
    deciding = [gate for gate in comparison.gates if gate.crossed or gate.unsure]
    held = len(comparison.gates) - len(deciding)
    yield from map(_deciding, sorted(deciding, key=lambda gate: (not gate.crossed, gate.level != "fail")))
    if not comparison.gates:
        yield Note("No gates were set: whether to ship it is for you to judge.", "doubtful")
    elif held == len(comparison.gates):
        yield Note(f"{plural(held, 'gate', 'gates')} set, none crossed.", "good")
    elif held:
        yield Note(f"{plural(held, 'other gate holds', 'other gates hold')}.", "quiet")


def _deciding(gate: Gate) -> Note:
    word = ("Stops it" if gate.level == "fail" else "Needs a look") if gate.crossed else "Not crossed, but not sure"
    doubt = " Chance alone may turn it." if gate.unsure else ""
    tone: Tone = "bad" if gate.crossed and gate.level == "fail" else "doubtful"
    return Note(f"{word}: {gate.condition}. Seen: {gate.seen}.{doubt}", tone)


def _figures(subject: Subject, comparison: Comparison) -> tuple[tuple[Cell, ...], ...]:
    """Return the differences that matter most, in the order of `KEY`."""
    changes = {change.measure: change for change in comparison.changes}
    chosen = [changes[name] for name in KEY if name in changes][:MOST_FIGURES]
    rows = []
    for change in chosen:
        measure = subject.measures[change.measure]
        read = reading(change, measure)
        rows.append(
            (
                Cell(short(measure.title)),
                Cell(subject.difference(change), read.tone, _sure(subject.sure, subject.interval(change))),
                Cell(read.word, read.tone, evidence=measure.evidence),
            )
        )
    return tuple(rows)


def _sure(sure: str, interval: str) -> str:
    return f"{sure} {interval}" if interval else ""


def gates(_: Subject, comparison: Comparison) -> Section | None:
    """Return every gate, and whether it was crossed."""
    if not comparison.gates:
        return None
    columns = (
        Column("Gate", numeric=False),
        Column("Level", numeric=False),
        Column("Seen", numeric=False),
        Column("Result", numeric=False),
    )
    rows = tuple((Cell(one.condition), Cell(one.level), Cell(one.seen), _result(one)) for one in comparison.gates)
    return Section("gates", "Gates", (Table("What must not happen, and whether it does", columns, rows),))


def _result(gate: Gate) -> Cell:
    doubt = "chance may turn it" if gate.unsure else ""
    if gate.crossed:
        return Cell("crossed", "bad" if gate.level == "fail" else "doubtful", doubt)
    return Cell("holds", "doubtful" if gate.unsure else "good", doubt)
