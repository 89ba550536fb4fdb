"""What the ledger knows and what a caller says of the same customer, as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from engine.memory.beside import Entry, GivenEntry

Of = TypeVar("Of", Entry, GivenEntry)

TAKEN: Final = frozenset({"accepted", "overridden"})
"""Outcomes that count against the customer's limits at least as much as none."""


def merged(own: Sequence[Of], given: Sequence[Of]) -> list[Of]:
    """Return the entries of both, each id once: the caller's in their places, then what only the ledger has.

    Where both have an entry the ledger's stands. Of an outcome that the ledger does not know, the caller is believed
    only when it says that the offer was taken: saying that it was not would make room for another. Both are as a
    request gives entries, or both as a case has them.
    """
    known: dict[object, Of] = {entry["id"]: entry for entry in own}
    made: list[Of] = []
    met: set[object] = set()
    for one in given:
        id_ = one.get("id")
        if id_ not in known:
            made.append(one)
        elif id_ not in met:
            met.add(id_)
            made.append(_both(known[id_], one))
    made += [entry for entry in own if entry["id"] not in met]
    return made


def _both(own: Of, given: Of) -> Of:
    """Return an entry that both have."""
    if "outcome" in own and not isinstance(own["outcome"], str) and given.get("outcome") in TAKEN:
        return {**own, "outcome": given["outcome"]}
    return own
