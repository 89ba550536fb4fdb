"""A pack's decisions in the ledger as a population: what was asked then, to be decided under other policies."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

import numpy as np
from pydantic import ValidationError
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from api.ledger.connecting import Database, database, reason
from api.ledger.problems import LedgerProblem, LedgerUnavailable, LedgerUnusable
from api.ledger.reading import COLUMNS, Query
from api.ledger.stored import Stored, restored
from api.ledger.tables import events
from api.ledger.vault import Vault, open_vault
from api.serving.opening import Places, memory, places
from engine.language.diagnostics import Diagnostic, Mark
from engine.memory.problems import CaseGone
from engine.memory.replaying import request_of
from engine.problems import RequestError
from engine.release import Release
from schemas.events import DecisionEvent, OutcomeEvent
from schemas.request import DecisionRequest
from simulations.populations.index import Indexing
from simulations.populations.population import Numbers, Origin
from simulations.populations.problem import PopulationError
from simulations.populations.recorded import Past
from simulations.populations.requests import LINES, Requests, asked, told

PAGE: Final = 500
"""Decisions that are read at a time."""
LEDGER: Final = "ledger"
"""What the ledger is called where a file would be named; its lines are those of `leeway ledger query`."""
ANSWERS: Final = (False, True, None)
DECLINED, TAKEN, NOBODY_KNOWS = range(3)
OUTCOMES: Final = {"declined": DECLINED, "accepted": TAKEN}


@dataclass(frozen=True, eq=False)
class PastDecisions:
    """Decisions in a ledger, by their `seq`; the ledger and the keys are opened anew for each reading."""

    where: Places
    hash: str
    """Over the decisions as they are written, and what became of them."""
    seqs: Numbers
    accepted: Numbers
    """What became of each, by its place among `ANSWERS`."""

    @property
    def origin(self) -> Origin:
        """Return that these are asks from the ledger."""
        return "ledger"

    def __len__(self) -> int:
        """Return how many decisions there are."""
        return len(self.seqs)

    def read(self, places: Numbers) -> Iterator[Past]:
        """Yield the requests at these places; raise `PopulationError` where the ledger cannot be read."""
        with _said(), _reading(self.where) as (engine, vault):
            for start in range(0, len(places), PAGE):
                yield from self._page(engine, vault, places[start : start + PAGE])

    def _page(self, engine: Engine, vault: Vault, places: Numbers) -> Iterator[Past]:
        wanted = select(*COLUMNS).where(events.c.seq.in_(self.seqs[places].tolist())).order_by(events.c.seq)
        with engine.connect() as connection:
            rows = connection.execute(wanted).mappings().all()
        if len(rows) != len(places):
            raise LedgerUnusable("decisions are missing that were there when it was opened; run this again")
        vault.warm(row["customer"] for row in rows if row["customer"] is not None)
        for row, answer in zip(rows, self.accepted[places].tolist(), strict=True):
            yield _past(restored(row, vault), ANSWERS[answer])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many decisions cannot be decided again, or are not to be."""

    erased: int
    """Their customers were erased, and their cases with them."""
    honouring: int
    """They kept an earlier promise, and decided nothing anew."""
    unreadable: int
    """The pack does not read their cases any more."""
    first: Diagnostic | None
    """Why not, of the first of these."""

    def __str__(self) -> str:
        """Return what was left out as one line; nothing where nothing was."""
        counts = (
            (self.erased, "of customers who were erased"),
            (self.honouring, "that kept an earlier promise"),
            (self.unreadable, "that the pack does not read any more"),
        )
        parts = [f"{count:,} {what}" for count, what in counts if count]
        why = "" if self.first is None else f" (the first: {self.first})"
        return f"left out of the ledger's decisions: {', '.join(parts)}{why}" if parts else ""


@dataclass(frozen=True, slots=True)
class Replayable:
    """The decisions that can be decided again, as a population, and what is left out of it."""

    population: Requests
    left_out: LeftOut


def replayable(release: Release, ledger: str | None, rows: int = LINES) -> Replayable:
    """Return the decisions of a pack that are in a ledger now, in batches of so many rows.

    Without an address the ledger is where the environment says. Raises `PopulationError` where it cannot be read, or
    holds none that can be decided again.
    """
    gathering = _Gathering(release)
    wanted = Query(kinds=("decision", "outcome"), pack=release.policy.pack.header.name)
    with _said():
        where = places(ledger)
        _check_there(where)
        with memory(where) as found:
            for stored in found.ledger.events(wanted):
                gathering.add(stored)
    return gathering.replayable(where, rows)


class _Gathering:
    """Goes over decisions and outcomes in the order in which they were written."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._indexing = Indexing()
        self._seqs = array("q")
        self._ids: list[str] = []
        self._hash = sha256()
        self._roots: dict[str, str] = {}
        self._outcomes: dict[str, OutcomeEvent] = {}
        self._erased = 0
        self._wrong = 0
        self._first: Diagnostic | None = None

    def add(self, stored: Stored) -> None:
        """Add a decision that can be decided again, count another, note an outcome."""
        event = stored.event
        if isinstance(event, OutcomeEvent):
            self._follow(event)
        elif isinstance(event, DecisionEvent):
            if event.honours is not None:
                self._roots[event.id] = event.honours
            elif not event.case:
                self._erased += 1
            else:
                self._decision(stored, event)

    def _follow(self, event: OutcomeEvent) -> None:
        """Note what became of a decision, or of the one whose promise it keeps, unless something later did."""
        root = self._roots.get(event.decision, event.decision)
        before = self._outcomes.get(root)
        if before is None or _moment(before) <= _moment(event):
            self._outcomes[root] = event

    def _decision(self, stored: Stored, event: DecisionEvent) -> None:
        past = _past(stored, None)
        try:
            _, asks = asked(self._release, past, None)
        except RequestError as problem:
            self._wrong += 1
            self._first = self._first or next(told(problem.problem, past.mark))
            return
        self._indexing.add(past.customer, event.id, len(asks))
        self._seqs.append(stored.seq)
        self._ids.append(event.id)
        self._hash.update(stored.seq.to_bytes(8, "big") + stored.hash)

    def replayable(self, where: Places, rows: int) -> Replayable:
        """Return what was gathered."""
        left_out = LeftOut(self._erased, len(self._roots), self._wrong, self._first)
        if not self._ids:
            name = self._release.policy.pack.header.name
            nothing = f"there is no decision of pack `{name}` that can be decided again"
            raise PopulationError([Diagnostic(Mark(LEDGER), "no-decisions", nothing, str(left_out))])
        accepted = np.array([self._answer(id_) for id_ in self._ids], np.int64)
        self._hash.update(accepted.tobytes())
        past = PastDecisions(where, f"sha256:{self._hash.hexdigest()}", np.array(self._seqs, np.int64), accepted)
        return Replayable(Requests(self._release.policy, past, None, self._indexing.index(rows)), left_out)

    def _answer(self, decision: str) -> int:
        outcome = self._outcomes.get(decision)
        return NOBODY_KNOWS if outcome is None else OUTCOMES.get(outcome.outcome, NOBODY_KNOWS)


def _moment(event: OutcomeEvent) -> tuple[datetime, str]:
    return event.at, event.id


def _past(stored: Stored, accepted: bool | None) -> Past:
    """Return a decision as a request that was made, or why it cannot be told."""
    event = stored.event
    assert isinstance(event, DecisionEvent)
    return Past(_request(event), Mark(LEDGER, stored.seq), event.customer, accepted)


def _request(event: DecisionEvent) -> DecisionRequest | RequestError:
    """Return the request that a decision answers, of several asks with its own alone."""
    try:
        request = request_of(event.case)
    except CaseGone:
        return RequestError("invalid-request", "the customer of this decision was erased meanwhile", "run this again")
    except ValidationError:
        return RequestError("invalid-request", "the case of this decision is no request that this Leeway reads")
    ask = request.ask if request.asks is None else request.asks[-1]
    return request.model_copy(update={"id": event.id, "ask": ask, "asks": None})


@contextmanager
def _reading(where: Places) -> Iterator[tuple[Engine, Vault]]:
    """Yield what reads a ledger, and what opens personal parts; nothing is written."""
    _check_there(where)
    found = database(where.ledger)
    try:
        with open_vault(where.keys) as vault:
            yield found.reading, vault
    finally:
        found.close()


def _check_there(where: Places) -> None:
    """Raise `LedgerUnusable` where the ledger or the keys are a file that is not there; none is to be made."""
    for what, address in (("ledger", where.ledger), ("key store", where.keys)):
        found: Database = database(address)
        found.close()
        if found.file is not None and not found.file.is_file():
            raise LedgerUnusable(f"there is no {what} `{found.file}`; correct its address")


@contextmanager
def _said() -> Iterator[None]:
    """Say as a population does that the ledger cannot be read."""
    try:
        yield
    except DBAPIError as error:
        raise _unread(LedgerUnavailable(reason(error))) from None
    except LedgerProblem as problem:
        raise _unread(problem) from None


def _unread(problem: LedgerProblem) -> PopulationError:
    return PopulationError([Diagnostic(Mark(LEDGER), problem.code, str(problem))])
