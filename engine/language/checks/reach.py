"""Checks of what rules can come to: whether they ever apply, and whether an action is ever granted."""

from __future__ import annotations

from engine.backends.reference import evaluate
from engine.language.diagnostics import Diagnostics
from engine.language.packs.pack import Deny
from engine.program.nodes import Const, Input, Node
from engine.program.plan import ActionPlan, Policy, RulePlan
from engine.program.walk import operands, postorder

MAX_NODES = 20_000
"""Expressions of one action, each counted once."""


def policy_is_small(policy: Policy, found: Diagnostics) -> None:
    """Report actions whose rules come to more expressions than a decision should evaluate."""
    for name, stages in policy.program.actions:
        size = len(postorder(node for stage in stages for _, node in stage.outputs))
        if size > MAX_NODES:
            message = f"the rules of `{name}` come to {size:,} expressions, and {MAX_NODES:,} are allowed"
            help = "split the action, or write a table in place of rules"
            found.error(policy.plans[name].action.mark, "policy-too-large", message, help)


def rule_can_apply(policy: Policy, found: Diagnostics) -> None:
    """Warn of rules whose conditions are false whatever the facts."""
    for plan in _rules(policy):
        if always(plan.hit) is False:
            message = f"rule `{plan.rule.id}` can never apply: its conditions are false whatever the facts"
            found.warning(plan.rule.mark, "never-applies", message, "correct them, or leave the rule out")


def deny_is_conditional(policy: Policy, found: Diagnostics) -> None:
    """Warn of denies that always apply, where no rung may waive them and no rule overrides them."""
    overridden = {name for rule in policy.pack.rules for name, _ in rule.overrides}
    for plan in _rules(policy):
        effect = plan.rule.effect
        binds = isinstance(effect, Deny) and not effect.waivable_by and plan.rule.id not in overridden
        if binds and always(plan.hit) is True:
            message = f"rule `{plan.rule.id}` always denies"
            found.warning(plan.rule.mark, "always-denies", message, "say when, or leave the action out")


def action_is_allowed(policy: Policy, found: Diagnostics) -> None:
    """Warn of actions that no rule allows."""
    for plan in policy.plans.values():
        if not plan.allows and not plan.floors:
            message = f"no rule allows `{plan.action.name}`"
            found.warning(plan.action.mark, "no-allow", message, "add a rule with `allow`, or leave the action out")


def rung_reaches_action(policy: Policy, found: Diagnostics) -> None:
    """Warn of allowed actions that `authority` lets no rung grant."""
    for plan in policy.plans.values():
        nothing = all(isinstance(node, Const) and node.value == 0 for node in plan.authority)
        if nothing and plan.allows and not plan.floors:
            message = f"no rung has authority for `{plan.action.name}`"
            found.warning(plan.action.mark, "no-authority", message, "name it under `authority` of a rung")


def history_is_read(policy: Policy, found: Diagnostics) -> None:
    """Warn of money actions whose rules never look at what was granted before."""
    for plan in policy.plans.values():
        if plan.action.amount == "money" and plan.allows and not any(map(_reads_history, _nodes(plan))):
            message = f"no rule of `{plan.action.name}` reads `history`, so ten asks within authority would all pass"
            found.warning(plan.action.mark, "no-history", message, "limit how much, or how often, it was granted")


def _nodes(plan: ActionPlan) -> list[Node]:
    roots = [node for rule in plan.rules for node in (rule.hit, rule.amount) if node is not None]
    return postorder(roots, operands)


def _reads_history(node: Node) -> bool:
    return isinstance(node, Input) and node.name == "history"


def _rules(policy: Policy) -> list[RulePlan]:
    """Return the rules of all actions, each once."""
    plans = {one.rule.id: one for plan in policy.plans.values() for one in (*plan.rules, *plan.notes)}
    return list(plans.values())


def always(node: Node) -> object | None:
    """Return the value that a node has whatever the facts, else None."""
    return evaluate(node, {})
