"""Whether promises are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.events import Event, PromiseBrokenEvent, PromiseKeptEvent, PromiseMadeEvent
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Keys, Meaning, measure
from simulations.scorecard.calendar import UNKNOWN, end_of_day
from simulations.scorecard.known import Known

MEANING: Final = Meaning(
    "promises_kept",
    "Promises kept in time",
    "Of the promises that were due in the period, those kept by the end of the day on which they were due, in the"
    " timezone of the pack; one that is past due and not kept is broken, one not due yet is open and counts apart.",
    columns=(
        FigureColumn(name="in_time", title="in time"),
        FigureColumn(name="late", title="late"),
        FigureColumn(name="broken", title="broken"),
        FigureColumn(name="open", title="still open"),
        FigureColumn(name="undated", title="with no day"),
    ),
)


@dataclass(slots=True)
class Promise:
    """A promise that was made and not kept yet."""

    keys: Keys
    due: datetime | None
    """The first moment at which it is too late."""
    broken: bool = False


class Promises:
    """Counts promises when they are kept, and those left over at the end."""

    kinds = frozenset({"promise_made", "promise_kept", "promise_broken"})

    def __init__(self, known: Known) -> None:
        """Begin with no promise."""
        self._known = known
        self._calendar = known.calendar
        self._open: dict[str, Promise] = {}
        self._board = Board(("pack",), ("owner",), ("segment",), ("quarter",))

    def see(self, event: Event) -> None:
        """Note a promise, or what became of one."""
        if event.at >= self._calendar.end:
            return
        match event:
            case PromiseMadeEvent():
                self._make(event)
            case PromiseKeptEvent():
                self._keep(event)
            case PromiseBrokenEvent() if event.promise in self._open:
                self._open[event.promise].broken = True
            case _:
                return

    def _make(self, event: PromiseMadeEvent) -> None:
        due = end_of_day(event.due, self._known.zone(event.pack))
        if due is not None and due <= self._calendar.start:
            return
        keys = {"pack": event.pack or UNKNOWN, "owner": event.owner or UNKNOWN, "segment": event.segment or UNKNOWN}
        if due is not None:
            keys["quarter"] = self._calendar.quarter(due - timedelta(microseconds=1))
        self._open[event.id] = Promise(keys, due)

    def _keep(self, event: PromiseKeptEvent) -> None:
        promise = self._open.get(event.promise)
        if promise is None or promise.due is None:
            return
        del self._open[event.promise]
        if promise.due <= self._calendar.end:
            kept = event.at < promise.due
            self._board.add(promise.keys, kept, "in_time" if kept else "late")

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the promises kept, with those left over as they stand."""
        until = min(seen, self._calendar.end)
        for promise in self._open.values():
            if promise.due is None:
                self._board.add(promise.keys, None, "undated")
            elif promise.due > self._calendar.end:
                self._board.add(promise.keys, None, "open")
            elif promise.broken or promise.due <= until:
                self._board.add(promise.keys, False, "broken")
            else:
                self._board.add(promise.keys, None, "open")
        self._open.clear()
        lost = tuple(
            f"Keep more of those of {owner}: {tally.missed} of {tally.denominator} were not kept in time"
            for (owner,), tally in self._board.rows("owner", by=lambda tally: tally.missed)
        )
        return (measure(MEANING, self._board, lost),)
