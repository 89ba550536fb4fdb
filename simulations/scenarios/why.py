"""Why a scenario's step was decided as it was: the rules that spoke, and the conditions that kept others from it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.answer import Answer
from engine.backends.reference import Reference
from engine.language.packs.pack import Allow, Cap, Deny, Effect, Floor, FollowUp, OnlyRequire, Refer, Rule, Tell
from engine.program.nodes import Node
from engine.questions import missing_facts
from simulations.scenarios.conditions import Leaf, Watched
from simulations.scenarios.run import Answered

WORDS: dict[type[Effect], str] = {
    Allow: "allow",
    Deny: "deny",
    Cap: "cap",
    Floor: "floor",
    Refer: "refer",
    Tell: "tell",
    FollowUp: "follow_up",
    OnlyRequire: "require",
}


def why(watched: Watched, step: Answered) -> tuple[str, ...]:
    """Return lines that say what decided a step: its rules that hold or are unknown, and why others do not hold."""
    if step.answer is None or step.decision is None:
        return ()
    values = step.answer.values
    named = set(_named(step))
    head = f"decided `{step.decision.verdict}`, reasons: {', '.join(step.decision.reasons) or 'none'}"
    lines = [head, *_gaps(step.answer)]
    for rule in watched.pack.rules:
        if watched.pack.covers(rule, step.answer.plan.action):
            lines += _told(watched, rule, values, rule.id in named or isinstance(rule.effect, Allow))
    return tuple(lines)


def _named(step: Answered) -> Iterator[str]:
    """Yield the rules that failed expectations name."""
    for one in step.differences:
        if one.expected.key in ("rules", "not_rules", "waived") and isinstance(one.expected.value, list):
            yield from map(str, one.expected.value)


def _gaps(answer: Answer) -> list[str]:
    if answer.verdict != "ask":
        return []
    return [f"missing: {', '.join(gap.fact for gap in missing_facts(answer))}"]


def _told(watched: Watched, rule: Rule, values: Reference, wanted: bool) -> Iterator[str]:
    """Yield a rule's own truth, and that of its conditions where it does not hold and is of interest."""
    truth = values.value(watched.hits[rule.id])
    if truth is False and not wanted:
        return
    yield f"{truth_word(truth)}: {WORDS[type(rule.effect)]} `{rule.id}` ({rule.mark})"
    if truth is not True:
        for leaf, node, opposite in _leaves(watched, rule):
            yield f"    {truth_word(values.value(node), opposite)}: {leaf.text}"


def _leaves(watched: Watched, rule: Rule) -> list[tuple[Leaf, Node, bool]]:
    """Return a rule's own conditions in order."""
    own = [
        (leaf, node, opposite)
        for node, leaves in watched.leaves.items()
        for leaf, opposite in leaves.items()
        if leaf.rule == rule.id
    ]
    return sorted(own, key=lambda one: one[0])


def truth_word(truth: object, opposite: bool = False) -> str:
    """Return a condition's truth, or its opposite, in a word."""
    return str(truth is not opposite).lower() if isinstance(truth, bool) else "unknown"
