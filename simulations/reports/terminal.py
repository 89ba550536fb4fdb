"""A study in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, assert_never

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from schemas.study import Advice, Study
from simulations.reports.document import Block, Card, Cases, Document, Listing, Note, Part, Table, Tone
from simulations.reports.formats import printable
from simulations.reports.outline import document
from simulations.reports.printing import printed
from simulations.reports.terminal_tables import TONES, Fitting, cell_text, rung
from simulations.reports.titles import ADVICE

ADVICE_TONES: Final[Mapping[Advice, Tone]] = {"ship": "good", "review": "doubtful", "do not ship": "bad"}
MOST_CASES: Final = 8


def terminal(study: Study, width: int, colour: bool = False) -> str:
    """Return the report of a study in lines of a width, with colour where it goes to a terminal that has it."""
    return printed(_report(document(study)), width, colour)


def _report(report: Document) -> Iterator[RenderableType]:
    yield Text(printable(report.title), style="bold")
    yield Text(printable(report.subtitle))
    yield from map(_note, report.notices)
    yield from map(_card, report.cards)
    for part in report.parts:
        yield from _part(part)


def _card(card: Card) -> RenderableType:
    """Return a candidate's advice in a frame."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_column()
    for row in card.figures:
        grid.add_row(*map(cell_text, row))
    tone = TONES[ADVICE_TONES[card.advice]]
    title = Text(f"{ADVICE[card.advice]}: {printable(card.candidate)}", style=f"bold {tone}")
    return Panel(Group(*map(_note, card.reasons), "", grid), title=title, title_align="left", border_style=tone)


def _part(part: Part) -> Iterator[RenderableType]:
    yield Text()
    yield Rule(Text(printable(part.title), style="bold"), align="left")
    for section in part.sections:
        yield Text(f"\n{section.title}", style="bold underline")
        yield from (found for block in section.blocks for found in _block(block))


def _block(block: Block) -> Iterator[RenderableType]:
    match block:
        case Note():
            yield _note(block)
        case Table():
            yield Text.assemble("\n", (f"{printable(block.caption)} ", "italic"), *rung(block.evidence))
            yield Fitting(block)
        case Listing():
            if block.caption:
                yield Text(f"{printable(block.caption)}:")
            yield Padding(Text("\n".join(map(printable, block.text.splitlines()))), (0, 0, 0, 4))
        case Cases():
            yield from _cases(block)
        case _ as never:
            assert_never(never)


def _note(note: Note) -> Text:
    return Text(printable(note.text), style=TONES[note.tone])


def _cases(block: Cases) -> Iterator[RenderableType]:
    """Yield the first cases, and where the others are."""
    grid = Grid("Case", "Segment", "Action", "Changed", "Before", "After", box=box.SIMPLE_HEAD, pad_edge=False)
    for case in block.cases[:MOST_CASES]:
        row = (case.id, case.segment, case.action, case.kind, case.before, case.after)
        grid.add_row(*(Text(printable(text), overflow="fold") for text in row))
    shown = min(len(block.cases), MOST_CASES)
    yield Text.assemble("\n", (f"The first {shown} of {printable(block.caption)}", "italic"))
    yield grid
    yield Text("The HTML and JSON reports have all that are listed, each with its request.", style="dim")
