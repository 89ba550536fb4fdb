"""A study as a document: what is said of it, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from schemas.study import Comparison, Run, Study
from simulations.reports.document import Document, Note, Part, Section
from simulations.reports.formats import plural
from simulations.reports.sections.assumptions import assumptions, break_even
from simulations.reports.sections.cases import changed
from simulations.reports.sections.edits import attribution, edits
from simulations.reports.sections.figures import changes, figures, side_by_side
from simulations.reports.sections.headline import card, gates
from simulations.reports.sections.reproduction import legend, reproduction
from simulations.reports.sections.segments import segment_figures, segments
from simulations.reports.sections.tuning import finalists, search
from simulations.reports.sections.verdicts import escalations, funnel, transitions, verdicts
from simulations.reports.subject import Subject, title_of
from simulations.reports.titles import POPULATIONS

OfCandidate: TypeAlias = Callable[[Subject, Comparison], Section | None]
OfStudy: TypeAlias = Callable[[Subject], Section | None]

CANDIDATE: Final[tuple[OfCandidate, ...]] = (
    edits,
    changes,
    transitions,
    segments,
    attribution,
    assumptions,
    break_even,
    gates,
    changed,
)
POLICIES: Final[tuple[OfStudy, ...]] = (figures, verdicts, funnel, escalations, segment_figures)
TUNING: Final[tuple[OfStudy, ...]] = (search, finalists)
CLOSING: Final[tuple[OfStudy, ...]] = (legend, reproduction)


def document(study: Study) -> Document:
    """Return the report of a study; a section that has nothing to say is left out."""
    subject = Subject(study)
    parts = (
        _part("At a glance", subject, (side_by_side,)),
        _part("Tuning", subject, TUNING),
        *(_candidate(subject, one) for one in study.comparisons),
        _part("Every policy" if study.comparisons else "The policy", subject, POLICIES),
        _part("About these numbers", subject, CLOSING),
    )
    return Document(
        title=study.title or study.simulation,
        subtitle=_subtitle(study),
        notices=_notices(study),
        cards=tuple(card(subject, one) for one in study.comparisons),
        parts=tuple(part for part in parts if part.sections),
    )


def _part(title: str, subject: Subject, sections: tuple[OfStudy, ...]) -> Part:
    return Part(title, tuple(found for one in sections if (found := one(subject)) is not None))


def _candidate(subject: Subject, comparison: Comparison) -> Part:
    found = tuple(made for one in CANDIDATE if (made := one(subject, comparison)) is not None)
    return Part(f"Candidate: {title_of(comparison)}", found, comparison.candidate)


def _subtitle(study: Study) -> str:
    made = study.reproduction
    people = plural(made.customers, "customer", "customers")
    return f"Policy {study.pack}: {people}, {plural(made.asks, 'ask', 'asks')}"


def _notices(study: Study) -> tuple[Note, ...]:
    population = study.reproduction.population
    made = Note(POPULATIONS[population], "doubtful" if population == "synthetic" else "plain")
    return (made, *(_unknown(run) for run in study.runs if run.unknown_economics))


def _unknown(run: Run) -> Note:
    offers = plural(run.unknown_economics, "offer has", "offers have")
    text = f"{title_of(run)}: {offers} a cost, a value or a gain that is unknown, and counts as nothing."
    return Note(text, "doubtful")
