"""A study as one HTML file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from schemas.study import Comparison, Study
from simulations.reports.document import Block, Cases, Listing, Note, Part, Table
from simulations.reports.formats import printable
from simulations.reports.outline import document
from simulations.reports.plots.picture import Picture, svg
from simulations.reports.plots.pictures import OF_CANDIDATE, OF_STUDY
from simulations.reports.subject import Subject
from simulations.reports.titles import ADVICE

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src"


@dataclass(frozen=True, slots=True)
class Page:
    """A section as the template writes it: plots, and blocks with the macros that write them."""

    id: str
    title: str
    plots: tuple[tuple[Picture, Markup], ...]
    blocks: tuple[tuple[str, Block], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part as the template writes it."""

    id: str
    title: str
    sections: tuple[Page, ...]


def html(study: Study) -> str:
    """Return the report of a study as one HTML file; the same bytes each time."""
    report = document(study)
    subject = Subject(study)
    chapters = tuple(_chapter(subject, part, f"part-{place}") for place, part in enumerate(report.parts, 1))
    script = _asset("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            parts=chapters,
            style=_asset("report.css"),
            script=script,
            policy=_policy(script),
        )
    )


@cache
def _environment() -> Environment:
    """Return the templates; whatever they write is escaped and printable."""
    environment = Environment(
        loader=PackageLoader("simulations.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters["quoted"] = shlex.quote
    environment.globals |= {"advice": ADVICE, "zip": zip}
    return environment


def _printable(value: object) -> object:
    """Return text without characters that steer a display; what is HTML already stays."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> Markup:
    """Return a style sheet or script of ours."""
    source, _, _ = PackageLoader("simulations.reports").get_source(_environment(), name)
    return Markup(source)  # noqa: S704 - a file of this package


def _policy(script: str) -> str:
    """Return what the page may do: show its own styles, run this one script, load nothing."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"{POLICY} 'sha256-{digest}'"


def _chapter(subject: Subject, part: Part, id: str) -> Chapter:
    comparison = next((one for one in subject.study.comparisons if one.candidate == part.candidate), None)
    pages = []
    for section in part.sections:
        place = f"{id}-{section.name}"
        plots = _pictures(subject, comparison, section.name)
        drawn = tuple((picture, svg(picture, f"{place}-{picture.name}")) for picture in plots)
        pages.append(Page(place, section.title, drawn, tuple((_macro(block), block) for block in section.blocks)))
    return Chapter(id, part.title, tuple(pages))


def _pictures(subject: Subject, comparison: Comparison | None, section: str) -> Iterator[Picture]:
    if comparison is not None and section in OF_CANDIDATE:
        yield from OF_CANDIDATE[section](subject, comparison)
    elif comparison is None and section in OF_STUDY:
        yield from OF_STUDY[section](subject)


def _macro(block: Block) -> str:
    """Return the macro that writes a block."""
    match block:
        case Note():
            return "note"
        case Table():
            return "table"
        case Listing():
            return "listing"
        case Cases():
            return "cases"
        case _ as never:
            assert_never(never)
