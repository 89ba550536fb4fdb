"""A scenario to its result: each step decided, what was granted carried on, expectations compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pydantic import JsonValue, ValidationError

from engine.answer import Answer, answer_of
from engine.budgets import renewed
from engine.case import asked_of, case_of
from engine.decide import decision_of
from engine.explain import explain
from engine.grants import granted
from engine.memory.beside import as_given
from engine.problems import RequestError
from engine.release import Release
from engine.values.parse import ValueProblem
from schemas.decision import Decision
from schemas.request import DecisionRequest
from simulations.scenarios.compare import Difference, differences, explained
from simulations.scenarios.facts import merged
from simulations.scenarios.scenario import Asker, Json, Scenario, Step, Uniform
from simulations.scenarios.uniform import Decided, askers, unevenness

UNNAMED: Final = Asker()


@dataclass(frozen=True, slots=True)
class Answered:
    """One step with its decision, or why there is none, and the expectations that it does not meet."""

    step: Step
    answer: Answer | None
    decision: Decision | None
    problem: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether it was decided as expected."""
        return not self.problem and not self.differences


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario and its steps as far as they went."""

    scenario: Scenario
    steps: tuple[Answered, ...]
    uneven: tuple[str, ...] = ()
    """How answers differ by more than authority, where the scenario says that they may not."""

    @property
    def passed(self) -> bool:
        """Whether every step was decided as expected."""
        return not self.uneven and all(step.passed for step in self.steps)


@dataclass(frozen=True, slots=True)
class Customer:
    """What a step begins with: facts, history, events, and what was granted lately, as JSON."""

    facts: Json
    history: list[JsonValue] | None
    events: list[JsonValue] | None = None
    granted: Json | None = None
    by: Asker = UNNAMED
    """Whose grants they are."""
    since: str | None = None
    """When they were that."""

    def at(self, release: Release, step: Step) -> Customer:
        """Return the customer with what has changed and happened since the step before."""
        events = self.events if step.events is None else [*(self.events or ()), *step.events]
        facts = merged(self.facts, step.facts)
        lately = self._lately(release, step) if step.granted is None else step.granted
        return Customer(facts, self.history, events, lately, step.asker, step.now)

    def _lately(self, release: Release, step: Step) -> Json | None:
        """Return what was granted lately by who asks now: of somebody else, or of another team, nothing is known."""
        if self.granted is None:
            return None
        same = {"agent": step.asker.id == self.by.id, "team": step.asker.team == self.by.team}
        kept = {name: one for name, one in self.granted.items() if same[name]}
        if self.since is None or step.now is None or self.since == step.now:
            return kept
        return later(release, kept, self.since, step.now)


def run(release: Release, scenario: Scenario, explain_all: bool = False) -> Result:
    """Return the result of a scenario, its decisions explained where that is asked or expected.

    A step that cannot be decided is its last.
    """
    if scenario.uniform is not None:
        return _everywhere(_Running(release, scenario, explain=True), scenario.uniform)
    running = _Running(release, scenario, explain_all)
    customer = _at_first(scenario)
    answered: list[Answered] = []
    for number, step in enumerate(scenario.steps, 1):
        customer = customer.at(release, step)
        one = running.answered(step, customer, f"step-{number}")
        answered.append(one)
        if one.answer is None:
            break
        if one.answer.verdict == "approve":
            customer = after(release, one.answer, customer)
    return Result(scenario, tuple(answered))


def _everywhere(running: _Running, uniform: Uniform) -> Result:
    """Return the result of a uniform scenario: its step for everybody who may be asked, each time from the start."""
    scenario = running.scenario
    customer = _at_first(scenario)
    answered: list[Answered] = []
    decisions: list[Decided] = []
    for asker in askers(running.release.policy, uniform):
        one = running.answered(replace(scenario.steps[0], asker=asker), customer, "step")
        answered.append(one)
        if one.decision is None:
            break
        decisions.append((asker, one.decision))
    return Result(scenario, tuple(answered), tuple(unevenness(decisions)))


def _at_first(scenario: Scenario) -> Customer:
    first = scenario.steps[0]
    return Customer(scenario.facts, scenario.history, scenario.events, scenario.granted, first.asker, first.now)


def later(release: Release, lately: Json, since: str, now: str) -> Json:
    """Return what was granted by one time as it stands at another; as it was, where a time is none."""
    try:
        before, moment = (release.always["now"](one) for one in (since, now))
    except ValueProblem:
        return lately
    assert isinstance(before, int)
    assert isinstance(moment, int)
    return renewed(lately, before, moment, release.policy.conventions.zone)


@dataclass(frozen=True, slots=True)
class _Running:
    """A scenario under a release, its decisions explained or not."""

    release: Release
    scenario: Scenario
    explain: bool

    def answered(self, step: Step, customer: Customer, id_: str) -> Answered:
        """Return a step with its decision, or with why there is none."""
        release = self.release
        try:
            request = request_of(release, self.scenario, step, customer)
            case = case_of(release, request, id_)
            asked = asked_of(release, case, request.ask) if request.ask else None
        except (RequestError, ValidationError) as problem:
            return Answered(step, None, None, told(problem), ())
        assert asked is not None
        decision = decision_of(release, case, asked)
        if self.explain or any(map(explained, step.expect)):
            decision = explain(release, request, decision)
        return Answered(step, answer_of(release, case, asked), decision, "", differences(step.expect, decision))


def request_of(release: Release, scenario: Scenario, step: Step, customer: Customer) -> DecisionRequest:
    """Return the request of a step."""
    said = {
        "pack": release.policy.pack.header.name,
        "agent": {"role": step.asker.role, "id": step.asker.id, "team": step.asker.team},
        "channel": step.asker.channel,
        "now": step.now,
        "as_of": scenario.as_of,
        "facts": customer.facts,
        "ask": step.ask,
        "history": customer.history,
        "granted": customer.granted,
        "events": customer.events,
        "signals": scenario.signals,
        "promises": scenario.promises,
    }
    return DecisionRequest.model_validate({name: value for name, value in said.items() if value is not None})


def after(release: Release, answer: Answer, customer: Customer) -> Customer:
    """Return the customer after a grant: facts changed by the action's effects, and the grant in history."""
    inputs = granted(release, answer.case, answer.asked, answer, answer.case.id).inputs
    changed = {path[0] for path, _ in answer.plan.effects if path[0] in inputs}
    facts = {name: as_given(release, name, inputs[name]) for name in changed}
    history = customer.history
    entries = inputs.get("history")
    if history is not None and isinstance(entries, tuple):
        history = [*history, *as_given(release, "history", entries[-1:])]
    lately = customer.granted and as_given(release, "granted", inputs["granted"])
    return replace(customer, facts={**customer.facts, **facts}, history=history, granted=lately)


def told(problem: RequestError | ValidationError) -> str:
    """Return why a step cannot be decided, in a line."""
    if isinstance(problem, ValidationError):
        first = problem.errors()[0]
        return f"/{'/'.join(map(str, first['loc']))}: {first['msg'].lower()}"
    details = [f"{one.pointer}: {one.code}: {one.detail}" for one in problem.problem.errors]
    return "; ".join(details) or f"{problem.problem.detail}; {problem.problem.help}".rstrip("; ")
