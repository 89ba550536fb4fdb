"""Checks of single rules: what they cover, override, need and promise."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.diagnostics import Diagnostics, Mark, did_you_mean
from engine.language.packs.expressions import conditions_of, mentions_name
from engine.language.packs.pack import Allow, Cap, Deny, Expression, Floor, FollowUp, Pack, Rule, Tell
from engine.program.nodes import Field, Input, Named, Node
from engine.program.plan import Policy, RulePlan
from engine.program.types import Kind, Type, kind_of
from engine.program.walk import operands, postorder

FORBIDDEN = {
    ("agent", "role"): "who may grant is said by `authority` and `waivable_by`",
    ("ask", "amount"): "how much is said by `up_to`, `cap` and `floor`",
}


def selectors_are_known(pack: Pack, found: Diagnostics) -> None:
    """Report actions and kinds that rules and `authority` name and that there are not."""
    for rule in pack.rules:
        for named in (*rule.selectors, *rule.excepted):
            _selector(pack, named, f"rule `{rule.id}`", found)
    for grant in pack.authority:
        _selector(pack, (grant.selector, grant.mark), f"`authority` of `{grant.rung}`", found)


def _selector(pack: Pack, named: tuple[str, Mark], where: str, found: Diagnostics) -> None:
    selector, mark = named
    kinds = sorted({action.kind for action in pack.actions if action.kind})
    names = [action.name for action in pack.actions]
    if selector.startswith("kind:"):
        kind = selector.removeprefix("kind:")
        if kind not in kinds and pack.owns(mark):
            found.error(mark, "unknown-kind", f"{where} names unknown kind `{kind}`", did_you_mean(kind, kinds))
    elif selector not in ("*", *names):
        near = did_you_mean(selector, names) or (f"write `kind:{selector}`" if selector in kinds else "")
        found.error(mark, "unknown-action", f"{where} names unknown action `{selector}`", near)


def rule_covers_an_action(pack: Pack, found: Diagnostics) -> None:
    """Report the pack's own rules that speak about no action."""
    for rule in pack.rules:
        known = all(selector in ("*", *_selectors(pack)) for selector, _ in rule.selectors)
        if known and pack.owns(rule.mark) and not any(pack.covers(rule, action) for action in pack.actions):
            why = "`except` takes out every action" if rule.excepted else "there is no action that it could cover"
            if isinstance(rule.effect, Cap) and not rule.excepted:
                why = "a cap on `*` is on actions with an amount of money, and there is none"
            found.error(rule.mark, "no-action", f"rule `{rule.id}` covers no action", why)


def _selectors(pack: Pack) -> set[str]:
    return {one for action in pack.actions for one in (action.name, f"kind:{action.kind}")}


def overrides_are_denies(pack: Pack, found: Diagnostics) -> None:
    """Report overrides of what is no deny or a final one, and overrides of rules that allow nothing."""
    rules = {rule.id: rule for rule in pack.rules}
    for rule in pack.rules:
        if rule.overrides and not isinstance(rule.effect, Allow):
            mark = rule.overrides[0][1]
            found.error(mark, "override-without-allow", f"rule `{rule.id}` overrides, but allows nothing",
                        "only a rule with `allow` overrides")  # fmt: skip
        for named in rule.overrides:
            _override(rule, named, rules, found)


def _override(rule: Rule, named: tuple[str, Mark], rules: dict[str, Rule], found: Diagnostics) -> None:
    name, mark = named
    target = rules.get(name)
    denies = [one.id for one in rules.values() if isinstance(one.effect, Deny)]
    if target is None:
        message = f"rule `{rule.id}` overrides unknown rule `{name}`"
        found.error(mark, "unknown-rule", message, did_you_mean(name, denies))
    elif not isinstance(target.effect, Deny):
        message = f"rule `{rule.id}` overrides `{name}`, which denies nothing"
        found.error(mark, "override-of-no-deny", message, did_you_mean(name, denies))
    elif target.effect.final:
        message = f"rule `{rule.id}` overrides `{name}`, a final deny"
        found.error(mark, "override-of-final", message, "take `final` from the deny, or the override out")


def dates_are_in_order(pack: Pack, found: Diagnostics) -> None:
    """Report rules that end before they begin."""
    for rule in pack.rules:
        dates = rule.effective
        if dates is not None and dates.start and dates.until and dates.start >= dates.until:
            message = f"rule `{rule.id}` ends on {dates.until}, not after it begins on {dates.start}"
            found.error(dates.mark, "effective-order", message, "`until` is the first day on which it holds no more")


def promises_differ(pack: Pack, found: Diagnostics) -> None:
    """Report promises of one action that have the same id."""
    for action in pack.actions:
        ids = [promise.id for promise in action.promises]
        for at, promise in enumerate(action.promises):
            if promise.id in ids[:at]:
                message = f"promise `{promise.id}` of `{action.name}` is written twice"
                found.error(promise.mark, "name-clash", message, "give each its own id")


def rule_has_source(policy: Policy, found: Diagnostics) -> None:
    """Warn of rules that do not say which sentence of written policy they encode."""
    for rule in policy.pack.rules:
        if not rule.source:
            found.warning(rule.mark, "no-source", f"rule `{rule.id}` has no `source`", "name the policy it encodes")


def due_is_a_date(policy: Policy, found: Diagnostics) -> None:
    """Report a `due` that is neither a date nor a moment."""
    for plan in policy.plans.values():
        for promise, made in zip(plan.action.promises, plan.promises, strict=True):
            _due(promise.due, made.due.type, f"promise `{promise.id}`", found)
        for noted in plan.notes:
            effect = noted.rule.effect
            if isinstance(effect, (Tell, FollowUp)) and effect.due is not None and noted.due is not None:
                _due(effect.due, noted.due.type, f"rule `{noted.rule.id}`", found)


def _due(expression: Expression, type_: Type, whose: str, found: Diagnostics) -> None:
    if kind_of(type_) not in (Kind.DATE, Kind.TIMESTAMP):
        message = f"`due` of {whose} is {type_}, not a date or a timestamp"
        found.error(expression.mark, "due-type", message, "write `business_days(2)` or `now + days(2)`")


def authority_is_left_to_the_ladder(policy: Policy, found: Diagnostics) -> None:
    """Report allows, denies, caps and floors that read who asks or how much is asked."""
    for plan in policy.plans.values():
        for one in plan.rules:
            if isinstance(one.rule.effect, (Allow, Deny, Cap, Floor)):
                for fact in FORBIDDEN:
                    _reads(one, fact, found)


def _reads(plan: RulePlan, fact: tuple[str, str], found: Diagnostics) -> None:
    nodes = postorder(filter(None, (plan.hit, plan.amount)), operands)
    reading = {id(node) for node in nodes if _is(node, fact)}
    if not reading:
        return
    names = list(_through(nodes, reading))
    path = ".".join(fact)
    mark = next((one.mark for one in conditions_of(plan.rule) if mentions_name(one, (path, *names))), plan.rule.mark)
    by = f" through `{names[-1]}`" if names else ""
    found.error(mark, "reads-authority", f"rule `{plan.rule.id}` reads `{path}`{by}", FORBIDDEN[fact])


def _is(node: Node, fact: tuple[str, str]) -> bool:
    return isinstance(node, Field) and isinstance(node.of, Input) and (node.of.name, node.name) == fact


def _through(nodes: list[Node], reading: set[int]) -> Iterator[str]:
    """Yield the names of definitions, inner first, below which one of the nodes is read."""
    for node in nodes:
        if any(id(part) in reading for part in operands(node)):
            reading.add(id(node))
            if isinstance(node, Named):
                yield node.name
