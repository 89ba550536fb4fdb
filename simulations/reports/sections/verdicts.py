"""Which answers customers get: verdicts, how they move, how far asks get, and who has to say yes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from schemas.study import Comparison, Position, Run, Transition
from simulations.reports.document import Cell, Column, Note, Section, Table, Tone
from simulations.reports.formats import count
from simulations.reports.subject import Subject, title_of
from simulations.reports.titles import POSITIONS, STAGES, better


def transitions(subject: Subject, comparison: Comparison) -> Section | None:
    """Return how many asks move from each verdict to each other."""
    moves = comparison.transitions
    if not moves:
        return None
    before, after = ordered(move.before for move in moves), ordered(move.after for move in moves)
    counts = {(move.before, move.after): move.asks for move in moves}
    columns = (
        Column("Baseline ↓  candidate →", numeric=False),
        *(Column(POSITIONS[one]) for one in after),
        Column("all"),
    )
    rows = [_moves(first, after, counts) for first in before]
    totals = (Cell("all"), *(_total(move for move in moves if move.after == last) for last in after), _total(moves))
    table = Table("Asks by verdict before and after", columns, (*rows, totals), "accounted")
    return Section("transitions", "Which answers change", (Note(moved(subject, moves)), table))


def moved(subject: Subject, moves: Sequence[Transition]) -> str:
    """Return how many asks stay, get a better and get a worse verdict, in a sentence."""
    stay = sum(move.asks for move in moves if move.before == move.after)
    up = sum(move.asks for move in moves if better(move.before, move.after) > 0)
    down = sum(move.asks for move in moves if better(move.before, move.after) < 0)
    aside = sum(move.asks for move in moves) - stay - up - down
    other = f", {subject.asks(aside)} go to somebody else" if aside else ""
    return (
        f"{subject.asks(stay)} asks keep their verdict, {subject.asks(up)} get a better one for the customer, "
        f"{subject.asks(down)} a worse one{other}."
    )


def ordered(positions: Iterable[Position]) -> list[Position]:
    """Return the positions that occur, best for the customer first."""
    seen = set(positions)
    return [position for position in POSITIONS if position in seen]


def _moves(
    before: Position, after: Sequence[Position], counts: Mapping[tuple[Position, Position], int]
) -> tuple[Cell, ...]:
    asks = [counts.get((before, one), 0) for one in after]
    cells = (_move(before, one, number) for one, number in zip(after, asks, strict=True))
    return (Cell(POSITIONS[before]), *cells, Cell(count(sum(asks))))


def _move(before: Position, after: Position, asks: int) -> Cell:
    if before == after or not asks:
        return Cell(count(asks) if asks else "–", "quiet")
    up = better(before, after)
    tone: Tone = "good" if up > 0 else "bad" if up < 0 else "plain"
    return Cell(count(asks), tone)


def _total(moves: Iterable[Transition]) -> Cell:
    return Cell(count(sum(move.asks for move in moves)))


def verdicts(subject: Subject) -> Section | None:
    """Return how many asks get each verdict under each policy."""
    return _by_policy(subject, "verdicts", "Which answers there are", ("Verdict", _verdicts))


def funnel(subject: Subject) -> Section | None:
    """Return how far asks get under each policy."""
    return _by_policy(subject, "funnel", "How far asks get", ("Stage", _stages))


def escalations(subject: Subject) -> Section | None:
    """Return to whom asks are passed under each policy."""
    return _by_policy(subject, "escalations", "Who has to say yes", ("Passed to", lambda run: run.escalations))


def _verdicts(run: Run) -> Mapping[str, int]:
    return {title: run.verdicts[one] for one, title in POSITIONS.items() if one in run.verdicts}


def _stages(run: Run) -> Mapping[str, int]:
    return {STAGES[stage.stage]: stage.asks for stage in run.funnel}


def _by_policy(
    subject: Subject, name: str, title: str, rows: tuple[str, Callable[[Run], Mapping[str, int]]]
) -> Section | None:
    """Return counts of asks, a row a name and a column a policy."""
    heading, counts = rows
    runs = subject.study.runs
    by_run = [counts(run) for run in runs]
    names = [one for one in dict.fromkeys(chain.from_iterable(by_run)) if any(each.get(one) for each in by_run)]
    if not names:
        return None
    columns = (Column(heading, numeric=False), *(Column(title_of(run)) for run in runs))
    cells = tuple((Cell(one), *(Cell(subject.asks(each.get(one, 0))) for each in by_run)) for one in names)
    return Section(name, title, (Table("Asks, and their share of all asks", columns, cells, "accounted"),))
