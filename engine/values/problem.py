"""What is wrong with values given from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MANY: Final = 100
"""How many issues are told of at once."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One value that is not as declared: its JSON Pointer, a code, why, and what to do; never the value itself."""

    pointer: str
    code: str
    message: str
    help: str = ""

    def under(self, key: object) -> Issue:
        """Return the issue as seen from the list or object that holds the value at a key."""
        return Issue(f"/{escaped(key)}{self.pointer}", self.code, self.message, self.help)


class ValueProblem(Exception):
    """Values that are not as declared; `all` says of every one of them (the first hundred) where and why."""

    def __init__(self, *issues: Issue) -> None:
        """Keep what is wrong."""
        super().__init__("; ".join(f"{issue.pointer}: {issue.message}" for issue in issues[:MANY]))
        self.all = issues[:MANY]


def wrong(message: str, code: str = "wrong-type", help: str = "") -> ValueProblem:
    """Return the problem of a single value."""
    return ValueProblem(Issue("", code, message, help))


def escaped(key: object) -> str:
    """Return a key as a JSON Pointer writes it."""
    return str(key).replace("~", "~0").replace("/", "~1")
