"""Requests as rows of asks, and what the engine answers to each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.answer import Answer, answer_of
from engine.backends.columnar.rows import table_of
from engine.case import Asked, Case, asked_of, case_of
from engine.language.diagnostics import Diagnostics, Mark
from engine.release import Release
from schemas.request import DecisionRequest
from simulations.populations.inputs import inputs_type
from simulations.populations.population import Asks, Numbers, Origin
from simulations.populations.recorded import Past
from simulations.scenarios.read import scenarios_of
from simulations.scenarios.run import Customer, request_of
from simulations.scenarios.scenario import Scenario, Step


@dataclass(frozen=True)
class Rows:
    """Asks for one action, with the case and the ask of each row."""

    asks: Asks
    cases: tuple[Case, ...]
    asked: tuple[Asked, ...]

    def answers(self, release: Release) -> Iterator[Answer]:
        """Yield what the engine answers to each row."""
        for case, asked in zip(self.cases, self.asked, strict=True):
            plan = release.policy.plans[asked.plan.action.name]
            yield answer_of(release, case, replace(asked, plan=plan))


def rows(release: Release, requests: Iterable[DecisionRequest]) -> list[Rows]:
    """Return requests as rows, by action."""
    by_action = defaultdict(list)
    for number, request in enumerate(requests):
        case = case_of(release, request, f"r-{number}")
        assert request.ask is not None
        by_action[request.ask.action].append((number, case, asked_of(release, case, request.ask)))
    return [_rows(release, action, some) for action, some in by_action.items()]


def _rows(release: Release, action: str, some: list[tuple[int, Case, Asked]]) -> Rows:
    numbers, cases, asked = zip(*some, strict=True)
    type_ = inputs_type(release.policy, release.policy.plans[action])
    asks = Asks(
        action=action,
        table=table_of(type_, [one.inputs for one in asked]),
        people=np.arange(len(some)),
        numbers=np.array(numbers),
        ids=[case.id for case in cases],
    )
    return Rows(asks, cases, asked)


def step_request(release: Release, scenario: Scenario, step: Step | None = None) -> DecisionRequest:
    """Return the request of a step of a scenario, else of its first, with what the scenario gives before any step."""
    step = step or scenario.steps[0]
    first = Customer(scenario.facts, scenario.history, scenario.events, scenario.granted, step.asker, step.now)
    return request_of(release, scenario, step, first.at(release, step))


def scenario_requests(release: Release, folder: Path) -> list[DecisionRequest]:
    """Return a request of every step of a pack's scenarios, each with the scenario's facts."""
    return [step_request(release, one, step) for one in scenarios_of(folder, Diagnostics()) for step in one.steps]


@dataclass(frozen=True)
class Kept:
    """Requests in memory, as a ledger would keep them."""

    requests: tuple[DecisionRequest, ...]
    accepted: tuple[bool | None, ...]
    customers: tuple[str, ...]

    @property
    def origin(self) -> Origin:
        return "ledger"

    @property
    def hash(self) -> str:
        return "sha256:kept"

    def __len__(self) -> int:
        return len(self.requests)

    def read(self, places: Numbers) -> Iterator[Past]:
        for place in places.tolist():
            yield Past(self.requests[place], Mark("kept", place), self.customers[place], self.accepted[place])
