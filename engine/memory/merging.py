"""What the ledger knows and what a caller says of the same customer, as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.memory.history import Entry

TAKEN: Final = frozenset({"accepted", "overridden"})
"""Outcomes that count against the customer's limits at least as much as none."""


def merged(own: Sequence[Entry], given: Sequence[Any] | None) -> list[Any]:
    """Return the entries of both, each id once: the caller's in their places, then what only the ledger has.

    Where both have an entry the ledger's stands. Of an outcome that the ledger does not know, the caller is believed
    only when it says that the offer was taken: saying that it was not would make room for another. What the caller
    alone has is passed on as it is, right or wrong, so that a pointer to what is wrong with it is right.
    """
    known = {str(entry["id"]): entry for entry in own}
    made: list[Any] = []
    met: set[str] = set()
    for one in given or ():
        id_ = one.get("id") if isinstance(one, Mapping) else None
        if not isinstance(id_, str) or id_ not in known:
            made.append(one)
        elif id_ not in met:
            met.add(id_)
            made.append(_both(known[id_], one))
    return [*made, *(entry for id_, entry in known.items() if id_ not in met)]


def _both(own: Entry, given: Mapping[str, Any]) -> Entry:
    """Return an entry that both have."""
    if "outcome" in own and own["outcome"] is None and given.get("outcome") in TAKEN:
        return {**own, "outcome": given["outcome"]}
    return own


def merged_signals(computed: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the signals of both by name; what was computed stands."""
    return {**(given or {}), **computed}
