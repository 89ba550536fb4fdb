"""What comes with a decision: requirements, things to tell, follow-ups, promises, effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.language.cel.convert import Mismatch, convert
from engine.language.cel.scope import TypeProblem
from engine.language.cel.typecheck import dotted
from engine.language.diagnostics import did_you_mean
from engine.language.packs.names import Names
from engine.language.packs.pack import Action, Expression, FollowUp, OnlyRequire, Requirement, Rule, Tell
from engine.program.nodes import Failure, Input, Node
from engine.program.plan import Prefer, PromisePlan, RequirementPlan, RulePlan
from engine.program.rules import RuleNodes
from engine.program.stands import last_day, untimely
from engine.program.terms import FALSE, TRUE, both, certainly, number, possibly
from engine.program.types import MONEY, TIMESTAMP


@dataclass(frozen=True, eq=False, slots=True)
class Notes:
    """An action's notes, and the outputs of their stage."""

    outputs: tuple[tuple[str, Node], ...]
    rules: tuple[RulePlan, ...]
    requirements: tuple[RequirementPlan, ...]
    promises: tuple[PromisePlan, ...]
    effects: tuple[tuple[tuple[str, ...], Node], ...]
    stands: int | None


def notes_of(rules: RuleNodes, names: Names, action: Action, variables: Mapping[str, Node]) -> Notes:
    """Return the notes of an action; its texts may read `variables` (amount, terms, outputs)."""
    writer = _Writer(rules, names, action, variables)
    covering = [rule for rule in names.pack.rules if names.pack.covers(rule, action)]
    noted = [writer.note(rule) for rule in covering if isinstance(rule.effect, (Tell, FollowUp, OnlyRequire))]
    required = [writer.requirement(rule, one) for rule in covering for one in rule.requirements]
    promised, stands = tuple(writer.promises()), writer.stands()
    return Notes(tuple(writer.outputs), tuple(noted), tuple(required), promised, writer.effects(), stands)


class _Writer:
    def __init__(self, rules: RuleNodes, names: Names, action: Action, variables: Mapping[str, Node]) -> None:
        self.rules, self.names, self.action, self.variables = rules, names, action, variables
        self.outputs: list[tuple[str, Node]] = []

    def add(self, name: str, node: Node) -> int:
        self.outputs.append((name, node))
        return len(self.outputs) - 1

    def note(self, rule: Rule) -> RulePlan:
        effect = rule.effect
        due = effect.due if isinstance(effect, (Tell, FollowUp)) else None
        node = None if due is None else self.names.sites.node(due, self.rules.scope(rule))
        index = self.add(f"hit:{rule.id}", certainly(self.rules.hit(rule)))
        if node is not None:
            self.add(f"due:{rule.id}", node)
        variables = {**self.variables, **({} if node is None else {"due": node})}
        return replace(self.rules.said(self.rules.plan(rule, index, None), variables), due=node)

    def requirement(self, rule: Rule, requirement: Requirement) -> RequirementPlan:
        """A requirement counts while its condition is not known to be false, and is met only when known to be."""
        scope = self.rules.scope(rule)
        when = TRUE if requirement.when is None else self.rules.condition(requirement.when, scope)
        applies = possibly(both(self.rules.hit(rule), when))
        met = certainly(FALSE if requirement.met is None else self.rules.condition(requirement.met, scope))
        index = self.add(f"require:{rule.id}", applies)
        self.add(f"met:{rule.id}", met)
        return RequirementPlan(rule, requirement, index, self._offer(requirement))

    def _offer(self, requirement: Requirement) -> Prefer | None:
        if requirement.kind != "offer":
            return None
        if self.names.pack.action(requirement.what) is None:
            known = [one.name for one in self.names.pack.actions]
            message = f"there is no action `{requirement.what}` to offer"
            self.names.found.error(requirement.mark, "unknown-action", message, did_you_mean(requirement.what, known))
            return None
        return Prefer(requirement.what, ())

    def promises(self) -> list[PromisePlan]:
        scope = self.names.scope((self.action,)).with_variables(self.variables)
        made = []
        for promise in self.action.promises:
            due = self.names.sites.node(promise.due, scope)
            index = self.add(f"promise:{promise.id}", due)
            say = () if promise.say is None else self.names.sites.template(
                promise.say, scope.with_variables({"due": due})
            )  # fmt: skip
            made.append(PromisePlan(promise.id, index, due, say))
        return made

    def stands(self) -> int | None:
        """Return where the last day is on which an offer is good; nowhere where the action does not say."""
        written = self.action.stands
        if written is None:
            return None
        node = self.names.sites.node(written, self.names.scope((self.action,)).with_variables(self.variables))
        fault = "" if isinstance(node, Failure) else untimely(node)
        if fault:
            help = "write `days(14)` or `business_days(5)`"
            self.names.sites.error(written.mark, "stands-type", f"`stands` is {fault}", help)
        now = self.names.base.leaf(None, Input("now", TIMESTAMP))
        return self.add("stands", last_day(node, now, self.names.base.conventions.zone))

    def effects(self) -> tuple[tuple[tuple[str, ...], Node], ...]:
        return tuple(self._effect(path, value) for path, value in self.action.effects)

    def _effect(self, path: Expression, value: Expression) -> tuple[tuple[str, ...], Node]:
        """Return what granting changes: the path of a fact, and its new value."""
        scope = self.names.scope((self.action,)).with_variables(self.variables)
        amount = self.variables.get("amount", number(0, MONEY))
        place = self.names.sites.node(path, self.names.base)
        try:
            node = self.names.sites.checker.node(value.syntax, scope.with_variables({"amount": amount}))
            node = convert(node, place.type, scope.conventions)
        except TypeProblem as problem:
            self.names.sites.report(value, problem)
            node = place
        except Mismatch as problem:
            self.names.found.error(value.mark, problem.code, f"effect on `{path.text}`: {problem}")
            node = place
        return tuple(dotted(path.syntax).split(".")), node
