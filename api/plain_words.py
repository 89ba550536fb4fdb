"""A pack in plain words: what may be done, who may grant it, and by which rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from engine.language.packs.pack import (
    Action,
    Allow,
    Cap,
    Condition,
    Deny,
    Effect,
    Expression,
    Floor,
    FollowUp,
    Grant,
    Group,
    Pack,
    Refer,
    Rule,
    Tell,
    Template,
    Value,
)
from engine.program.voices import grant_of

JOINED = {"all": " and ", "any": " or ", "none": " or ", "at_least": ", "}


def pack_lines(pack: Pack) -> Iterator[str]:
    """Yield the lines that say what a pack does."""
    header = pack.header
    yield f"{header.title} ({header.name})"
    yield f"  owner {header.owner or 'nobody'}; {header.currency}; {header.language}; {header.timezone}"
    yield f"  authority, lowest first: {', '.join(header.ladder) or 'none'}"
    if header.desks:
        yield f"  desks that take cases over: {', '.join(header.desks)}"
    signals = f", {counted(len(pack.signals), 'signal')}" if pack.signals else ""
    parts = f"{counted(len(pack.actions), 'action')}, {counted(len(pack.rules), 'rule')}{signals}"
    yield f"  {parts}, release {pack.release}"
    for action in pack.actions:
        yield ""
        yield from action_lines(pack, action, [rule for rule in pack.rules if not general(rule)])
    for_all = [rule for rule in pack.rules if general(rule)]
    if for_all:
        yield ""
        yield "For every action"
    for rule in for_all:
        yield from rule_lines(pack, rule)


def counted(count: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def general(rule: Rule) -> bool:
    """Return whether a rule is about whatever is asked."""
    return any(selector == "*" for selector, _ in rule.selectors)


def action_lines(pack: Pack, action: Action, rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the lines that say what may be done of an action, by those of the rules that are about it."""
    measure = {"none": "", "money": f", {pack.header.currency}", "int": f", {action.unit or 'a number'}"}[action.amount]
    yield f"{action.title} ({action.name}{measure})"
    if action.description:
        yield f"  {action.description}"
    if not action.proactive:
        yield "  only when asked for"
    if len(action.inputs.members):
        yield f"  the ask says {', '.join(f'{one.name} ({one.type})' for one in action.inputs)}"
    if pack.authority_given:
        yield f"  by themselves may grant it: {', '.join(grants(pack, action)) or 'nobody'}"
    for rule in rules:
        if pack.covers(rule, action):
            yield from rule_lines(pack, rule)


def grants(pack: Pack, action: Action) -> Iterator[str]:
    """Yield who may grant an action by themselves, lowest first, and how much of it, up to the first without limit."""
    for rung in pack.header.ladder:
        grant = grant_of(pack.authority, rung, action)
        if grant is not None and grant.allowed:
            budgets = "".join(f", {one}" for one in budget_words(grant))
            if grant.amount is not None:
                yield f"{rung} up to {value_words(grant.amount)}{budgets}"
            elif budgets:
                yield f"{rung}{budgets}"
            else:
                yield f"{rung} without limit" if action.amount != "none" else f"{rung} and above"
                return


def budget_words(grant: Grant) -> Iterator[str]:
    """Yield how much, or how often, may be granted in all over time."""
    for one in grant.budgets:
        yield f"{value_words(one.amount)} a {one.span}{' for the team' if one.whose == 'team' else ''}"


def rule_lines(pack: Pack, rule: Rule) -> Iterator[str]:
    """Yield the lines that say what a rule does."""
    yield f"  - {effect_words(rule.effect)}: {rule.title} [{rule.id}]"
    yield from (f"      {line}" for line in filter(None, _about(pack, rule)))


def _about(pack: Pack, rule: Rule) -> Iterator[str]:
    """Yield when a rule holds, what comes first, and where it is from; nothing for what is not written."""
    yield f"unless {told(pack, rule.need)}" if rule.need is not None else ""
    yield f"when {told(pack, rule.when)}" if rule.when is not None else ""
    yield f"not when {told(pack, rule.unless)}" if rule.unless is not None else ""
    yield f"in spite of {', '.join(id_ for id_, _ in rule.overrides)}" if rule.overrides else ""
    effective = rule.effective
    if effective is not None:
        yield f"from {effective.start}" if effective.start else ""
        yield f"until {effective.until}" if effective.until else ""
    yield from (f"first: {one.kind} {one.what}" for one in rule.requirements)
    yield rule.effect.what if isinstance(rule.effect, FollowUp) else ""
    yield f"source: {', '.join(filter(None, (rule.source, *rule.because)))}" if rule.source or rule.because else ""


def effect_words(effect: Effect) -> str:
    """Return what an effect does."""
    match effect:
        case Allow(up_to=up_to, exactly=exactly):
            parts = [
                f"up to {value_words(up_to)}" if up_to else "",
                f"exactly {value_words(exactly)}" if exactly else "",
            ]
            return " ".join(filter(None, ["allows", *parts]))
        case Deny(final=final, waivable_by=rung):
            return "never" if final else f"no, but {rung} may waive it" if rung else "no"
        case Cap(at_most=amount, waivable_by=rung):
            return f"at most {value_words(amount)}" + (f", but {rung} may waive it" if rung else "")
        case Floor(at_least=amount):
            return f"at least {value_words(amount)}"
        case Refer(desk=desk):
            return f"goes to {desk}"
        case Tell(about=about):
            return f"tells the customer ({about.replace('_', ' ')})"
        case FollowUp(to=to):
            return f"work for {to}"
        case _:
            return "requires"


def value_words(value: Value) -> str:
    """Return a value as authors write it."""
    if isinstance(value, Expression):
        return value.text
    branches = [f"{value_words(then)} if {condition_words(when)}" for when, then in value.branches]
    return ", ".join(branches + ([] if value.otherwise is None else [f"else {value_words(value.otherwise)}"]))


def told(pack: Pack, condition: Condition) -> str:
    """Return a condition as one line, definitions in their own words where they have some."""
    means = {one.name: bare(words) for one in pack.definitions if (words := one.means) is not None}
    return condition_words(condition, means)


def bare(words: Template) -> str:
    """Return a text with its placeholders as the expressions that they hold."""
    return "".join(part if isinstance(part, str) else part.text for part in words.parts)


def condition_words(condition: Condition, means: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a condition as one line; `means` are the words of names."""
    if isinstance(condition, Expression):
        return means.get(condition.text.strip(), condition.text)
    line = JOINED[condition.kind].join(_inner(item, means) for item in condition.items)
    return {"none": f"none of ({line})", "at_least": f"at least {condition.count} of ({line})"}.get(
        condition.kind, line
    )


def _inner(item: Condition, means: Mapping[str, str]) -> str:
    words = condition_words(item, means)
    return f"({words})" if isinstance(item, Group) and item.kind in ("all", "any") and len(item.items) > 1 else words
