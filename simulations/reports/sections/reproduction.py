"""What the evidence means, and how to get the same numbers again."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.study import Evidence
from simulations.reports.document import Cell, Column, Listing, Section, Table
from simulations.reports.formats import count
from simulations.reports.subject import Subject
from simulations.reports.titles import EVIDENCE


def legend(_: Subject) -> Section:
    """Return what the rungs of evidence mean, strongest first."""
    columns = (Column("Rung", numeric=False), Column("A number on it is", numeric=False))
    rungs: list[Evidence] = list(EVIDENCE)
    rows = tuple((Cell("", evidence=rung), Cell(EVIDENCE[rung])) for rung in rungs)
    return Section("evidence", "What the numbers rest on", (Table("Rungs of evidence", columns, rows),))


def reproduction(subject: Subject) -> Section:
    """Return all that is needed to get the same numbers again."""
    columns = (Column("What", numeric=False), Column("Which", numeric=False))
    rows = tuple((Cell(name), Cell(value)) for name, value in _facts(subject))
    command = Listing("Command", subject.study.reproduction.command)
    table = Table("What the numbers were made from", columns, rows)
    return Section("reproduction", "The same numbers again", (command, table))


def _facts(subject: Subject) -> Iterator[tuple[str, str]]:
    made = subject.study.reproduction
    yield "leeway", made.leeway
    yield "seed", str(made.seed)
    yield "population", f"{made.population}, {count(made.customers)} customers, {count(made.asks)} asks"
    yield "population's hash", made.population_hash
    if made.now is not None:
        yield "now", made.now
    if made.resamples:
        yield "resamples of customers", count(made.resamples)
    for policy, release in made.releases.items():
        yield f"release of {policy}", release
