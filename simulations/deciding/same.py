"""Which actions releases decide alike, whatever the facts."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from engine.language.packs.pack import Deny, Refer, Rule
from engine.program.nodes import Node
from engine.program.plan import DECIDE, OFFER, SETTLE, ActionPlan
from engine.program.share import Pool, shared_nodes
from engine.release import Release
from simulations.deciding.programs import stage_of

STAGES = (DECIDE, SETTLE, OFFER)


class Meanings:
    """Tells what the actions of releases mean, expression for expression; other meanings may still decide alike."""

    def __init__(self) -> None:
        """Begin with no release."""
        self._pool = Pool()

    def of(self, release: Release) -> Mapping[str, Hashable]:
        """Return by action what equals that of any release in which the action means the same."""
        outputs = {name: tuple(_outputs(release, name)) for name in release.policy.plans}
        dates = _dates(release)
        shared = shared_nodes([*dates, *(node for some in outputs.values() for _, node in some)], self._pool)
        frame = _frame(release), tuple(shared[node] for node in dates)
        return {
            name: (frame, tuple((output, shared[node]) for output, node in some), _plan(release.policy.plans[name]))
            for name, some in outputs.items()
        }


def same_actions(one: Release, other: Release) -> frozenset[str]:
    """Return the actions that mean the same in both."""
    meanings = Meanings()
    first, second = meanings.of(one), meanings.of(other)
    return frozenset(name for name in first.keys() & second.keys() if first[name] == second[name])


def _frame(release: Release) -> Hashable:
    """Return what the answers to all asks depend on beside their action."""
    policy = release.policy
    return policy.pack.header.ladder, policy.pack.header.desks, policy.conventions


def _dates(release: Release) -> list[Node]:
    return [] if release.policy.as_of is None else [release.policy.as_of]


def _outputs(release: Release, name: str) -> Iterator[tuple[str, Node]]:
    """Yield what is evaluated of an action."""
    plan = release.policy.plans[name]
    for stage in STAGES:
        yield from stage_of(release, name, stage).outputs
    yield from ((f"amount:{rule.rule.id}", rule.amount) for rule in plan.rules if rule.amount is not None)


def _plan(plan: ActionPlan) -> Hashable:
    """Return what answers make of the values."""
    rules = tuple(
        (one.rule.id, one.rule.reason, _effect(one.rule), one.waivable_from, one.prefer) for one in plan.rules
    )
    said = (plan.action.amount, plan.action.proactive, plan.action.otherwise_reason)
    return rules, said, plan.prefer, plan.terms, plan.reads


def _effect(rule: Rule) -> Hashable:
    """Return what kind of rule it is, and what it stands against."""
    final = isinstance(rule.effect, Deny) and rule.effect.final
    desk = rule.effect.desk if isinstance(rule.effect, Refer) else ""
    return type(rule.effect).__name__, final, desk, frozenset(id_ for id_, _ in rule.overrides)
