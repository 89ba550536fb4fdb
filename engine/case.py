"""A request to a case: checked, in the engine's own values, ready to be decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.backends.reference import evaluate, meaning
from engine.backends.times import date_of
from engine.language.diagnostics import did_you_mean
from engine.language.packs.inputs import ASKED, RUNG
from engine.problems import RequestError, error_at
from engine.program.nodes import Field, Input, Node
from engine.program.plan import ActionPlan
from engine.program.types import NULL
from engine.release import Release
from engine.values.parse import ValueProblem
from schemas.decision import ProblemError
from schemas.request import Ask, DecisionRequest

BESIDE: Final = ("now", "history", "granted", "signals", "promises")
"""What a request says beside its facts, and expressions read."""


@dataclass(frozen=True, slots=True)
class Case:
    """One customer at one moment, seen by one agent; `inputs` are all but the ask."""

    id: str
    inputs: dict[str, object]
    rung: int
    now: int
    session: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """The facts as the request has them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One ask of a case: its action, the amount asked (0 for none), and the inputs that expressions read."""

    plan: ActionPlan
    amount: int
    inputs: dict[str, object]
    given: Mapping[str, Any] = field(default_factory=dict)
    """The action's own inputs as the request has them."""
    at: str = "/ask"
    """Where in the request it stands."""


def case_of(release: Release, request: DecisionRequest, id_: str) -> Case:
    """Return the case of a request; raise `RequestError` with everything that is wrong with it."""
    header = release.policy.pack.header
    if request.pack is not None and request.pack != header.name:
        raise RequestError("unknown-pack", f"the pack that answers here is `{header.name}`")
    if request.now is None:
        raise RequestError("missing-now", "the engine has no clock", "say `now`, ISO 8601")
    problems: list[ProblemError] = []
    inputs = _read(release.facts, request.facts, "/facts", problems)
    facts: dict[str, object] = dict(inputs) if isinstance(inputs, dict) else {}
    _given(release, request, facts, problems)
    _events(release, request, facts, problems)
    rung = _agent(release, request, facts, problems)
    if not problems:
        _as_of(release, request, facts, problems)
    if problems:
        raise invalid(problems)
    now = facts["now"]
    assert isinstance(now, int)
    return Case(id_, facts, rung, now, request.session, request.facts)


def recalled(release: Release, case: Case, request: DecisionRequest, known: Mapping[str, object]) -> Case:
    """Return the case of a request with what a memory knows beside the facts, in the engine's values; None: unknown."""
    facts = {name: value for name, value in {**case.inputs, **known}.items() if value is not None}
    if request.as_of is None:
        facts.pop("as_of", None)
        facts.update(_chosen_day(release, facts))
    return replace(case, inputs=facts)


def _given(release: Release, request: DecisionRequest, facts: dict[str, object], problems: list[ProblemError]) -> None:
    """Put what a request says beside its facts among the facts."""
    for name in BESIDE:
        given = getattr(request, name)
        if given is not None and (value := _read(release.always[name], given, f"/{name}", problems)) is not None:
            facts[name] = value


def invalid(problems: list[ProblemError]) -> RequestError:
    """Return the error that names all that is wrong with a request."""
    count = len(problems)
    detail = problems[0].detail if count == 1 else f"{count} values are not as the pack declares them"
    return RequestError("invalid-request", detail, errors=tuple(problems))


def _read(read: Callable[[object], object], given: object, at: str, problems: list[ProblemError]) -> object:
    try:
        return read(given)
    except ValueProblem as problem:
        problems += [error_at(at + one.pointer, one.code, one.message, one.help) for one in problem.all]
        return None


def _events(release: Release, request: DecisionRequest, facts: dict[str, object], problems: list[ProblemError]) -> None:
    """Put what is seen in the request's events beside the signals that it gives, which come first."""
    now, signals = facts.get("now"), release.policy.signals
    if request.events is None or not isinstance(now, int):
        return
    given = request.events
    found = _read(lambda _: release.events.occurrences(given), None, "/events", problems)
    if isinstance(found, tuple):
        told = facts.get("signals", {})
        assert isinstance(told, dict)
        from engine.signals.seeing import evaluator  # noqa: PLC0415 - slow to import, and few requests tell events

        facts["signals"] = {**release.events.seen_in(evaluator(), signals, found, now), **told}


def _agent(release: Release, request: DecisionRequest, facts: dict[str, object], problems: list[ProblemError]) -> int:
    agent = request.agent
    facts["agent"] = {"role": agent.role or NULL, "id": agent.id or NULL, "team": agent.team or NULL}
    facts["channel"] = NULL if request.channel is None else request.channel
    if agent.role is None:
        return 0
    if agent.role not in release.rungs:
        near = did_you_mean(agent.role, release.rungs)
        problems.append(error_at("/agent/role", "unknown-role", "this role is not on the pack's ladder", near))
    return release.rungs.get(agent.role, 0)


def _as_of(release: Release, request: DecisionRequest, facts: dict[str, object], problems: list[ProblemError]) -> None:
    """Set the day whose rules hold: the request's, else the pack's, else today; unknown when the pack's is."""
    if request.as_of is None:
        facts.update(_chosen_day(release, facts))
        return
    kind = "as_of" if len(request.as_of) <= len("2026-03-01") else "now"
    given = _read(release.always[kind], request.as_of, "/as_of", problems)
    if kind == "now" and isinstance(given, int):
        given = date_of(given, release.policy.conventions.zone)
    facts["as_of"] = given


def _chosen_day(release: Release, facts: Mapping[str, object]) -> dict[str, object]:
    """Return the day whose rules hold unless a request says another, by its name; nothing where it is unknown."""
    policy = release.policy
    chosen = facts["now"] if policy.as_of is None else _value(policy.as_of, facts)
    timestamp = policy.as_of is None or str(policy.as_of.type) == "timestamp"
    if chosen is None or chosen is NULL:
        return {}
    assert isinstance(chosen, int)
    return {"as_of": date_of(chosen, policy.conventions.zone) if timestamp else chosen}


def asked_of(release: Release, case: Case, ask: Ask, at: str = "/ask") -> Asked:
    """Return one ask of a case; raise `RequestError` when it is malformed."""
    plan = release.policy.plans.get(ask.action)
    if plan is None:
        near = did_you_mean(ask.action, release.policy.plans)
        raise RequestError(
            "unknown-action",
            "the pack has no such action",
            near,
            (error_at(f"{at}/action", "unknown-action", "the pack has no such action", near),),
        )
    problems: list[ProblemError] = []
    amount = _amount(release, plan, ask, at, problems)
    given: dict[str, Any] = dict(ask.__pydantic_extra__ or {})
    inputs = _read(release.asks[ask.action], given, at, problems)
    if problems:
        raise invalid(problems)
    assert isinstance(inputs, dict)
    return Asked(plan, amount, asked_inputs(case, plan, amount, inputs), given, at)


def asked(plan: ActionPlan, case: Case, amount: int, inputs: Mapping[str, object]) -> Asked:
    """Return an ask whose values are the engine's already."""
    return Asked(plan, amount, asked_inputs(case, plan, amount, inputs))


def asked_inputs(case: Case, plan: ActionPlan, amount: int, inputs: Mapping[str, object]) -> dict[str, object]:
    """Return what expressions read of a case and an ask."""
    fact: dict[str, object] = {"action": plan.action.name, **inputs}
    if amount:
        fact["amount"] = amount
    return {**case.inputs, "ask": fact, ASKED: amount, RUNG: case.rung}


def _amount(release: Release, plan: ActionPlan, ask: Ask, at: str, problems: list[ProblemError]) -> int:
    if ask.amount is None:
        return 0
    place = f"{at}/amount"
    if plan.action.amount == "none":
        problems.append(error_at(place, "no-amount", f"`{plan.action.name}` has no amount to ask for"))
        return 0
    value = _read(release.amounts[plan.action.name], ask.amount, place, problems)
    if isinstance(value, int) and value <= 0:
        problems.append(error_at(place, "amount-not-positive", "an amount asked for is above 0"))
    return value if isinstance(value, int) else 0


def text_of(node: Node | None, case: Case) -> str | None:
    """Return the value of an expression as a text; None where it is unknown or none."""
    value = None if node is None else _value(node, case.inputs)
    return str(value) if isinstance(value, str | int) else None


def _value(node: Node, inputs: Mapping[str, object]) -> object | None:
    """Return the value of an expression; an input, or a field of one, as most of these are, is only looked up."""
    match node:
        case Input(name=name):
            return inputs.get(name)
        case Field(of=of):
            return meaning(node, (_value(of, inputs),))
        case _:
            return evaluate(node, inputs)
