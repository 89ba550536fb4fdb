"""How often customers are asked about each process, and leaders go through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Final, TypeAlias

from schemas.events import ContactEvent, Event, WalkthroughEvent
from schemas.scorecard import Figure, FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.known import Known

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Quarters, each with a process."""

BREAKDOWNS: Final = (("quarter",), ("process",), ("quarter", "process"))
DAYS: Final = (
    FigureColumn(name="last", title="last", unit="day"),
    FigureColumn(name="days_since", title="days since", unit="days"),
)
GATHERED: Final = Meaning(
    "input_gathered",
    "Customers asked for their view",
    "Of the contacts with customers, those in which their view on a process was gathered; a process counts against all"
    " contacts of the quarter.",
    columns=DAYS,
)
WALKED: Final = Meaning(
    "walkthroughs",
    "Processes that leaders went through",
    "Of the processes in each quarter that has begun, those that a leader went through as a customer does; a process is"
    " one that a walkthrough or gathered input has ever named.",
    columns=(FigureColumn(name="walkthroughs", title="walkthroughs"), *DAYS),
)


class Visits:
    """How often something happened to each process in each quarter of the period, and when last."""

    def __init__(self, known: Known) -> None:
        """Begin with none."""
        self._calendar = known.calendar
        self.counts: Counter[tuple[str, str]] = Counter()
        """By quarter and process."""
        self.last: dict[str, datetime] = {}

    def add(self, process: str, at: datetime) -> None:
        """Note a visit; one before the period counts only as the last."""
        self.last[process] = max(at, self.last.get(process, at))
        if self._calendar.holds(at):
            self.counts[self._calendar.quarter(at), process] += 1

    def of(self, process: str) -> int:
        """Return how often something happened to a process."""
        return sum(count for (_, one), count in self.counts.items() if one == process)

    def figures(self, process: str, seen: datetime) -> dict[str, Figure]:
        """Return when it was last, and how long ago that is."""
        last = self.last.get(process)
        if last is None:
            return {"last": None, "days_since": None}
        day = self._calendar.day(last)
        return {"last": day.isoformat(), "days_since": max((self._calendar.day(seen) - day).days, 0)}


class Processes:
    """Counts gathered input and walkthroughs by process and quarter."""

    kinds = frozenset({"contact", "walkthrough"})

    def __init__(self, known: Known) -> None:
        """Begin with no process."""
        self._calendar = known.calendar
        self._gathered = Visits(known)
        self._walked = Visits(known)
        self._contacts: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    def see(self, event: Event) -> None:
        """Count a contact or a walkthrough."""
        if event.at >= self._calendar.end:
            return
        match event:
            case WalkthroughEvent():
                self._walked.add(event.process, event.at)
            case ContactEvent():
                self._contact(event)
            case _:
                return

    def _contact(self, event: ContactEvent) -> None:
        if self._calendar.holds(event.at):
            quarter = self._calendar.quarter(event.at)
            self._contacts[quarter] += 1
            self._asked[quarter] += event.gathered is not None
        if event.gathered is not None:
            self._gathered.add(event.gathered, event.at)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return how often input is gathered, and how often leaders go through processes."""
        until = min(seen, self._calendar.end)
        pairs = tuple(product(self._calendar.quarters(until), self.processes))
        return (self._input(pairs, until), self._walks(pairs, until))

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes that anybody ever named."""
        return tuple(sorted(self._gathered.last.keys() | self._walked.last.keys()))

    def _input(self, pairs: Pairs, until: datetime) -> Measure:
        board = Board(*BREAKDOWNS)
        contacts = sum(self._contacts.values())
        board.total.count(sum(self._asked.values()), contacts)
        for quarter in sorted(self._contacts):
            board.tally(("quarter",), quarter).count(self._asked[quarter], self._contacts[quarter])
        for process in self.processes:
            one = board.tally(("process",), process)
            one.count(self._gathered.of(process), contacts)
            one.others.update(self._gathered.figures(process, until))
        for quarter, process in pairs:
            found = self._gathered.counts[quarter, process]
            board.tally(("quarter", "process"), quarter, process).count(found, self._contacts[quarter])
        lost = (one for one in self.processes if contacts and not self._gathered.of(one))
        return measure(GATHERED, board, tuple(f"Ask customers about {one}: nobody was asked" for one in lost))

    def _walks(self, pairs: Pairs, until: datetime) -> Measure:
        board = Board(*BREAKDOWNS)
        counts = self._walked.counts
        for quarter, process in pairs:
            walked = ("walkthroughs",) * counts[quarter, process]
            board.add({"quarter": quarter, "process": process}, bool(walked), *walked)
        for process in self.processes:
            board.tally(("process",), process).others.update(self._walked.figures(process, until))
        last = pairs[-1][0] if pairs else ""
        lost = (process for quarter, process in pairs if quarter == last and not counts[quarter, process])
        advice = tuple(f"Go through {one} as a customer does: nobody did in {last}" for one in lost)
        return measure(WALKED, board, advice)
