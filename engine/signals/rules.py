"""Rules in the form that durable_rules takes, within what it does safely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["missing", "clock", "event", "part", "prime"]
NEGATED: Final = frozenset({"missing"})
"""The kinds of facts that are asserted before all others, and so may be negated."""
ALWAYS: Final = "one"
"""A property that every fact has, with the same value."""
MOST_RULES: Final = 250
MOST_PATTERNS: Final = 8
MOST_CONDITIONS: Final = 20
MOST_SIBLINGS: Final = 56
LARGEST: Final = 2**31 - 1


class OutsideSafeSubset(Exception):
    """Signals that durable_rules could not see safely; the text says why."""


@dataclass(frozen=True, slots=True)
class Other:
    """A property of the fact that an earlier pattern of the rule matched."""

    alias: str
    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of a property of the fact; `$ex` means that it is there."""

    name: str
    op: Literal["$eq", "$lt", "$lte", "$gt", "$ex"]
    than: int | Other


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a kind that passes the tests, or that there is none."""

    alias: str
    kind: Kind
    tests: tuple[Comparison, ...]
    negated: bool = False


Rules: TypeAlias = Mapping[str, tuple[Fact, ...]]
"""By name, the facts that make it fire together."""


def joined(alias: str, kind: Kind, tests: Sequence[Comparison], to: str, negated: bool = False) -> Fact:
    """Return a fact that is compared with an earlier one.

    The last comparison always holds: where the last of a join does not, durable_rules 2.0.28 reads past its end.
    """
    return Fact(alias, kind, (*tests, Comparison(ALWAYS, "$eq", Other(to, ALWAYS))), negated)


def as_json(rules: Rules) -> dict[str, object]:
    """Return rules as the extension takes them; raises `OutsideSafeSubset`."""
    require_safe(rules)
    return {name: {"all": [_fact(fact) for fact in facts]} for name, facts in rules.items()}


def _fact(fact: Fact) -> dict[str, object]:
    conditions = [{"kind": fact.kind}, *(_test(test) for test in fact.tests)]
    return {f"{fact.alias}$not" if fact.negated else fact.alias: {"$and": conditions}}


def _test(test: Comparison) -> dict[str, object]:
    than = {test.than.alias: test.than.name} if isinstance(test.than, Other) else test.than
    return {test.name: than} if test.op == "$eq" else {test.op: {test.name: than}}


def require_safe(rules: Rules) -> None:
    """Raise `OutsideSafeSubset` where the rules are more than durable_rules can take."""
    aliases = [fact.alias for facts in rules.values() for fact in facts]
    _require(len(rules) <= MOST_RULES, f"there are more than {MOST_RULES} rules")
    _require(len(set(aliases)) == len(aliases), "two facts have one alias")
    for name, facts in rules.items():
        _require(0 < len(facts) <= MOST_PATTERNS, f"rule `{name}` has not 1 to {MOST_PATTERNS} patterns")
        _require(not facts[0].negated, f"rule `{name}` begins with an absence")
        for index, fact in enumerate(facts):
            _require_fact(name, fact, {earlier.alias for earlier in facts[:index] if not earlier.negated})
    _require_few_siblings(rules)


def _require_fact(rule: str, fact: Fact, earlier: set[str]) -> None:
    said = f"rule `{rule}`, fact `{fact.alias}`:"
    _require(len(fact.tests) <= MOST_CONDITIONS, f"{said} more than {MOST_CONDITIONS} comparisons")
    _require(not fact.negated or fact.kind in NEGATED, f"{said} `{fact.kind}` facts come too late to be negated")
    for test in fact.tests:
        if isinstance(test.than, Other):
            _require(test.than.alias in earlier, f"{said} it is compared with a fact that comes later")
        else:
            _require(0 <= test.than <= LARGEST, f"{said} {test.than} is not a small whole number")
    ends = [Comparison(ALWAYS, "$eq", Other(alias, ALWAYS)) for alias in earlier]
    _require(not earlier or fact.tests[-1:] in [(end,) for end in ends], f"{said} the end of the join may not hold")


def _require_few_siblings(rules: Rules) -> None:
    beside: dict[str, int] = {}
    for facts in rules.values():
        for fact in facts:
            beside[fact.kind] = beside.get(fact.kind, 0) + 1
    for kind, count in beside.items():
        _require(count <= MOST_SIBLINGS, f"there are more than {MOST_SIBLINGS} conditions on `{kind}` facts")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise OutsideSafeSubset(reason)
