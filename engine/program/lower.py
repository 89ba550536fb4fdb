"""A pack to a program: the one place that says what a decision means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.language.diagnostics import Diagnostics
from engine.language.packs.names import Cycle, Names, names_of
from engine.language.packs.pack import Action, Definition, Pack, Table
from engine.program.missing import Missing
from engine.program.nodes import Field, Input, Node
from engine.program.notes import notes_of
from engine.program.offers import economics, values_of
from engine.program.plan import CEILINGS, DECIDE, NOTES, OFFER, OUTPUTS, SETTLE, ActionPlan, Policy, RulePlan
from engine.program.program import Program, Stage
from engine.program.replan import nodes_of, with_nodes
from engine.program.rules import RuleNodes
from engine.program.share import share_with
from engine.program.signals import event_kinds, signals_of
from engine.program.terms import both, either, no, possibly
from engine.program.types import Kind, kind_of
from engine.program.verdict import Verdict, verdict_of
from engine.program.voices import voices_of
from engine.program.walk import operands, postorder


def lower(pack: Pack, found: Diagnostics) -> Policy:
    """Return the policy of a pack; of no use where something was reported to `found` as an error."""
    names = names_of(pack, found)
    touch(names)
    rules = RuleNodes(pack, names, found)
    lowered = [_Lowering(names, rules, action).action() for action in pack.actions]
    stages = tuple((plan.action.name, of) for plan, of in lowered)
    header, base = pack.header, names.base
    program, shared = share_with(Program(base.inputs, stages), [node for plan, _ in lowered for node in nodes_of(plan)])
    return Policy(
        pack=pack,
        program=program,
        plans={plan.action.name: with_nodes(plan, shared) for plan, _ in lowered},
        conventions=base.conventions,
        as_of=None if header.as_of is None else names.sites.node(header.as_of, base),
        customer_id=None if header.customer_id is None else names.sites.node(header.customer_id, base),
        columns=names.sites.columns,
        signals=signals_of(pack),
        kinds=event_kinds(pack),
        segment=_segment(names),
    )


def _segment(names: Names) -> Node | None:
    """Return the definition `segment`, where there is one and it is a text."""
    defined = names.base.values.get("segment")
    node = None if defined is None else defined(0)
    return node if node is not None and kind_of(node.type) is Kind.TEXT else None


def touch(names: Names) -> None:
    """Expand every definition, parameter and table once, so that mistakes in unused ones are found too."""
    seen: set[frozenset[str]] = set()
    named: list[Definition | Table] = [*names.pack.definitions, *names.pack.tables]
    for value in names.base.values.values():
        try:
            value(0)
        except Cycle as cycle:
            if frozenset(cycle.path) in seen:
                continue
            seen.add(frozenset(cycle.path))
            bare = {step.split(".")[1] if step.startswith("tables.") else step for step in cycle.path}
            mark = next((one.mark for one in named if one.name in bare), names.pack.header.mark)
            steps = " -> ".join(f"`{step}`" for step in cycle.path)
            names.found.error(mark, "cyclic-define", f"these need each other: {steps}", "take one step out")
    names.found.check()


class _Lowering:
    """Lowers one action."""

    def __init__(self, names: Names, rules: RuleNodes, action: Action) -> None:
        self.names, self.rules, self.action_ = names, rules, action

    def action(self) -> tuple[ActionPlan, tuple[Stage, ...]]:
        """Return the action's plan and stages."""
        action, names = self.action_, self.names
        scope = names.scope((action,))
        spoken = voices_of(self.rules, names, action)
        verdict = verdict_of(spoken.voices, names.pack.header.desks)
        decided = dict(verdict.outputs)
        amount: dict[str, Node] = {"amount": decided["granted"]}
        hits = tuple((f"hit:{rule.rule.id}", rule.hit) for rule in spoken.rules)
        decide = Stage(DECIDE, (*verdict.outputs, *hits, *verdict.cuts))
        terms = values_of(names, action.terms, scope.with_variables(amount))
        outputs = values_of(names, action.outputs, scope.with_variables(amount))
        money = economics(names, action, scope.with_variables({**amount, **dict(terms)}))
        words = {**amount, **dict(terms), **dict(outputs)}
        noted = notes_of(self.rules, names, action, words)
        told = {plan: self._told(plan, words) for plan in spoken.rules}
        stages = (
            decide,
            self._settle(spoken.open),
            _ceilings(verdict),
            Stage(OFFER, (*((f"term:{name}", node) for name, node in terms), *money)),
            Stage(OUTPUTS, tuple((f"output:{name}", node) for name, node in outputs)),
            Stage(NOTES, noted.outputs),
        )
        plan = ActionPlan(
            action=action,
            amount_type=spoken.voices.type,
            rules=tuple(told.values()),
            denies=tuple(told[plan] for plan in spoken.voices.denies),
            allows=tuple(told[plan] for plan in (*spoken.voices.allows, *spoken.voices.exact)),
            caps=tuple(told[plan] for plan in spoken.voices.caps),
            floors=tuple(told[plan] for plan in spoken.voices.floors),
            refers=tuple(told[plan] for plan in spoken.voices.refers),
            notes=noted.rules,
            requirements=noted.requirements,
            promises=noted.promises,
            terms=tuple((name, node.type) for name, node in terms),
            outputs=tuple((name, node.type) for name, node in outputs),
            effects=noted.effects,
            prefer=self.rules.preferred(action.instead),
            say=self.rules.texts(action.say, scope.with_variables(words)),
            otherwise_say=self.rules.texts(action.otherwise_say, scope.with_variables(dict(outputs))),
            authority=spoken.voices.authority,
            budgets=spoken.voices.budgets,
            budgeted=len(verdict.outputs) + len(hits) if verdict.cuts else None,
            reads=inputs_read([decide]),
            stands=noted.stands,
        )
        return plan, stages

    def _told(self, plan: RulePlan, words: Mapping[str, Node]) -> RulePlan:
        """Return a rule with its texts, which may read what was decided."""
        scope = self.rules.scope(plan.rule).with_variables(words)
        return replace(plan, say=self.rules.texts(plan.rule.say, scope))

    def _settle(self, open_: tuple[tuple[Node, Node | None], ...]) -> Stage:
        """Return what an unsettled verdict lacks: no fact at all (undecided), or facts beyond the action's inputs."""
        missing, beyond = _lacking(open_, Missing()), _lacking(open_, Missing(beyond_ask=True))
        return Stage(SETTLE, (("undecided", no(missing)), ("beyond_ask", beyond)))


def _lacking(open_: tuple[tuple[Node, Node | None], ...], missing: Missing) -> Node:
    """Return whether a fact is missing below an unknown hit, or below an amount whose hit is not false."""
    parts = [missing.of(hit) for hit, _ in open_]
    parts += [both(possibly(hit), missing.of(amount)) for hit, amount in open_ if amount is not None]
    return either(*parts)


def _of(said: dict[str, RulePlan], plans: tuple[RulePlan, ...]) -> tuple[RulePlan, ...]:
    return tuple(said[plan.rule.id] for plan in plans)


def _ceilings(verdict: Verdict) -> Stage:
    lower = tuple((f"certain:{rung}", node) for rung, node in enumerate(verdict.certain))
    upper = tuple((f"possible:{rung}", node) for rung, node in enumerate(verdict.possible))
    return Stage(CEILINGS, (*lower, *upper))


def inputs_read(stages: list[Stage]) -> tuple[str, ...]:
    """Return the names of the ask's inputs that the stages read, in the order first read."""
    nodes = postorder([node for stage in stages for _, node in stage.outputs], operands)
    found = [
        node.name for node in nodes if isinstance(node, Field) and isinstance(node.of, Input) and node.of.name == "ask"
    ]
    return tuple(dict.fromkeys(found))
