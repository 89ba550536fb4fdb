"""Whether the answer is the same whoever is asked and wherever: that it differs by authority alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import TypeAlias

from engine.program.nodes import Call, Compare, Const, Contains, Given, Input, Node
from engine.program.plan import Policy
from engine.program.walk import operands, postorder
from schemas.decision import Decision
from simulations.scenarios.scenario import Asker, Uniform

Decided: TypeAlias = tuple[Asker, Decision]
ELSEWHERE = "elsewhere"
"""A channel that no policy names."""


def askers(policy: Policy, uniform: Uniform) -> list[Asker]:
    """Return everybody who may be asked: no role and each rung, on each channel, under each id."""
    roles: tuple[str | None, ...] = (None, *policy.pack.header.ladder)
    channels: tuple[str | None, ...] = uniform.channels or (None, *channels_named(policy), ELSEWHERE)
    ids: tuple[str | None, ...] = uniform.ids or (None,)
    return [Asker(role, id_, channel) for role, channel, id_ in product(roles, channels, ids)]


def channels_named(policy: Policy) -> tuple[str, ...]:
    """Return the texts that the policy holds the channel against."""
    roots = [node for _, stages in policy.program.actions for stage in stages for _, node in stage.outputs]
    found: set[str] = set()
    for node in postorder(roots):
        if isinstance(node, (Compare, Contains, Call)) and any(map(_is_channel, operands(node))):
            constants = (part.value for part in postorder([node]) if isinstance(part, Const))
            found |= {text for value in constants for text in _texts(value)}
    return tuple(sorted(found))


def _is_channel(node: Node) -> bool:
    bare = node.of if isinstance(node, Given) else node
    return isinstance(bare, Input) and bare.name == "channel"


def _texts(value: object) -> Iterator[str]:
    """Yield a text, or those of a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from (one for one in value if isinstance(one, str))


def unevenness(decided: Sequence[Decided]) -> Iterator[str]:
    """Yield how answers differ by more than authority, with who gets what."""
    by_role: dict[str | None, list[Decided]] = {}
    for asker, decision in decided:
        by_role.setdefault(asker.role, []).append((asker, decision))
    for role, group in by_role.items():
        yield from _within(role, group)
    firsts = [group[0] for group in by_role.values()]
    yield from _between(firsts)


def _within(role: str | None, group: Sequence[Decided]) -> Iterator[str]:
    """Yield how answers of one rung differ; they may not."""
    said = [decision.model_dump(exclude={"id"}) for _, decision in group]
    differing = sorted(name for name in said[0] if any(one[name] != said[0][name] for one in said))
    if differing:
        given: dict[str, list[str]] = {}
        for asker, decision in group:
            given.setdefault(answer(decision), []).append(_place(asker))
        answers = "; ".join(f"{one} ({', '.join(places)})" for one, places in given.items())
        inside = "" if len(given) > 1 else f" in {_listed(differing)}"
        yield f"answers to {_called(role)} differ{inside}: {answers}"


def _between(firsts: Sequence[Decided]) -> Iterator[str]:
    """Yield the rules that apply for some rungs alone, and outputs that differ between rungs."""
    applied = {asker.role: {rule.id for rule in decision.rules} for asker, decision in firsts}
    for rule in sorted(set().union(*applied.values())):
        roles = [_called(role) for role, rules in applied.items() if rule in rules]
        if len(roles) < len(applied):
            yield f"rule `{rule}` applies for {', '.join(roles)} alone"
    outputs = [decision.outputs for _, decision in firsts]
    if any(one != outputs[0] for one in outputs):
        yield "`outputs` differ between rungs"


def gets(decided: Iterable[Decided]) -> Iterator[str]:
    """Yield who gets what, a line for each answer of each rung."""
    given: dict[tuple[str, str], list[str]] = {}
    for asker, decision in decided:
        given.setdefault((_called(asker.role), answer(decision)), []).append(_place(asker))
    for (role, said), places in given.items():
        yield f"{role}: {said} ({', '.join(places)})"


def answer(decision: Decision) -> str:
    """Return an answer in short: the verdict, the amount, who can say yes, why, and what is waived."""
    amount = decision.offer.amount if decision.offer is not None else None
    goes_to = decision.rung or decision.desk
    parts = (
        decision.verdict,
        "" if amount is None else f" of {amount}",
        f" to `{goes_to}`" if goes_to else "",
        f" for `{decision.reason}`" if decision.reason else "",
        f", waives {_listed(decision.waived)}" if decision.waived else "",
    )
    return "".join(parts)


def _called(role: str | None) -> str:
    return "no role" if role is None else f"`{role}`"


def _place(asker: Asker) -> str:
    where = "no channel" if asker.channel is None else f"`{asker.channel}`"
    return where if asker.id is None else f"{where} as `{asker.id}`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
