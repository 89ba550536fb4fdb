"""What a candidate edits, and which edit makes which part of the difference."""

from __future__ import annotations

from schemas.study import Attribution, Comparison, Measure
from simulations.reports.document import Cell, Column, Listing, Note, Section, Table
from simulations.reports.formats import exact
from simulations.reports.subject import Subject
from simulations.reports.titles import short


def edits(_: Subject, comparison: Comparison) -> Section | None:
    """Return what a candidate edits."""
    if not comparison.edits:
        return None
    return Section("edits", "What it edits", (Listing("", "\n".join(comparison.edits)),))


def attribution(subject: Subject, comparison: Comparison) -> Section | None:
    """Return how much of each difference that matters each edit makes."""
    divided = {one.measure: one for one in comparison.attribution}
    shown = [(measure, divided[measure.name]) for measure in subject.key_measures(divided)]
    if not shown:
        return None
    exactly = all(one.exact for _, one in shown)
    how = "" if exactly else " They are estimated from some of the orders."
    said = f"Each edit's part is the same in whatever order the edits are made; the parts add up to the whole.{how}"
    return Section("attribution", "Which edit did it", (Note(said), _shares(subject, shown)))


def _shares(subject: Subject, shown: list[tuple[Measure, Attribution]]) -> Table:
    """Return a table with a row an edit and a column a measure."""
    columns = (
        Column("Edit", numeric=False),
        *(Column(f"{short(measure.title)} ({measure.evidence})") for measure, _ in shown),
    )
    parts = [_parts(subject, measure, one) for measure, one in shown]
    names = (*(share.edit for share in shown[0][1].shares), "all edits together")
    rows = tuple((Cell(name), *map(Cell, row)) for name, *row in zip(names, *parts, strict=True))
    return Table("What each edit makes of the difference", columns, rows)


def _parts(subject: Subject, measure: Measure, one: Attribution) -> list[str]:
    """Return the part of each edit in a difference, and the whole of it."""
    parts = [share.contribution for share in one.shares]
    whole = None if None in parts else str(sum(exact(part) for part in parts if part is not None))
    return [subject.formats.difference(part, measure.unit) for part in (*parts, whole)]
