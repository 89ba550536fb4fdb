"""A population of requests that were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.rows import table_of
from engine.backends.reference import evaluate
from engine.case import Asked, Case, asked_of, case_of
from engine.decide import request_id
from engine.language.diagnostics import Diagnostic, Mark
from engine.problems import RequestError
from engine.program.plan import Policy
from engine.program.types import NULL
from engine.release import Release, release_of
from engine.values.json import moment_json
from schemas.decision import Problem
from schemas.request import DecisionRequest
from simulations.populations.index import Index, Indexing
from simulations.populations.inputs import inputs_type
from simulations.populations.population import Asks, Batch, Origin
from simulations.populations.problem import MANY, PopulationError
from simulations.populations.recorded import Past, Recorded

LINES: Final = 65_536
"""How many asks a batch has at most, but that a customer is not split."""


@dataclass(frozen=True, eq=False)
class Requests:
    """A population of requests; several asks of one request each see the facts as the request has them.

    (What an earlier ask changes depends on the policy that grants it, and a population knows of none.)
    """

    policy: Policy
    recorded: Recorded
    now: int | None
    index: Index

    @property
    def origin(self) -> Origin:
        """Return what kind of population it is."""
        return self.recorded.origin

    @property
    def hash(self) -> str:
        """Return `sha256:...` over what is recorded."""
        return self.recorded.hash

    @property
    def customers(self) -> int:
        """Return how many customers there are."""
        return len(self.index.ids)

    @property
    def fixed(self) -> Mapping[str, object]:
        """Return nothing: each request says all for itself."""
        return {}

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.index)

    def batch(self, number: int) -> Batch:
        """Return a batch by its place, from 0."""
        release, index = prepared(self.policy), self.index
        customers, places = index.customers(number), index.places(number)
        gathered = _Gathered(self.policy, customers.start)
        for place, past in zip(places.tolist(), self.recorded.read(places), strict=True):
            case, asks = self._asked(release, past)
            gathered.facts(int(index.whose[place]), case)
            for count, one in enumerate(asks):
                id_ = case.id if len(asks) == 1 else f"{case.id}.{count + 1}"
                gathered.ask(one, _Ask(int(index.whose[place]), int(index.firsts[place]) + count, id_, past.accepted))
        return gathered.batch([index.ids[customer] for customer in customers])

    def _asked(self, release: Release, past: Past) -> tuple[Case, list[Asked]]:
        """Return the case of a request and its asks, which were in order when the population was made."""
        try:
            return asked(release, past, self.now)
        except RequestError as problem:
            raise PopulationError(list(told(problem.problem, past.mark))) from None


@lru_cache(maxsize=8)
def prepared(policy: Policy) -> Release:
    """Return what checks requests by a policy."""
    return release_of(policy)


def asked(release: Release, past: Past, now: int | None) -> tuple[Case, list[Asked]]:
    """Return the case of a request and its asks; raise `RequestError` with what is wrong with it."""
    if isinstance(past.request, RequestError):
        raise past.request
    request = past.request
    if request.now is None and now is not None:
        request = request.model_copy(update={"now": moment_json(now, release.policy.conventions.zone)})
    case = case_of(release, request, request.id or request_id(release, request))
    return case, list(_asks(release, case, request))


def _asks(release: Release, case: Case, request: DecisionRequest) -> Iterator[Asked]:
    """Yield what a request asks."""
    if request.ask is not None:
        yield asked_of(release, case, request.ask)
    for place, ask in enumerate(request.asks or ()):
        yield asked_of(release, case, ask, f"/asks/{place}")


def requests(release: Release, recorded: Recorded, now: int | None = None, rows: int = LINES) -> Requests:
    """Return the population of what is recorded, in batches of so many rows; `now` is for requests that do not say.

    Raises `PopulationError` with the requests that are malformed.
    """
    indexing = Indexing()
    wrong: list[Diagnostic] = []
    for past in recorded.read(np.arange(len(recorded))):
        try:
            case, asks = asked(release, past, now)
            indexing.add(past.customer or customer_of(release.policy, case.inputs), case.id, len(asks))
        except RequestError as problem:
            wrong += told(problem.problem, past.mark)
            if len(wrong) >= MANY:
                break
    if wrong:
        raise PopulationError(wrong)
    return Requests(release.policy, recorded, now, indexing.index(rows))


def told(problem: Problem, mark: Mark) -> Iterator[Diagnostic]:
    """Yield what is wrong with the request at a place."""
    if not problem.errors:
        yield Diagnostic(mark, problem.type.rsplit("/", 1)[-1], problem.detail, problem.help)
    for error in problem.errors:
        place = f"`{error.pointer}`: " if error.pointer else ""
        yield Diagnostic(mark, error.code, place + error.detail, error.help)


def customer_of(policy: Policy, inputs: Mapping[str, object]) -> str | None:
    """Return who a case is about, where the pack says so and it is known."""
    found = None if policy.customer_id is None else evaluate(policy.customer_id, inputs)
    return None if found is None or found is NULL else str(found)


@dataclass(frozen=True, slots=True)
class _Ask:
    """An ask beside its inputs: whose it is, its number, what it is called, and whether its offer was taken."""

    customer: int
    number: int
    id: str
    accepted: bool | None


class _Gathered:
    """A batch as it comes together."""

    def __init__(self, policy: Policy, first: int) -> None:
        self._policy, self._first = policy, first
        self._facts: dict[int, Mapping[str, object]] = {}
        self._asks: dict[str, list[tuple[Asked, _Ask]]] = {}

    def facts(self, customer: int, case: Case) -> None:
        """Take the facts of a customer, unless they were taken from an earlier request."""
        self._facts.setdefault(customer, case.inputs)

    def ask(self, asked: Asked, ask: _Ask) -> None:
        """Take an ask."""
        self._asks.setdefault(asked.plan.action.name, []).append((asked, ask))

    def batch(self, ids: Sequence[str]) -> Batch:
        """Return what was taken, of customers that are called so."""
        people = [self._facts[self._first + place] for place in range(len(ids))]
        return Batch(
            people=table_of(self._policy.pack.facts, people),
            numbers=np.arange(self._first, self._first + len(ids)),
            ids=ids,
            asks=tuple(self._of(action) for action in self._policy.plans if action in self._asks),
        )

    def _of(self, action: str) -> Asks:
        """Return the asks for an action."""
        asked, asks = zip(*self._asks[action], strict=True)
        accepted = [ask.accepted for ask in asks]
        return Asks(
            action=action,
            table=table_of(inputs_type(self._policy, self._policy.plans[action]), [one.inputs for one in asked]),
            people=np.array([ask.customer - self._first for ask in asks]),
            numbers=np.array([ask.number for ask in asks]),
            ids=[ask.id for ask in asks],
            accepted=None if all(one is None for one in accepted) else pl.Series(accepted, dtype=pl.Boolean),
        )
