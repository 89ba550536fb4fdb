"""Whose expression it is that a finding is about."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from engine.language.diagnostics import Mark
from engine.language.packs.pack import Pack

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
    for rule in pack.rules:
        yield rule.mark, f"rule `{rule.id}`"
    for kind, items in (
        ("parameter", pack.parameters),
        ("definition", pack.definitions),
        ("table", pack.tables),
        ("action", pack.actions),
    ):
        yield from ((item.mark, f"{kind} `{item.name}`") for item in items)
    yield from ((grant.mark, f"`authority` of `{grant.rung}`") for grant in pack.authority)
    for name, expression in (
        ("rank", pack.rank),
        ("as_of", pack.header.as_of),
        ("customer_id", pack.header.customer_id),
    ):
        if expression is not None:
            yield expression.mark, f"`{name}`"
