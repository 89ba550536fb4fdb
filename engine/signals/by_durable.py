"""Signals seen by durable_rules: it joins, measures spans, finds what is absent, and draws conclusions.

Python numbers events in their groups beforehand, and says afterwards by which events a signal is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from engine.signals import session
from engine.signals.facts import History, facts_of, history_of, part
from engine.signals.history import looked_at
from engine.signals.pattern import Occurrence, Seen, Signals
from engine.signals.ruleset import MOST_TOGETHER, Program, program
from engine.signals.session import Match, Sessions
from engine.signals.telling import told

AVAILABLE = session.AVAILABLE
"""Whether durable_rules is there."""
MOST_PREPARED = 64
"""Versions of packs whose rulesets are kept."""


def seen(signals: Signals, occurrences: Sequence[Occurrence], now: int) -> dict[str, Seen]:
    """Return which signals are seen in a customer's events at a moment, by name.

    Raises `Unavailable` where durable_rules is not, and `OutsideSafeSubset` where it cannot see them safely.
    """
    prepared = _prepared(_Itself(signals))
    history = history_of(prepared.program, looked_at(prepared.program.kinds, occurrences, now), now)
    return told(prepared.program, history, _matches(prepared, history))


class _Itself:
    """Signals that are looked up as the object that they are."""

    __slots__ = ("signals",)

    def __init__(self, signals: Signals) -> None:
        self.signals = signals

    def __hash__(self) -> int:
        return id(self.signals)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.signals is self.signals


@dataclass(frozen=True, slots=True)
class _Prepared:
    program: Program
    sessions: tuple[Sessions, ...]


@lru_cache(maxsize=MOST_PREPARED)
def _prepared(itself: _Itself) -> _Prepared:
    made = program(itself.signals)
    return _Prepared(made, tuple(Sessions(ruleset.rules) for ruleset in made.rulesets))


@dataclass(slots=True)
class _Chain:
    """What fired so far, and the facts that follow from it, by the ruleset that reads them."""

    program: Program
    fired: dict[int, list[Match]] = field(default_factory=dict)
    counts: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    waiting: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def follow(self, match: Match) -> Iterable[str]:
        """Note a match; return the facts that follow at once."""
        number = int(match.rule[1:])
        earlier = self.fired.setdefault(number, [])
        earlier.append(match)
        return list(self._parts(number)) if len(earlier) == 1 else ()

    def _parts(self, number: int) -> Iterator[str]:
        for conclusion in self.program.feeds[number]:
            self.counts[conclusion] += 1
            fact = part(conclusion, self.counts[conclusion])
            if conclusion // MOST_TOGETHER == number // MOST_TOGETHER:
                yield fact
            else:
                self.waiting[conclusion // MOST_TOGETHER].append(fact)


def _matches(prepared: _Prepared, history: History) -> Mapping[int, list[Match]]:
    """Return what fired, by the number of the signal; a ruleset knows what the earlier ones concluded."""
    chain = _Chain(prepared.program)
    for index, (ruleset, sessions) in enumerate(zip(prepared.program.rulesets, prepared.sessions, strict=True)):
        facts = facts_of(prepared.program, ruleset.numbers, history)
        with sessions.one() as one:
            one.matches([*facts, *chain.waiting[index]], chain.follow)
    return chain.fired
