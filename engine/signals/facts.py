"""A customer's events as facts for durable_rules: numbered in their groups, their moments as ranks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Final, TypeAlias, assert_never

import orjson

from engine.signals.groups import Group, group_of
from engine.signals.history import LACKING, deadline, exact
from engine.signals.pattern import Absence, Conclusion, Count, Occurrence, Sequence, Signals
from engine.signals.ruleset import Program, Stream

Properties: TypeAlias = dict[str, int | str]
Groups: TypeAlias = dict[int, list[int]]
"""By number, the positions of the events of a group in the history, oldest first."""
AT: Final = attrgetter("at")


@dataclass(frozen=True, slots=True)
class History:
    """One customer's events at one moment, oldest first, and how they are grouped in each stream."""

    signals: Signals
    events: tuple[Occurrence, ...]
    now: int
    streams: tuple[Groups, ...]

    def since(self, moment: int) -> int:
        """Return the position of the first event after a moment."""
        return bisect_right(self.events, moment, key=AT)


def history_of(program: Program, events: tuple[Occurrence, ...], now: int) -> History:
    """Return events in their groups; a group has one small number in all streams that group by the same fields."""
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for position, one in enumerate(events):
        by_kind[one.kind].append(position)
    numbers: defaultdict[tuple[str, ...], dict[Group, int]] = defaultdict(dict)
    streams = tuple(_groups(stream, events, by_kind, numbers[stream.same]) for stream in program.streams)
    return History(program.signals, events, now, streams)


def _groups(
    stream: Stream, events: tuple[Occurrence, ...], by_kind: Mapping[str, list[int]], numbers: dict[Group, int]
) -> Groups:
    """Return the events of a stream by the number of their group; where nothing is correlated, they are one."""
    found = [by_kind[kind] for kind in stream.kinds if kind in by_kind]
    if not found:
        return {}
    positions = found[0] if len(found) == 1 else sorted(chain.from_iterable(found))
    if stream.tests:
        positions = [position for position in positions if _passes(stream, events[position])]
    if not stream.same:
        return {0: positions} if positions else {}
    groups: Groups = {}
    for position in positions:
        group = group_of(events[position], stream.same)
        if group is not None:
            groups.setdefault(numbers.setdefault(group, len(numbers)), []).append(position)
    return groups


def _passes(stream: Stream, one: Occurrence) -> bool:
    return all(exact(one.fields.get(name, LACKING)) in values for name, values in stream.tests)


@dataclass(slots=True)
class Facts:
    """Facts that are being collected for one ruleset: only those, and only the properties, that a rule can read.

    What is too old for any rule is left out, for the engine takes longest to be told.
    """

    history: History
    clock: Properties = field(default_factory=lambda: {"id": "clock", "kind": "clock", "one": 1, "sid": "1"})
    events: dict[int, Properties] = field(default_factory=dict)
    missing: dict[int, Properties] = field(default_factory=dict)
    moments: list[tuple[Properties, str, int]] = field(default_factory=list)

    def event(self, position: int) -> Properties:
        """Return the fact of an event."""
        return self.events.get(position) or self._fact(self.events, position, "event")

    def blocker(self, position: int) -> Properties:
        """Return the fact that an event is not missing."""
        return self.missing.get(position) or self._fact(self.missing, position, "missing")

    def moment(self, fact: Properties, name: str, moment: int) -> None:
        """Set a property to what will be the rank of a moment."""
        self.moments.append((fact, name, moment))

    def written(self) -> list[str]:
        """Return all facts as JSON in the order in which they are to be asserted."""
        self.moment(self.clock, "now", self.history.now)
        ranks = {moment: rank for rank, moment in enumerate(sorted({moment for _, _, moment in self.moments}))}
        for fact, name, moment in self.moments:
            fact[name] = ranks[moment]
        return [orjson.dumps(fact).decode() for fact in (*self.missing.values(), self.clock, *self.events.values())]

    def _fact(self, of: dict[int, Properties], position: int, kind: str) -> Properties:
        fact: Properties = {"id": f"{kind[0]}{position}", "kind": kind, "one": 1, "sid": "1"}
        of[position] = fact
        self.moments.append((fact, "at", self.history.events[position].at))
        return fact


def facts_of(program: Program, numbers: Iterable[int], history: History) -> list[str]:
    """Return the facts that the rules of some signals can read, in the order in which they are to be asserted."""
    facts = Facts(history)
    for number in numbers:
        _add(facts, number, program)
    return facts.written()


def _add(facts: Facts, number: int, program: Program) -> None:
    """Add what the rule of a signal can read: of the clock too, where there are events for it."""
    parts = program.parts[number]
    now = facts.history.now
    match program.signals.signals[number].pattern:
        case Count() as count:
            if _count(facts, count, *parts):
                facts.moment(facts.clock, f"cut{number}", now - count.span)
        case Sequence() as sequence:
            if _sequence(facts, number, sequence, *parts):
                facts.moment(facts.clock, f"cut{number}", now - sequence.lasting)
        case Absence(after=None, span=int() as span):
            facts.moment(facts.clock, f"cut{number}", now - span)
            _nothing(facts, *parts)
        case Absence() as absence:
            if _absence(facts, number, absence, *parts) and absence.lasting is not None:
                facts.moment(facts.clock, f"cut{number}", now - absence.lasting)
        case Conclusion():
            pass
        case _ as never:
            assert_never(never)


def _count(facts: Facts, count: Count, stream: int) -> bool:
    """Add, of each group of enough events, the newest, and the one that makes them enough, numbered from the newest.

    A group whose newest is too old is left out.
    """
    history = facts.history
    began = history.since(history.now - count.span)
    large = [one for one in history.streams[stream].items() if len(one[1]) >= count.at_least and one[1][-1] >= began]
    for group, positions in large:
        for number in {1, count.at_least}:
            facts.event(positions[-number]).update({f"g{stream}": group, f"n{stream}": number})
    return bool(large)


def _sequence(facts: Facts, number: int, sequence: Sequence, first: int, then: int) -> bool:
    """Add each `then` with the number of the newest first before it in its group, and that first.

    A `then` that is too old is left out.
    """
    history, found = facts.history, False
    began = history.since(history.now - sequence.lasting)
    whose, group_first, number_first, group_then = f"first{number}", f"g{first}", f"n{first}", f"g{then}"
    for group, thens in history.streams[then].items():
        firsts = history.streams[first].get(group, [])
        known = 0
        for position in thens[bisect_left(thens, began) :]:
            earlier = bisect_left(firsts, position)
            if not earlier:
                continue
            from_newest = len(firsts) - earlier + 1
            fact = facts.event(position)
            fact[group_then], fact[whose] = group, from_newest
            if earlier != known:
                found = True
                known, fact = earlier, facts.event(firsts[earlier - 1])
                fact[group_first], fact[number_first] = group, from_newest
                facts.moment(fact, f"until{number}", history.events[firsts[earlier - 1]].at + sequence.span)
    return found


def _absence(facts: Facts, number: int, absence: Absence, after: int, missing: int) -> bool:
    """Add each event with the number of the oldest of the missing after it in its group, or 0, and that blocker.

    An event whose deadline is too long ago is left out.
    """
    history, found = facts.history, False
    following, group_after, group_missing, number_missing = f"next{number}", f"g{after}", f"g{missing}", f"n{missing}"
    for group, afters in history.streams[after].items():
        blockers = history.streams[missing].get(group, [])
        for position in afters:
            due = deadline(history.signals, absence.span, history.events[position])
            if due is None or (absence.lasting is not None and due <= history.now - absence.lasting):
                continue
            found = True
            later = bisect_right(blockers, position)
            fact = facts.event(position)
            fact[group_after], fact[following] = group, len(blockers) - later
            facts.moment(fact, f"due{number}", due)
            if later < len(blockers):
                fact = facts.blocker(blockers[later])
                fact[group_missing], fact[number_missing] = group, len(blockers) - later
    return found


def _nothing(facts: Facts, missing: int) -> None:
    """Add the newest of each group."""
    for group, positions in facts.history.streams[missing].items():
        facts.blocker(positions[-1]).update({f"g{missing}": group, f"n{missing}": 1})


def part(conclusion: int, count: int) -> str:
    """Return the fact that so many of the signals that a conclusion is drawn from are seen by now."""
    fact: Properties = {"id": f"p{conclusion}.{count}", "kind": "part", "one": 1, "sid": "1"}
    return orjson.dumps(fact | {"of": conclusion, "n": count}).decode()
