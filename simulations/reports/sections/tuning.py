"""What a search over tunable parameters found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.study import Finalist, Point, Quantity, Tuning
from simulations.reports.document import Block, Cell, Column, Listing, Note, Section, Table
from simulations.reports.formats import count, plural
from simulations.reports.subject import Subject
from simulations.reports.titles import short

MOST: Final = 30
"""How many points of the front are listed."""


def search(subject: Subject) -> Section | None:
    """Return the settings that no other beats in every objective."""
    tuning = subject.study.tuning
    if tuning is None:
        return None
    front = [point for point in tuning.trials if point.front]
    allowed = sum(point.feasible for point in tuning.trials)
    said = Note(
        f"{plural(len(tuning.trials), 'setting was', 'settings were')} tried, {count(allowed)} of them within the "
        f"gates. {plural(len(front), 'is', 'are')} beaten by no other in everything at once."
    )
    names = list(dict.fromkeys(name for point in front for name in point.parameters))
    columns = (*(Column(name) for name in names), *_objective_columns(tuning), Column("Gates", numeric=False))
    rows = tuple(_point(subject, tuning, point, names) for point in front[:MOST])
    table = Table("The best settings for each balance of the objectives", columns, rows)
    return Section("search", "What the search found", (said, table) if front else (said,))


def _objective_columns(tuning: Tuning) -> tuple[Column, ...]:
    return tuple(Column(f"{short(one.title)} ({one.evidence})") for one in tuning.objectives)


def _point(subject: Subject, tuning: Tuning, point: Point, names: list[str]) -> tuple[Cell, ...]:
    gates = Cell("hold", "good") if point.feasible else Cell("crossed", "bad")
    return (*(Cell(point.parameters[name]) for name in names), *_scores(subject, tuning, point.objectives), gates)


def _scores(subject: Subject, tuning: Tuning, scores: Mapping[str, Quantity]) -> tuple[Cell, ...]:
    return tuple(Cell(subject.formats.quantity(scores[one.name], one.unit)) for one in tuning.objectives)


def finalists(subject: Subject) -> Section | None:
    """Return the finalists in human numbers, scored again on customers that the search had not seen."""
    tuning = subject.study.tuning
    if tuning is None or not tuning.finalists:
        return None
    blocks: list[Block] = [
        Note(
            "Numbers are rounded to what people would write, then scored again on customers that the search had not "
            "seen. Trust the second score: a search always flatters itself on the customers it looked at."
        )
    ]
    for number, finalist in enumerate(tuning.finalists, 1):
        blocks += [_scored(subject, tuning, finalist, number), Listing(f"Finalist {number} as a patch", finalist.patch)]
    return Section("finalists", "Finalists", tuple(blocks))


def _scored(subject: Subject, tuning: Tuning, finalist: Finalist, number: int) -> Table:
    """Return a finalist's parameters and scores."""
    settings = (f"{name} = {value}{_rounding(finalist, name)}" for name, value in finalist.parameters.items())
    gates = "gates hold" if finalist.feasible else "gates crossed"
    columns = (Column("Scored on", numeric=False), *_objective_columns(tuning))
    rows = (
        (Cell("baseline, customers of the search"), *_scores(subject, tuning, tuning.baseline)),
        (Cell("finalist, customers of the search"), *_scores(subject, tuning, finalist.searched)),
        (Cell("baseline, customers not seen before"), *_scores(subject, tuning, tuning.baseline_held_out)),
        (Cell("finalist, customers not seen before"), *_scores(subject, tuning, finalist.held_out)),
    )
    return Table(f"Finalist {number}: {'; '.join(settings)}; {gates}", columns, rows)


def _rounding(finalist: Finalist, name: str) -> str:
    return f" (rounded from {finalist.rounded[name]})" if name in finalist.rounded else ""
