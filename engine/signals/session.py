"""durable_rules 2.0.28 as a pure function from facts to what fires.

Used without its host, timers and store, in the order of calls that was found safe; a ruleset is never in two hands.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

try:
    import durable_rules_engine as engine  # type: ignore[import-not-found]  # an extension without types
except ImportError:
    engine = None

AVAILABLE: Final = engine is not None
"""Whether durable_rules is there: it does not come for Python 3.13 and later, or where it could not be built."""
SID: Final = "1"
MOST_FACTS: Final = 1_600
"""Twice the events that are looked at, the clock, and the parts of conclusions of one ruleset."""
HANDLED: Final = (0, 1)
PRIMES: Final = tuple(f'{{"id":"prime{number}","kind":"prime","sid":"1"}}' for number in range(250))
"""So many that the allocator of the C library learns to keep the memory of a session rather than to give it back."""


class Unavailable(Exception):
    """durable_rules cannot be used here."""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fired, and the ids of the facts that made it, by alias."""

    rule: str
    ids: dict[str, str]


Follow = Callable[[Match], Iterable[str]]
"""What follows from a match: more facts."""


class Session:
    """One ruleset in the extension, for one thread at a time."""

    def __init__(self, rules: str) -> None:
        if not AVAILABLE:
            raise Unavailable("durable_rules is not installed: it comes for Python below 3.13 only")
        self._handle: int = engine.create_ruleset("signals", rules)
        self._delete = weakref.finalize(self, engine.delete_ruleset, self._handle)
        self._delete.atexit = False
        self.matches(PRIMES, lambda _: ())

    def matches(self, facts: Iterable[str], follow: Follow) -> list[Match]:
        """Return what fires on the facts and on those that follow from it; nothing stays behind."""
        fired: list[Match] = []
        asserted = state = 0
        try:
            while waiting := list(facts):
                asserted += len(waiting)
                if asserted > MOST_FACTS:
                    raise Unavailable(f"durable_rules would get more than {MOST_FACTS} facts")
                for fact in waiting:
                    state = self._assert(fact)
                found = list(self._fired(state))
                fired += found
                facts = [fact for match in found for fact in follow(match)]
            return fired
        finally:
            if state:
                engine.delete_state(self._handle, SID)

    def _assert(self, fact: str) -> int:
        result, state = engine.assert_fact(self._handle, fact)
        if result not in HANDLED:
            raise Unavailable(f"durable_rules did not take a fact (it said {result})")
        return int(state)

    def _fired(self, state: int) -> Iterator[Match]:
        started = engine.start_action_for_state(self._handle, state)
        found = started and started[1]
        while found:
            yield _match(orjson.loads(found))
            found = engine.complete_and_start_action(self._handle, state)


def _match(found: dict[str, dict[str, Any]]) -> Match:
    ((rule, facts),) = found.items()
    return Match(rule, {alias: fact["id"] for alias, fact in facts.items()})


class Sessions:
    """The sessions of one ruleset that no thread uses now; as many are made as are used at once."""

    def __init__(self, rules: str) -> None:
        self._rules = rules
        self._idle: deque[Session] = deque()

    @contextmanager
    def one(self) -> Iterator[Session]:
        """Lend a session; one that failed does not come back."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = Session(self._rules)
        yield session
        self._idle.append(session)
