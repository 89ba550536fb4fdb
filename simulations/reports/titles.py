"""What a report calls what a study names by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from schemas.study import Advice, Evidence, Population, Position

POSITIONS: Final[Mapping[Position, str]] = {
    "approve": "approved",
    "counter": "smaller offer",
    "escalate": "higher rung",
    "refer": "taken by a desk",
    "ask": "question first",
    "undecided": "left to a person",
    "decline": "declined",
}
"""Best for the customer first."""
RANKS: Final[Mapping[Position, int]] = {
    "approve": 3,
    "counter": 2,
    "escalate": 1,
    "refer": 1,
    "ask": 1,
    "undecided": 1,
    "decline": 0,
}
"""How good a verdict is for the customer."""
STAGES: Final[Mapping[str, str]] = {
    "asked": "asked for",
    "allowed": "a rule allows it",
    "not denied": "no rule forbids it",
    "not capped": "no cap cuts it",
    "within authority": "the agent may say yes",
}
EVIDENCE: Final[Mapping[Evidence, str]] = {
    "replayed": "what really happened, taken from records",
    "accounted": "what the policy decides on these facts, counted without any assumption",
    "assumed": "depends on what customers are assumed to do (see the assumptions)",
}
ADVICE: Final[Mapping[Advice, str]] = {"ship": "Ship", "review": "Review", "do not ship": "Do not ship"}
KINDS: Final[Mapping[Literal["decision", "reasons", "alternatives"], str]] = {
    "decision": "decision",
    "reasons": "reasons only",
    "alternatives": "alternatives only",
}
POPULATIONS: Final[Mapping[Population, str]] = {
    "asks": "The asks come from a file of recorded cases.",
    "ledger": "The asks are those of real decisions, taken from the ledger.",
    "synthetic": "The customers are drawn from a spec: they are made up, not real customers. "
    "The figures are as good as the spec.",
}


def short(title: str) -> str:
    """Return a title without what explains it after a colon."""
    return title.partition(":")[0]


def words(name: str) -> str:
    """Return a name of the simulation's own as words."""
    return name.replace("_", " ")


def better(before: Position, after: Position) -> int:
    """Return how much better a verdict is for the customer than the one before; below 0 where it is worse."""
    return RANKS[after] - RANKS[before]
