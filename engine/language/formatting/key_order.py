"""The order in which a policy file's keys are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

Path: TypeAlias = tuple[str, ...]
T = TypeVar("T")

HEADER: Final = (
    *("pack", "title", "description", "owner", "currency", "language", "timezone", "calendar"),
    *("ladder", "desks", "as_of", "customer_id", "uses"),
)
RULE: Final = (
    *("id", "title", "description", "tags", "action", "except", "when", "unless"),
    *("allow", "deny", "cap", "floor", "refer", "tell", "follow_up", "overrides", "require", "instead"),
    *("reason", "source", "because", "owner", "effective", "say"),
)
ACTION: Final = (
    *("title", "description", "kind", "amount", "unit", "inputs", "proactive"),
    *("company_cost", "customer_value", "company_gain", "terms", "outputs", "effects"),
    *("promises", "stands", "instead", "otherwise", "say"),
)
NEED: Final = ("reason", "title", "need", "when", "waivable_by", "final", "instead", "source", "say")
SIGNAL: Final = (
    *("title", "count", "sequence", "after", "missing", "same", "when"),
    *("within", "lasting", "means", "question"),
)
GRANT: Final = ("each", "per_day", "per_week", "per_month", "team")
DEFINITION: Final = ("title", "value", "all", "any", "none", "at_least", "of", "means")

ORDERS: Final[dict[Path, tuple[str, ...]]] = {
    ("rules", "-"): RULE,
    ("authority", "*", "*"): GRANT,
    ("authority", "*", "*", "team"): GRANT,
    ("actions", "*"): ACTION,
    ("actions", "*", "promises", "-"): ("id", "due", "say"),
    ("tables", "*"): ("title", "description", "source", "means", "inputs", "outputs", "hit", "rows", "else"),
    ("checks", "-"): ("action", "title", "needs"),
    ("checks", "-", "needs", "-"): NEED,
    ("define", "*"): DEFINITION,
    ("define", "*", "-"): ("if", "then", "else"),
    ("events", "*"): ("title", "description", "fields"),
    ("signals", "*"): SIGNAL,
    ("signals", "*", "count"): ("of", "at_least", "same", "where"),
    ("signals", "*", "sequence"): ("first", "then", "same"),
}
"""Keys by where they stand (`-` is any item, `*` any name); a key that is not named follows, as written."""

NAMED: Final = {"authority": 2, **dict.fromkeys(("actions", "tables", "define", "events", "signals"), 1)}
"""How many steps below these are names."""


def ordered(parts: list[T], path: Path, key: Callable[[T], str]) -> list[T]:
    """Return the entries of the mapping at a path in their order."""
    names = [key(part) for part in parts]
    if path:
        names_below = NAMED.get(path[0], 0)
        order = ORDERS.get((path[0], *("*" for _ in path[1 : 1 + names_below]), *path[1 + names_below :]), ())
    else:
        order = HEADER if "pack" in names else ()
    ranks = {name: rank for rank, name in enumerate(order)}
    return sorted(parts, key=lambda part: ranks.get(key(part), len(ranks)))
