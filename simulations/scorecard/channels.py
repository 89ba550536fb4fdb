"""Whether the same case gets the same answer whatever the channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from schemas.events import DecisionEvent, Event
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.calendar import UNKNOWN
from simulations.scorecard.known import Known

MOST_CASES: Final = 1_000_000
"""So many different cases are kept at once; the oldest is counted as it stands when there are more."""
CIRCUMSTANCES: Final = frozenset({"id", "agent", "channel", "session", "now"})
"""What of a request is about the conversation, not about the case."""
MEANING: Final = Meaning(
    "same_answer_across_channels",
    "Same case, same answer on every channel",
    "Of the cases that were decided on more than one channel in the period (the same release, action, role and content,"
    " but for who asked, where and when), those that got the same verdict and amount everywhere.",
    columns=(FigureColumn(name="not_compared", title="decisions that cannot be compared"),),
)


@dataclass(slots=True)
class Compared:
    """A case: where it was decided, and whether always alike."""

    action: str
    channels: frozenset[str]
    answer: tuple[str, str | int | None]
    alike: bool = True


class Channels:
    """Compares decisions on the same case."""

    kinds = frozenset({"decision"})

    def __init__(self, known: Known, most: int = MOST_CASES) -> None:
        """Begin with no case."""
        self._calendar = known.calendar
        self._most = most
        self._cases: dict[bytes, Compared] = {}
        self._channels: dict[frozenset[str], frozenset[str]] = {}
        """Each set of channels, held once."""
        self._board = Board(("action",), ("channels",))

    def see(self, event: Event) -> None:
        """Compare a decision with those before on the same case."""
        if not isinstance(event, DecisionEvent) or not self._calendar.holds(event.at):
            return
        if not event.case or event.channel is None:
            self._board.add({}, None, "not_compared")
            return
        answer = (event.verdict, event.amount)
        key = digest(event)
        found = self._cases.get(key)
        if found is None:
            self._cases[key] = Compared(event.action, self._held(frozenset((event.channel,))), answer)
            if len(self._cases) > self._most:
                self._count(self._cases.pop(next(iter(self._cases))))
            return
        found.channels = self._held(found.channels | {event.channel})
        found.alike &= found.answer == answer

    def _held(self, channels: frozenset[str]) -> frozenset[str]:
        return self._channels.setdefault(channels, channels)

    def _count(self, found: Compared) -> None:
        if len(found.channels) > 1:
            self._board.add({"action": found.action, "channels": " + ".join(sorted(found.channels))}, found.alike)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return the share of cases that got the same answer everywhere."""
        for found in self._cases.values():
            self._count(found)
        self._cases.clear()
        lost = tuple(
            f"See why cases of {action} were not answered alike: {tally.missed} of {tally.denominator}"
            for (action,), tally in self._board.rows("action", by=lambda tally: tally.missed)
        )
        return (measure(MEANING, self._board, lost),)


def digest(event: DecisionEvent) -> bytes:
    """Return what two decisions on the same case have in common."""
    case = {name: value for name, value in event.case.items() if name not in CIRCUMSTANCES}
    what = [event.release, event.action, event.agent.role or UNKNOWN, event.asked, event.inputs, case]
    return blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=16).digest()
