"""What a policy comes to, and what changes."""

from __future__ import annotations

from schemas.study import Change, Comparison, Run
from simulations.reports.document import Cell, Column, Section, Table
from simulations.reports.readings import reading
from simulations.reports.subject import Subject, title_of
from simulations.reports.titles import ADVICE


def changes(subject: Subject, comparison: Comparison) -> Section | None:
    """Return each measure under the baseline and the candidate, and how sure the difference is."""
    if not comparison.changes:
        return None
    intervals = any(change.interval is not None for change in comparison.changes)
    columns = (
        Column("What", numeric=False),
        Column("Baseline"),
        Column("Candidate"),
        Column("Difference"),
        *((Column(subject.sure),) if intervals else ()),
        Column("That is", numeric=False),
    )
    rows = tuple(_change(subject, change, intervals) for change in comparison.changes)
    return Section("changes", "What changes", (Table("In total, over all asks", columns, rows),))


def _change(subject: Subject, change: Change, intervals: bool) -> tuple[Cell, ...]:
    measure = subject.measures[change.measure]
    read = reading(change, measure)
    values = (subject.formats.quantity(value, measure.unit) for value in (change.baseline, change.candidate))
    return (
        Cell(measure.title),
        *map(Cell, values),
        Cell(subject.difference(change), read.tone),
        *((Cell(subject.interval(change)),) if intervals else ()),
        Cell(read.word, read.tone, evidence=measure.evidence),
    )


def side_by_side(subject: Subject) -> Section | None:
    """Return the differences of several candidates beside each other."""
    comparisons = subject.study.comparisons
    if len(comparisons) < 2:
        return None
    by_name = [{change.measure: change for change in one.changes} for one in comparisons]
    shared = [measure for measure in subject.study.measures if all(measure.name in one for one in by_name)]
    columns = (Column("Difference to the baseline", numeric=False), *(Column(title_of(one)) for one in comparisons))
    advice = (Cell("Advice"), *(Cell(ADVICE[one.advice]) for one in comparisons))
    rows = (
        (Cell(m.title, evidence=m.evidence), *(_difference(subject, one[m.name]) for one in by_name)) for m in shared
    )
    table = Table("Every candidate against the same baseline", columns, (advice, *rows))
    return Section("candidates", "The candidates side by side", (table,))


def _difference(subject: Subject, change: Change) -> Cell:
    read = reading(change, subject.measures[change.measure])
    return Cell(subject.difference(change), read.tone, read.word)


def figures(subject: Subject) -> Section | None:
    """Return what each policy comes to, where nothing is compared."""
    if subject.study.comparisons:
        return None
    tables = tuple(_figures(subject, run) for run in subject.study.runs if run.figures)
    return Section("figures", "What it comes to", tables) if tables else None


def _figures(subject: Subject, run: Run) -> Table:
    columns = (
        Column("What", numeric=False),
        Column("In total"),
        Column("For the average customer"),
        Column("Rests on", numeric=False),
    )
    rows = []
    for figure in run.figures:
        measure = subject.measures[figure.measure]
        each = "–" if figure.per_customer is None else subject.formats.each(figure.per_customer, measure.unit)
        total = subject.formats.quantity(figure.value, measure.unit)
        rows.append((Cell(measure.title), Cell(total), Cell(each), Cell("", evidence=measure.evidence)))
    return Table(title_of(run), columns, tuple(rows))
