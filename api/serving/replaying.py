"""A past decision decided again: as it was then, and as it would be now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.serving.deciding import again, decision_in
from api.serving.desk import Desk
from engine.decide import decide
from engine.memory.replaying import digest, request_of
from engine.problems import RequestError
from schemas.decision import Decision, Decisions

COMPARED = ("verdict", "final", "reasons", "rung", "desk", "within_authority", "offer", "alternatives", "requirements")
"""What a difference between then and now is told of."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is another under the present release."""

    what: str
    then: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision decided again from its kept case."""

    then: Decision
    same: bool
    """Whether it came out as it was given, to the byte."""
    now: Decision | None
    """By the present release, of the same case; None where that does not read it."""
    differences: tuple[Difference, ...]


def replayed(desk: Desk, id_: str) -> Replay:
    """Return a decision decided again, by the release of then and by that of now.

    Raises `UnknownDecision`, `CaseGone` where its customer was erased, `LedgerProblem` where its release is not kept.
    """
    event = decision_in(desk.ledger, id_)
    then = again(desk, event)
    try:
        found = decide(desk.release, request_of(event.case))
    except RequestError:
        return Replay(then, digest(then) == event.digest, None, ())
    now = found.decisions[-1] if isinstance(found, Decisions) else found
    return Replay(then, digest(then) == event.digest, now, tuple(_differences(then, now)))


def _differences(then: Decision, now: Decision) -> Iterator[Difference]:
    before, after = (one.model_dump(mode="json") for one in (then, now))
    for what in COMPARED:
        if before[what] != after[what]:
            yield Difference(what, before[what], after[what])
