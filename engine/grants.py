"""What granting changes: the facts by the action's effects, the history, and what was granted lately."""

from __future__ import annotations

from dataclasses import replace

from engine.answer import Answer
from engine.budgets import added
from engine.case import Asked, Case
from engine.program.types import MONEY, NULL
from engine.release import Release


def granted(release: Release, case: Case, asked: Asked, answer: Answer, id_: str) -> Case:
    """Return the case after an ask was granted."""
    inputs = dict(case.inputs)
    changes = [(path, answer.values.value(node)) for path, node in asked.plan.effects]
    for path, value in changes:
        inputs = changed(inputs, path, value)
    if isinstance(history := inputs.get("history"), tuple):
        inputs["history"] = (*history, _entry(case, asked, answer, id_))
    if isinstance(lately := inputs.get("granted"), dict):
        inputs["granted"] = added(lately, asked.plan.action.name, answer.granted)
    return replace(case, inputs=inputs)


def changed(inputs: dict[str, object], path: tuple[str, ...], value: object) -> dict[str, object]:
    """Return the inputs with the fact at a path set (`[2]` is an item of a list); unknown takes it out."""
    made = _changed(inputs, path, value)
    assert isinstance(made, dict)
    return made


def _changed(whole: object, path: tuple[str, ...], value: object) -> object:
    if not path:
        return value
    head, *rest = path
    if isinstance(whole, tuple):
        place = int(head[1:-1]) if head.startswith("[") else -1
        return tuple(_changed(one, tuple(rest), value) if i == place else one for i, one in enumerate(whole))
    made = dict(whole) if isinstance(whole, dict) else {}
    inner = _changed(made.get(head), tuple(rest), value)
    if inner is None:
        made.pop(head, None)
    else:
        made[head] = inner
    return made


def _entry(case: Case, asked: Asked, answer: Answer, id_: str) -> dict[str, object]:
    money = asked.plan.amount_type == MONEY and asked.plan.action.amount == "money"
    counted = asked.plan.action.amount == "int"
    ask = asked.inputs["ask"]
    return {
        "id": id_,
        "action": asked.plan.action.name,
        "verdict": "approve",
        "outcome": "accepted",
        "amount": answer.granted if money else NULL,
        "units": answer.granted if counted else NULL,
        "at": case.now,
        "session": case.session or NULL,
        "ask": {name: value for name, value in ask.items() if name not in ("action", "amount")}
        if isinstance(ask, dict)
        else {},
    }
