"""Writing to the database what was set aside, in its order, each event once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from api.ledger.committing import Committer
from api.ledger.queueing import TOGETHER, Job
from api.ledger.spilling import Broken, Spill, line_of
from api.ledger.stored import Prepared


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a file of events."""

    added: int
    """Events that were not in the database before."""
    refused: int
    """Lines that could not be written; they are kept beside."""


def replay(spill: Spill, committer: Committer) -> Replayed:
    """Return what became of all that was set aside in a file; where it raises, replay it again later."""
    added = 0
    refused: list[bytes] = []
    rows = _readable(spill, refused)
    while batch := list(islice(rows, TOGETHER)):
        written = committer.commit([Job(rows=[row]) for row in batch])
        added += written.added
        refused += [line_of(row) for row, outcome in zip(batch, written.outcomes, strict=True) if outcome != []]
    if refused:
        spill.refuse(refused)
    return Replayed(added, len(refused))


def _readable(spill: Spill, refused: list[Broken]) -> Iterator[Prepared]:
    for row in spill.rows():
        if isinstance(row, Prepared):
            yield row
        else:
            refused.append(row)
