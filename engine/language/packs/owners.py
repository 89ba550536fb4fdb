"""Whose expression it is that a finding is about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from engine.language.diagnostics import Mark
from engine.language.packs.expressions import conditions_of, expressions_in
from engine.language.packs.pack import Action, Expression, Grant, Pack

VERBS = ("reads ", "calls ")


class Owners:
    """The rules, actions, definitions and the like of a pack, by where they begin."""

    def __init__(self, pack: Pack) -> None:
        """Put them in order."""
        self._begins = sorted(_begins(pack))

    def told(self, mark: Mark, message: str) -> str:
        """Return a message with whose expression it is about before it."""
        at = bisect_right(self._begins, (mark, "~")) - 1
        if at < 0 or self._begins[at][0].file != mark.file:
            return message
        owner = self._begins[at][1]
        return f"{owner} {message}" if message.startswith(VERBS) else f"{owner}: {message}"


def _begins(pack: Pack) -> Iterator[tuple[Mark, str]]:
    for begin, owner, written in _items(pack):
        yield begin, owner
        # A patch writes a part of an item in another file than the item.
        yield from ((one.mark, owner) for one in written if one.mark.file != begin.file)
    for name, expression in (
        ("rank", pack.rank),
        ("as_of", pack.header.as_of),
        ("customer_id", pack.header.customer_id),
    ):
        if expression is not None:
            yield expression.mark, f"`{name}`"


def _items(pack: Pack) -> Iterator[tuple[Mark, str, Iterator[Expression]]]:
    """Yield where each item begins, its name, and the expressions that it is written in."""
    yield from ((rule.mark, f"rule `{rule.id}`", conditions_of(rule)) for rule in pack.rules)
    yield from ((one.mark, f"parameter `{one.name}`", iter(())) for one in pack.parameters)
    yield from ((one.mark, f"definition `{one.name}`", expressions_in(one.body)) for one in pack.definitions)
    yield from ((one.mark, f"table `{one.name}`", iter(())) for one in pack.tables)
    yield from ((one.mark, f"action `{one.name}`", _values(one)) for one in pack.actions)
    yield from ((one.mark, f"signal `{one.name}`", iter(())) for one in pack.signals)
    yield from ((one.mark, f"`authority` of `{one.rung}`", _granting(one)) for one in pack.authority)


def _granting(grant: Grant) -> Iterator[Expression]:
    for value in (grant.amount, *(budget.amount for budget in grant.budgets)):
        yield from expressions_in(value)


def _values(action: Action) -> Iterator[Expression]:
    computed = (value for _, value in (*action.terms, *action.outputs))
    for value in (action.company_cost, action.customer_value, action.company_gain, action.stands, *computed):
        yield from expressions_in(value)
