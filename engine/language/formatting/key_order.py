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
    *("promises", "instead", "otherwise", "say"),
)
NEED: Final = ("reason", "title", "need", "when", "waivable_by", "final", "instead", "source", "say")
DEFINITION: Final = ("title", "value", "all", "any", "none", "at_least", "of", "means")

ORDERS: Final[dict[Path, tuple[str, ...]]] = {
    ("rules", "-"): RULE,
    ("actions", "*"): ACTION,
    ("actions", "*", "promises", "-"): ("id", "due", "say"),
    ("tables", "*"): ("title", "description", "source", "means", "inputs", "outputs", "hit", "rows", "else"),
    ("checks", "-"): ("action", "title", "needs"),
    ("checks", "-", "needs", "-"): NEED,
    ("define", "*"): DEFINITION,
    ("define", "*", "-"): ("if", "then", "else"),
}
"""Keys by where they stand (`-` is any item, `*` any name); a key that is not named follows, as written."""

NAMED: Final = ("actions", "tables", "define")


def ordered(parts: list[T], path: Path, key: Callable[[T], str]) -> list[T]:
    """Return the entries of the mapping at a path in their order."""
    names = [key(part) for part in parts]
    if path:
        order = ORDERS.get((path[0], "*", *path[2:]) if path[0] in NAMED else path, ())
    else:
        order = HEADER if "pack" in names else ()
    ranks = {name: rank for rank, name in enumerate(order)}
    return sorted(parts, key=lambda part: ranks.get(key(part), len(ranks)))
